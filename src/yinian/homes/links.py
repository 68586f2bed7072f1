"""What homes hang on the rooms below: whom home staff see, where a person lives, what a merge moves, desk figures."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures, search
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.beds import queries as beds
from yinian.homes.care.book import shift_words
from yinian.homes.care.models import HandOver, Regime, Vital
from yinian.homes.incidents.models import Incident
from yinian.homes.medicines.models import MedicineOrder
from yinian.homes.rosters import queries as rosters
from yinian.homes.stays import queries as stays
from yinian.homes.stays import telling
from yinian.homes.stays.models import Stay
from yinian.people.duplicates.movers import rows_mover
from yinian.people.models import Person
from yinian.people.persons import events, scope
from yinian.people.persons.panels import AnswerLine, person_answer
from yinian.people.persons.timeline import Entry, entry, timeline_source
from yinian.places.models import Site
from yinian.places.panels import site_panel
from yinian.places.sites import queries as sites


@scope.register
def residents_of(sites: tuple[int, ...]) -> Q:
    """Home staff see whom their home houses or keeps a bed for."""
    today = timezone.localdate()
    here = Stay.objects.filter(beds.holding(today), bed__site__in=sites)
    return Q(pk__in=here.values("person"))


@person_answer("care", "homes.stay")
def where_they_live(actor: User, person: Person) -> AnswerLine | None:
    """The home and bed a person has now or is kept for them; nothing for those in no home."""
    today = timezone.localdate()
    standing = [s for s in stays.stays_of(actor, person) if s.period.upper is None or s.period.upper > today]
    if not standing:
        return None
    stay = standing[-1]  # of a present and a kept bed, the present one
    home = stay.bed.site
    inside = actor.scope("homes.view").covers(home.region_id, home.pk)
    promised = stay.period.lower > today
    away = stay.absences.filter(period__contains=today).first() if inside else None
    note = _("bed %(bed)s, %(kind)s; %(basis)s; since %(day)s") % {
        "bed": stay.bed.label,
        "kind": stay.bed.get_kind_display(),
        "basis": stay.get_basis_display(),
        "day": day(stay.period.lower),
    }
    return AnswerLine(
        _("Bed kept in") if promised else _("Lives in the home"),
        home.name if away is None else f"{home.name} · {away.get_kind_display()}",
        note,
        reverse("homes:stay", args=[stay.pk]) if inside and actor.may("people.view") else "",
        "info",
    )


def _came_by(stay: Stay, found: list[Stay]) -> str:
    """How a stay that follows another came about; empty where the other lies out of sight."""
    return next((one.end_kind for one in found if one.pk == stay.follows_id), "")


@timeline_source("homes", gettext_lazy("Care homes"))
def stay_events(actor: User, person: Person) -> list[Entry]:
    """A person's coming to and leaving homes, for their timeline."""
    events: list[Entry] = []
    found = stays.stays_of(actor, person)
    away = Absence.objects.filter(stay__in=found).select_related("left_by").order_by("-period")
    by_stay: dict[int, list[Absence]] = {}
    for absence in away:
        by_stay.setdefault(absence.stay_id, []).append(absence)
    moved_on = {stay.follows_id: stay for stay in found}
    for stay in found:
        home = stay.bed.site
        inside = actor.scope("homes.view").covers(home.region_id, home.pk)
        url = reverse("homes:stay", args=[stay.pk]) if inside else ""
        who = stay.admitted_by.full_name if stay.admitted_by else ""
        text = _("bed %(bed)s, %(basis)s") % {"bed": stay.bed.label, "basis": stay.get_basis_display()}
        if stay.kind != Stay.Kind.LONG:
            text = f"{stay.get_kind_display()} · {text}"
        if stay.follows_id is None:
            title = _("Admitted to %(home)s") % {"home": home.name}
        elif _came_by(stay, found) == Stay.End.TRANSFER:
            title = _("Transferred to %(home)s") % {"home": home.name}
        else:
            title = _("Went on living in %(home)s") % {"home": home.name}
        events.append(entry(stay.period.lower, title, text=text, who=who, tone="info", icon="bed", url=url))
        for absence in by_stay.get(stay.pk, []):
            where = absence.hospital if inside else ""
            events.append(
                entry(
                    absence.period.lower,
                    str(absence.get_kind_display()),
                    text=" · ".join(part for part in (where, absence.reason if inside else "") if part),
                    who=absence.left_by.full_name if absence.left_by else "",
                    tone="warn",
                    icon="logout",
                    url=url,
                )
            )
            if absence.period.upper is not None and absence.returned_at is not None:
                events.append(
                    entry(absence.period.upper, _("Back in %(home)s") % {"home": home.name}, icon="bed", url=url)
                )
        if stay.period.upper is not None and stay.pk not in moved_on:
            events.append(
                entry(
                    stay.period.upper,
                    _("Left %(home)s") % {"home": home.name},
                    text=" · ".join(part for part in (str(stay.get_end_kind_display()), stay.leave_reason) if part),
                    icon="logout",
                    url=url,
                )
            )
    return events


