"""What daily life in a home hangs on the rooms below and beside: tabs, how its acts are called, what a merge moves."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.absences.queries import away
from yinian.homes.living import workkinds  # noqa: F401 - registers itself
from yinian.homes.living.activities import queries as activities
from yinian.homes.living.activities.models import Participation
from yinian.homes.living.book import living, meal_words
from yinian.homes.living.meals import queries as meals
from yinian.homes.living.meals.models import Diet, Intake
from yinian.homes.living.messages import queries as letters
from yinian.homes.living.messages.models import FamilyMessage
from yinian.homes.living.outings import actions as outings  # noqa: F401 - tells of leavings
from yinian.homes.living.outings.models import Outing
from yinian.homes.living.outings.queries import open_outing
from yinian.homes.living.visits.models import Visit
from yinian.people.duplicates.movers import rows_mover
from yinian.people.models import Person
from yinian.people.representatives.panels import own_panel

desk("homes", "outings", 10, gettext_lazy("Outings"), "homes:outings", "care.view", "life")
desk("homes", "visits", 20, gettext_lazy("Family visits"), "homes:visits", "care.view", "life")
desk("homes", "messages", 30, gettext_lazy("Messages of families"), "homes:family_threads", "family.view", "life")

rows_mover(
    "homes.living", Diet, Intake, Outing, FamilyMessage, Participation, Visit,
    clash=gettext_lazy(
        "Both entries have the same diet, meal, outing or activity at one time; they cannot be one person until one of "
        "them ends."
    ),
)


@own_panel("homes.living", 10, "homes/living/own_panel.html")
def own_life(actor: User, person: Person) -> dict[str, Any] | None:
    """A person's days in a home as the family sees them: notices, diet, menu, out or in, messages."""
    home = letters.home_of(person)
    if home is None:
        return None
    today = timezone.localdate()
    menus = meals.menus_of(home, meals.monday(today), published=True)
    return {
        "person": person,
        "home": home,
        "notices": letters.own_notices(person),
        "eats": meals.eats(meals.diets_on([person.pk], today).get(person.pk, ())),
        "out": open_outing(person),
        "away": away(today).filter(stay__person=person).first(),
        "menu": [
            (meal_words(meal), "、".join(line.dish.name for line in menus[today, meal].lines.all()))
            for meal in living().meals
            if (today, meal) in menus
        ],
        "unread": letters.own_unread(actor, person.pk),
        "next": activities.next_of(person),
    }


def _figures(actor: User) -> list[figures.Stat]:
    """Families that wait for an answer, in the actor's homes."""
    waits = letters.waiting(letters.threads(actor)).count()
    if not waits:
        return []
    return [figures.Stat(_("Families wait for an answer"), waits, _("families"),
                         reverse("homes:family_threads") + "?waiting=1", "")]


figures.register("homes.family", "family.view", _figures, order=43)
