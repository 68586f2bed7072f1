"""A resident's day in one panel: what they eat, whether they are out, what comes next. Read by the pages of a stay."""

from dataclasses import dataclass

from django.utils import timezone

from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.living.activities import queries as activities
from yinian.homes.living.activities.models import Activity
from yinian.homes.living.meals import queries as meals
from yinian.homes.living.messages import queries as letters
from yinian.homes.living.outings.models import Outing
from yinian.homes.living.outings.queries import open_outing
from yinian.homes.living.visits import queries as visits
from yinian.homes.living.visits.models import Visit
from yinian.homes.stays.models import Stay


@dataclass(frozen=True)
class Living:
    """``out``: the outing that runs; ``away``: the leave or stay in hospital that runs; ``unread``: messages of the
    family, None for who may not read them; ``activity``: the next one signed up for; ``visit``: the last one;
    ``may_record``: whether the reader records."""

    eats: meals.Eats
    out: Outing | None
    away: Absence | None
    unread: int | None
    activity: Activity | None
    visit: Visit | None
    may_record: bool


def of_stay(actor: User, stay: Stay) -> Living | None:
    """The panel of a stay that holds today, for those who see the home's care."""
    home, today = stay.bed.site, timezone.localdate()
    if today not in stay.period or not actor.scope("care.view").covers(home.region_id, home.pk):
        return None
    return Living(
        meals.eats(meals.diets_on([stay.person_id], today).get(stay.person_id, ())),
        open_outing(stay.person_id),
        next((one for one in stay.absences.all() if today in one.period), None),
        letters.unread_for_home(stay.person_id, home)
        if actor.scope("family.view").covers(home.region_id, home.pk) else None,
        activities.next_of(stay.person_id),
        visits.last_of(stay.person_id),
        actor.scope("care.record").covers(home.region_id, home.pk),
    )
