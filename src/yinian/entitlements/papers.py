"""The notices of decisions, as papers: what each says to the person, and issuing those of a whole cycle.

Papers are Chinese whatever the reader's language: their words stand in documents/decision.typ.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.documents.actions import issue
from yinian.core.documents.kinds import document_kind
from yinian.core.documents.models import Document
from yinian.core.errors import Refused
from yinian.core.identity import mask_id
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.entitlements import grounds, packs
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.cycles.queries import get_cycle
from yinian.entitlements.models import Application, Cycle, CycleLine, Determination, Event, LineNotice
from yinian.people.models import Person

DECISION = document_kind(
    "entitlements.decision", gettext_lazy("Decision on a service"), series="养待", store="entitlements.approve",
    open="entitlements.names",
)
TOLD = (DECISION.name, "entitlements.correction")
TEMPLATE = "entitlements/documents/decision.typ"
NOTICES = "entitlements.notices"
BATCH = 20  # papers in one transaction: the number series is locked for its length
TITLES = {
    "granted": "待遇享受决定书", "refused": "不予批准决定书", "amount_changed": "待遇标准变更通知书",
    "suspended": "待遇暂停发放通知书", "resumed": "待遇恢复发放通知书", "stopped": "待遇停发决定书",
}


def _paper(actor: User, person: Person, region: str, kind: str, **said: Any) -> Document:
    with translation.override("zh-hans"):
        data = {
            "kind": kind, "name": person.name, "sex": person.sex,
            "id_number": mask_id(str(person.id_number)) if person.id_number else "",
            "place": _place(person), "amount_fen": None, "unit": "", "on": "", "reason": "", "failed": "",
            "tests": [], "basis": [], "unverified": False, "appeal": "", **said,
        }
        return issue(actor, DECISION.name, region=region, title=TITLES[kind], template=TEMPLATE, data=data,
                     person=person.pk)


def _place(person: Person) -> str:
    region: Region | None = person.region
    names = []
    while region is not None and region.level > 3:
        names.append(region.name)
        region = region.parent
    return "".join(reversed(names))


def _basis(basis: dict[str, Any], clause: str = "") -> dict[str, Any]:
    cited = grounds.cited(basis)
    # A ground that names the same document without its number says nothing more.
    same = clause.partition("》")[2] == "" and cited.startswith(clause)
    lines = [line for line in dict.fromkeys(("" if same else clause, cited)) if line]
    return {"basis": lines or ["国家和本地基本养老服务清单"], "unverified": basis.get("confidence") != "verified"}


def issue_of_application(actor: User, application: Application, made: Determination | None) -> Document:
    """The notice of an application's decision; inside the decision's transaction."""
    person, finding = application.person, application.finding
    appeal = _appeal(application.procedure)
    service = application.label["zh"]
    if made is not None:
        tests = [f"{one['label']['zh']}：符合" for one in finding["tests"]]
        return _paper(
            actor, person, application.region_id, "granted", service=service, amount_fen=made.amount_fen,
            unit=made.unit, on=made.period.lower.isoformat(), tests=tests, appeal=appeal, **_basis(made.basis),
        )
    why = finding["against"]
    return _paper(
        actor, person, application.region_id, "refused", service=service, reason=_ended(why["reason"]),
        failed=why["label"].get("zh", ""), appeal=appeal, **_basis(finding["basis"], why["clause"]),
    )


def _appeal(procedure: dict[str, Any]) -> str:
    with translation.override("zh-hans"):
        return way.appeal_words(procedure)


def _ended(text: str) -> str:
    return text if not text or text.endswith(("。", "！", "？")) else f"{text}。"


def issue_of_event(actor: User, event: Event) -> Document:
    """The notice of an event of a determination; inside the caller's transaction, which keeps it with the event."""
    made = event.determination
    document = _paper(
        actor, made.person, made.person.region_id, event.kind, service=made.label["zh"],
        amount_fen=made.amount_fen if event.kind in ("granted", "amount_changed", "resumed") else None,
        unit=made.unit, on=event.on.isoformat(), reason=_ended(event.reason),
        appeal=_appeal_of(made.person.region_id, made.service_id), **_basis(made.basis),
    )
    event.notice = document
    event.save(update_fields=["notice"])
    return document


