"""The demo's plan documents: the county's own plan in our words, reviewed; and real ones from a folder, to be reviewed.

The plan carries the facts of a published document and none of its sentences; it lies with the county's figures as
``plan.html``. A county without one gets none. Everything goes through the rooms' own actions.
"""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils import timezone

from yinian.core.errors import Refused
from yinian.core.models import Level, Region, User
from yinian.demo import past
from yinian.demo.load import do_now
from yinian.engines.plantext import KINDS, ReadingError, read_document
from yinian.plans.documents import importing, review
from yinian.plans.models import Item, PlanDocument

TAKEN_IN_AFTER = dt.timedelta(days=7)
LEFT_OUT = "前文已有同一目标，不重复计"

Step = Callable[[str, int, int], None]


def build(officer: User, county: Region, file: Path | None) -> PlanDocument | None:
    """Take in the county's plan a week after its day and review it: a target said twice is left out once, the rest is
    accepted."""
    if file is None:
        return None
    said = read_document(file.name, file.read_bytes()).meta.date
    issued = dt.date.fromisoformat(said) if said else timezone.localdate()
    with past.on(min(issued + TAKEN_IN_AFTER, timezone.localdate())):
        return _reviewed(officer, county, file)


def _reviewed(officer: User, county: Region, file: Path) -> PlanDocument:
    document = take_in(officer, file, county.code)
    targets: list[Item] = []
    for item in document.items.filter(kind=Item.Kind.TARGET).order_by("start"):
        if any(_same(item, other) for other in targets):
            review.reject(officer, item.pk, item.version, LEFT_OUT)
        else:
            targets.append(item)
    review.accept_all(officer, document.pk, 0, len(document.text))
    return document


def _same(one: Item, other: Item) -> bool:
    """Whether two targets aim at the same figure by the same day."""
    def aim(item: Item) -> tuple[object, ...]:
        return item.data["value"], item.data["unit"], (item.data.get("deadline") or {}).get("iso")

    return aim(one) == aim(other)


def take_in(officer: User, file: Path, region: str) -> PlanDocument:
    """Take in a file and read it at once. Raises :class:`Refused` and, for a file known already, ``Known``."""
    with io.BytesIO(file.read_bytes()) as content:
        document = importing.upload(officer, content, region, name=file.name)
    assert document.job is not None
    do_now(document.job)
    return PlanDocument.objects.get(pk=document.pk)


def load_folder(officer: User, county: Region, folder: Path, step: Step) -> Iterator[tuple[str, str]]:
    """Take in every document of a folder, unreviewed. Yields each file's name and what became of it, in words.

    A document goes to the region that its issuer or title names, if that is one of the officer's, else to the county.
    """
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in KINDS)
    for number, file in enumerate(files, 1):
        step(file.name, number, len(files))
        try:
            document = take_in(officer, file, _region_of(officer, county, file))
        except importing.Known as known:
            yield file.name, f"already here: {known.document.title}"
            continue
        except (Refused, ReadingError, RuntimeError) as error:
            yield file.name, f"not read: {error}"
            continue
        counts = {kind: document.items.filter(kind=kind).count() for kind in ("task", "target", "money", "project")}
        said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        yield file.name, f"{document.title}: {said}; {len(document.reading.doubts)} doubts"


def _region_of(officer: User, county: Region, file: Path) -> str:
    meta = read_document(file.name, file.read_bytes()).meta
    said = [words for words in (meta.issuer, meta.title) if words]
    own = Region.objects.filter(officer.scope("plans.review").q("code"), level__lte=Level.COUNTY)
    named = [r for r in own.only("code", "name") if any(words.startswith(r.name) for words in said)]
    return max(named, key=lambda region: len(region.name)).code if named else county.code


def officer_of(county: Region) -> User | None:
    """The county's bureau officer who was there first: author of what the demo takes in."""
    return (
        User.objects.filter(
            postings__role="bureau_officer", postings__region=county, postings__period__contains=timezone.localdate(),
            is_active=True,
        )
        .order_by("pk").first()
    )
