"""Reading applications: who sees which, what is ahead of somebody on the list, what changed their place.

A home sees what was lodged at its desk and whom it was asked to take; the family what is its own. Nobody is told the
names of those before them.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.core.errors import NotVisible
from yinian.core.jinja import label
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import OVER, BedApplication, Lift, PlaceChange
from yinian.homes.way.offers.models import Offer
from yinian.people.models import Person
from yinian.people.representatives.queries import get_own

State = BedApplication.State
OPEN = tuple(state.value for state in State if state.value not in OVER)


def visible_to(actor: User) -> QuerySet[BedApplication]:
    """Applications of people of the actor's area; for home staff those of their desk and those they were offered."""
    actor.require("waiting.view")
    scope = actor.scope("waiting.view")
    condition = scope.q("region__code", "desk")
    if scope.sites:
        taken = Offer.objects.filter(application=OuterRef("pk"), site__in=scope.sites, state__in=TOLD)
        condition |= Q(Exists(taken))
    return BedApplication.objects.filter(condition)


TOLD = ("open", "accepted", "used")  # offers of which the home knows whom they are for


def with_person(rows: QuerySet[BedApplication]) -> QuerySet[BedApplication]:
    """With the person and the village, without what a list never shows."""
    return rows.select_related("person__region__parent", "desk").defer(
        "person__id_number", "person__address", "person__region__outline", "person__region__parent__outline",
        "rules", "note", "contact", "near_whom", "urgent_reason",
    )


def _whole(rows: QuerySet[BedApplication]) -> QuerySet[BedApplication]:
    return rows.select_related(
        "person__region__parent", "region", "lodged_by", "desk", "near", "spouse"
    ).defer("person__region__outline", "person__region__parent__outline", "region__outline", "near__outline")


def get_application(actor: User, pk: int) -> BedApplication:
    found = _whole(visible_to(actor)).filter(pk=pk).first()
    if found is None:
        raise NotVisible("application")
    return found


def get_own_application(actor: User, pk: int) -> BedApplication:
    """An application of a person the account acts for."""
    found = _whole(BedApplication.objects.all()).filter(pk=pk).first()
    if found is None:
        raise NotVisible("application")
    get_own(actor, found.person_id)
    return found


@once
def applications_of(person: Person) -> list[BedApplication]:
    """A person's applications, latest first; the caller has checked that the person may be seen."""
    return list(BedApplication.objects.filter(person=person).select_related("desk").order_by("-id"))


@dataclass(frozen=True)
class Ahead:
    """Where somebody stands: the place, how many wait in all, and those before by class: how many of which."""

    place: int
    total: int
    classes: tuple[tuple[str, int], ...]
    lifted: int

    @property
    def words(self) -> str:
        """Such as: place 3 of 12; before: 2 in class …"""
        said = _("Place %(place)d of %(total)d.") % {"place": self.place, "total": self.total}
        parts = [
            ngettext("%(label)s: %(n)d person", "%(label)s: %(n)d people", n) % {"label": name, "n": n}
            for name, n in self.classes
        ]
        if self.lifted:
            parts.append(ngettext("lifted for urgency: %(n)d person", "lifted for urgency: %(n)d people", self.lifted)
                         % {"n": self.lifted})
        before = _("Before: %(classes)s.") % {"classes": " · ".join(parts)} if parts else _("Nobody stands before.")
        return f"{said} {before}"


def ahead_of(application: BedApplication) -> Ahead | None:
    """What stands before an application on its county's list, by class and without a name; None off the list."""
    if application.place is None:
        return None
    rows = BedApplication.objects.filter(
        region__code__startswith=application.region_id[: rules.COUNTY_DIGITS], state=State.WAITING
    )
    before = list(rows.filter(place__lt=application.place).values_list("pk", "class_order", "class_label"))
    lifted = set(
        Lift.objects.filter(application__in=[pk for pk, _o, _l in before], state=Lift.State.CONFIRMED).values_list(
            "application_id", flat=True
        )
    )
    counted: Counter[tuple[int, str]] = Counter(
        (order or 0, label(words)) for pk, order, words in before if pk not in lifted
    )
    return Ahead(
        application.place, rows.count(), tuple((words, n) for (_order, words), n in sorted(counted.items())),
        len(lifted),
    )


def change_words(change: PlaceChange) -> str:
    """Why a place changed, in a sentence that names nobody."""
    if change.why != PlaceChange.Why.OTHERS:
        return str(change.get_why_display())
    parts = [
        words % {"n": n} for words, n in (
            (_("%(n)d before left the list"), change.left), (_("%(n)d came in before"), change.came),
            (_("%(n)d moved ahead"), change.passed), (_("%(n)d fell behind"), change.fell),
        ) if n
    ]
    return _(", ").join(parts)


def changes_of(application: BedApplication, most: int = 20) -> list[dict[str, Any]]:
    """The latest changes of place, latest first."""
    rows = PlaceChange.objects.filter(application=application).select_related("actor").order_by("-id")[:most]
    return [
        {"at": row.at, "before": row.before, "after": row.after, "why": change_words(row),
         "who": row.actor.full_name if row.why == PlaceChange.Why.LIFT else ""}
        for row in rows
    ]


def lifts_of(application: BedApplication) -> list[Lift]:
    return list(application.lifts.prefetch_related("steps__actor").order_by("-id"))


def wishes_of(application: BedApplication) -> tuple[list[Any], list[Any]]:
    """Homes wanted, most wanted first, and homes not wanted."""
    rows = list(application.wishes.select_related("site").order_by("rank", "id"))
    return [row.site for row in rows if row.rank is not None], [row.site for row in rows if row.rank is None]