rows_mover(
    "homes.stays", Stay,
    clash=gettext_lazy(
        "Both entries have a bed in a home at the same time; they cannot be one person until one of the stays is put "
        "right."
    ),
)
events.register("homes.stays", telling.person_changed)

rows_mover(
    "homes.care", Regime, Vital, HandOver, MedicineOrder, Incident,
    clash=gettext_lazy(
        "Care is set for both entries at the same time; they cannot be one person until one of it ends."
    ),
)


@site_panel("homes.beds", 10, "homes/site_panel.html")
def beds_of_site(actor: User, site: Site) -> dict[str, Any] | None:
    if site.kind != Site.Kind.HOME or not actor.may("homes.view"):
        return None
    home = beds.with_figures(beds.visible_to(actor)).filter(pk=site.pk).first()
    return None if home is None else {"figures": home, "url": reverse("homes:home", args=[site.pk])}


def desk_figures(actor: User) -> list[figures.Stat]:
    """Free beds and residents in the actor's homes."""
    total, _towns = beds.board(beds.listed(actor))
    if not total.homes:
        return []
    note = _("as of %(day)s") % {"day": day(timezone.localdate())}
    return [
        figures.Stat(
            _("Free nursing beds"), total.free_nursing, _("beds"), reverse("homes:free_beds") + "?kind=nursing", note
        ),
        figures.Stat(
            _("Occupied beds"),
            total.occupied,
            _("beds"),
            reverse("homes:list"),
            _("of %(n)d usable") % {"n": total.usable},
        ),
    ]


def own_shift(actor: User) -> list[figures.Stat]:
    """The next of the actor's own shifts, for those whose account is tied to an entry among the staff."""
    now = timezone.now()
    ahead = [one for one in rosters.own_shifts(actor) if one.stands and one.span.upper > now]
    if not ahead:
        return []
    start = timezone.localtime(ahead[0].span.lower)
    return [
        figures.Stat(
            _("My next shift"),
            shift_words(ahead[0].shift),
            "",
            reverse("homes:my_shifts"),
            f"{day(ahead[0].day)} {start:%H:%M}",
        )
    ]


def find(actor: User, text: str) -> list[search.Hit]:
    """Homes by name or initials, with how many beds are free."""
    homes = beds.with_figures(sites.search(beds.visible_to(actor), text)).select_related(
        "region"
    )
    return [
        search.Hit(
            home.name,
            reverse("homes:home", args=[home.pk]),
            _("%(town)s, %(free)d beds free") % {"town": home.region.name, "free": home.free},
        )
        for home in homes[: search.LIMIT]
    ]


figures.register("homes.shifts", "rosters.own", own_shift, order=10)
figures.register("homes.beds", "homes.view", desk_figures, order=40)
search.register("homes", gettext_lazy("Homes"), "homes.view", find, order=30)
