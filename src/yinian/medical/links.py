"""What medical care adds to the rooms below: a person's and a site's page, a stay's, the timeline, merges, the desk."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.homes.stays.models import Stay
from yinian.homes.stays.panels import stay_panel
from yinian.medical.checkups.models import CheckUp
from yinian.medical.contracts import queries as contracts
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.health import queries as health
from yinian.medical.health.models import Allergy, Condition
from yinian.medical.lying import queries as lying
from yinian.medical.lying.models import MedicalBed
from yinian.medical.referrals import queries as referrals
from yinian.medical.referrals.models import Referral
from yinian.people.duplicates.movers import rows_mover
from yinian.people.models import Person
from yinian.people.persons import queries as persons
from yinian.people.persons import timeline
from yinian.people.persons.panels import person_panel
from yinian.people.representatives.panels import OwnAct, own_acts
from yinian.places.models import Site
from yinian.places.panels import site_panel

timeline.FIELDS["health_summary"] = gettext_lazy("Health summary")


@once
def _reached(actor: User, person: Person, right: str) -> bool:
    return actor.may(right) and persons.visible_to(actor, right).filter(pk=person.pk).exists()


@person_panel("medical.health", 45, "medical/person_panel.html")
def health_of(actor: User, person: Person) -> dict[str, Any] | None:
    """Doctor, check-up and where the person lies; of diseases only the way to the summary, which is logged."""
    if not _reached(actor, person, "health.view"):
        return None
    return {
        "doctor": health.doctor_of(person),
        "check_up": health.last_check_up(person),
        "now": lying.now_of(lying.history(actor, person)),
        "words": lying.kind_words,
        "may_edit": _reached(actor, person, "health.edit"),
    }


@own_acts("medical.health", 60)
def own_health(actor: User, person: Person) -> list[OwnAct]:
    """The way of the person and the family to the health summary."""
    return [OwnAct(
        gettext_lazy("Health summary"),
        gettext_lazy("Allergies, conditions, medicines, values and the last check-up, as they are on file"),
        reverse("medical:own_health", args=[person.pk]), "stethoscope",
    )]


@site_panel("medical.site", 30, "medical/site_panel.html")
def medical_of_site(actor: User, site: Site) -> dict[str, Any] | None:
    if site.kind != Site.Kind.HOME or not actor.may("medical.view"):
        return None
    found = contracts.homes(actor).filter(pk=site.pk).first()
    return None if found is None else {"home": found, "url": reverse("medical:home", args=[site.pk])}


@stay_panel("medical.referrals", 10, "medical/stay_panel.html")
def referrals_of_stay(actor: User, stay: Stay) -> dict[str, Any] | None:
    """A resident's referrals, the way to refer them and to the health summary."""
    home = stay.bed.site
    if not actor.scope("health.view").covers(home.region_id, home.pk):
        return None
    found = list(
        referrals.listed(actor).filter(person=stay.person_id, site=home)[:5]
    )
    lives = stay.period.upper is None and stay.kind != Stay.Kind.DAY
    return {
        "found": found,
        "may_refer": lives
        and actor.scope("medical.refer").covers(home.region_id, home.pk)
        and not any(one.is_open for one in found),
        "stay": stay,
        "summary": lives,
    }


@timeline.timeline_source("medical", gettext_lazy("Medical care"))
def events(actor: User, person: Person) -> list[timeline.Entry]:
    """A person's referrals, check-ups and family doctors; nothing of what was found."""
    if not _reached(actor, person, "health.view"):
        return []
    found = []
    for one in referrals.listed(actor).filter(person=person).select_related("asked_by"):
        found.append(
            timeline.entry(
                one.asked_on,
                _("Referred to %(name)s") % {"name": one.institution.name} if one.is_up
                else _("Referred by %(name)s to %(home)s") % {"name": one.institution.name, "home": one.site.name},
                text=one.get_state_display(), who=one.asked_by.full_name, icon="stethoscope", tone="warn",
                url=reverse("medical:referral", args=[one.pk]),
            )
        )
    for check in health.check_ups_of(person):
        found.append(
            timeline.entry(
                check.done_on, _("Check-up at %(name)s") % {"name": check.institution.name},
                text=check.get_result_display(), who=check.recorded_by.full_name, icon="clipboard-check",
                url=reverse("medical:checkup", args=[check.pk]),
            )
        )
    for doctor in health.doctors_of(person):
        found.append(
            timeline.entry(
                doctor.period.lower, _("Signed with a family doctor"),
                text=f"{doctor.doctor} · {doctor.institution.name}", who=doctor.entered_by.full_name, icon="heart",
                url=reverse("medical:doctor", args=[doctor.pk]),
            )
        )
    return found


rows_mover(
    "medical.entries", Condition, Allergy, CheckUp, FamilyDoctor, MedicalBed, Referral,
    clash=gettext_lazy(
        "Both entries have a family doctor, a bed, a check-up or an open referral of the same days; they cannot be one "
        "person until one of the two is ended or marked as an error."
    ),
)


def desk_figures(actor: User) -> list[figures.Stat]:
    """Homes covered by a contract or own clinic."""
    found = contracts.coverage(actor)
    if not found.all:
        return []
    return [
        figures.Stat(
            _("Homes with a contract or own clinic"),
            found.covered,
            _("homes"),
            reverse("medical:homes") + "?covered=no",
            _("of %(n)d open homes") % {"n": found.all},
        )
    ]


figures.register("medical.coverage", "medical.contract", desk_figures, order=55)