def _appeal_of(region: str, service_id: str) -> str:
    try:
        return _appeal(way.kept(packs.in_force(region).pack, service_id))
    except Refused:
        return ""


def _issue_of_line(actor: User, line: CycleLine, cycle: Cycle) -> None:
    """The notice of a refused line that was to begin: there is no determination to tell of."""
    document = _paper(
        actor, line.person, line.region_code, "refused", service=cycle.label["zh"], reason=_ended(line.reason),
        appeal=_appeal_of(line.region_code, cycle.service_id), **_basis(cycle.source, line.clause),
    )
    LineNotice.objects.create(line=line, document=document)


def told_to(person: Person) -> list[Document]:
    """What a person was told on paper of grants, refusals, arrears and recoveries, the latest first; withdrawn papers
    left out. The caller has shown that the reader may see the person's own matters."""
    found = Document.objects.filter(
        person_ref=person.pk, kind__in=TOLD, withdrawn_at__isnull=True
    ).select_related("attachment")
    return list(found.order_by("-issued_on", "-pk"))


# --- of a whole cycle ------------------------------------------------------------------------------------------


def issue_notices(actor: User, cycle_id: int) -> Job:
    """Queue the notices of an approved cycle: of what began, changed or ended, and of refused lines."""
    cycle = get_cycle(actor, cycle_id)
    actor.require("entitlements.approve", cycle.region_id)
    if cycle.state != Cycle.State.APPROVED:
        raise Refused(_("Notices are issued once the cycle is approved."))
    if not notices_left(cycle):
        raise Refused(_("Every notice of this cycle is issued."))
    with transaction.atomic():
        return jobs.enqueue(actor, NOTICES, {"cycle": cycle.pk}, region=cycle.region_id, key=f"{NOTICES}:{cycle.pk}",
                            url=reverse("entitlements:cycle", args=[cycle.pk]))


def notices_left(cycle: Cycle) -> int:
    """How many notices of a cycle are not issued yet."""
    return Event.objects.filter(cycle=cycle, notice__isnull=True).count() + _refused(cycle).count()


def _refused(cycle: Cycle) -> Any:
    return cycle.lines.filter(state="refused", change="new", told__isnull=True)


def perform_notices(ctx: JobContext) -> None:
    """The job of :func:`issue_notices`: batch by batch, each kept with what it tells of, so that none is sent twice."""
    cycle = Cycle.objects.get(pk=int(ctx.params["cycle"]))
    ctx.actor.require("entitlements.approve", cycle.region_id)
    total, done = notices_left(cycle), 0
    while True:
        ctx.progress(done, total, _("Issuing notices"))
        with transaction.atomic():
            made = sum(1 for _document in _batch(ctx.actor, cycle))
        if not made:
            break
        done += made
    with ctx.effect({"url": reverse("entitlements:cycle", args=[cycle.pk]), "notices": done}):
        pass


def _batch(actor: User, cycle: Cycle) -> Iterator[None]:
    events = Event.objects.select_for_update(of=("self",), skip_locked=True).filter(
        cycle=cycle, notice__isnull=True
    ).select_related("determination__person__region__parent").order_by("pk")[:BATCH]
    for event in events:
        issue_of_event(actor, event)
        yield None
    left = BATCH - len(events)
    if left > 0:
        for line in _refused(cycle).select_for_update(of=("self",), skip_locked=True).select_related(
            "person__region__parent"
        ).order_by("pk")[:left]:
            _issue_of_line(actor, line, cycle)
            yield None

