"""What the database refused, as sentences: whose the bed is, where the person lies, as far as the actor may know."""

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.beds.queries import holding
from yinian.homes.stays.models import Stay
from yinian.people.models import Person
from yinian.places.models import Bed

BED_ONCE = "bed_holds_one_person_at_a_time"
PERSON_ONCE = "person_lies_in_one_bed_at_a_time"


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that spoke."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def refusal(actor: User, error: IntegrityError, person: Person, bed: Bed) -> Exception:
    """The sentence for a refused stay; any other fault of integrity is passed on as it is."""
    name = constraint_of(error)
    if name == BED_ONCE:
        return _bed_taken(actor, bed)
    if name == PERSON_ONCE:
        return _person_elsewhere(actor, person)
    if name == "stay_in_an_open_home":
        return Refused(fields={"bed": _("The home is not open.")})
    if name == "bed_in_use_while_held":
        return Refused(fields={"bed": _("Bed %(bed)s is out of use.") % {"bed": bed.label}})
    if name == "room_is_for_its_sex":
        return Refused(fields={"bed": _("Bed %(bed)s stands in a room set aside for the other sex.")
                               % {"bed": bed.label}})
    if name == "bed_on_offer_is_kept":
        return Refused(fields={"bed": _("Bed %(bed)s is kept for somebody it was offered to.") % {"bed": bed.label}})
    if name == "day_care_takes_a_day_place":
        return Refused(fields={"bed": _("Day care takes a day place; a stay by night takes a bed.")})
    if name == "short_stay_keeps_to_its_days":
        return Refused(fields={"expected_end": _("The stay would be longer than the rule allows.")})
    return error


def _bed_taken(actor: User, bed: Bed) -> Refused:
    holder = (
        Stay.objects.filter(holding(timezone.localdate()), bed=bed).select_related("person", "admitted_by").first()
    )
    if holder is None:
        return Refused(
            fields={
                "bed": _("Bed %(bed)s was held by somebody else on that day; choose a later day.")
                % {"bed": bed.label}
            }
        )
    if not actor.scope("people.view").covers(bed.site.region_id, bed.site_id):
        return Refused(fields={"bed": _("Bed %(bed)s is taken; whose it is you may not see.") % {"bed": bed.label}})
    return Refused(
        fields={
            "bed": _("Bed %(bed)s is taken: %(name)s has it from %(day)s, entered by %(who)s.")
            % {
                "bed": bed.label,
                "name": holder.person.name,
                "day": day(holder.period.lower),
                "who": holder.admitted_by.full_name if holder.admitted_by else _("an earlier list"),
            }
        }
    )


def _person_elsewhere(actor: User, person: Person) -> Refused:
    there = (
        Stay.objects.filter(holding(timezone.localdate()), person=person).select_related("bed__site").first()
    )
    if there is None:
        return Refused(
            fields={
                "person": _("%(name)s lay in another bed on that day; choose a later day.") % {"name": person.name}
            }
        )
    site = there.bed.site
    if not actor.scope("homes.view").covers(site.region_id, site.pk):
        return Refused(
            fields={
                "person": _(
                    "%(name)s already has a bed in another home, which you do not see; ask the bureau which one."
                )
                % {"name": person.name}
            }
        )
    return Refused(
        fields={
            "person": _(
                "%(name)s already has bed %(bed)s in %(home)s from %(day)s; discharge there "
                "first, or change the bed."
            )
            % {"name": person.name, "bed": there.bed.label, "home": site.name, "day": day(there.period.lower)}
        }
    )
