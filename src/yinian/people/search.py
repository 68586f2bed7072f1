"""What this room gives to the one search box."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jinja import age_on
from yinian.core.search import LIMIT, Hit, register
from yinian.core.users.models import User
from yinian.people.persons import queries


def people(actor: User, text: str) -> list[Hit]:
    """Living people first, then the others; name, sex, age and village, nothing more."""
    found = queries.search(queries.standing(actor), text).select_related("region").only(
        "name", "sex", "birth_date", "state", "region__name"
    )
    rows = sorted(found.order_by("name_pinyin", "pk")[: LIMIT * 3], key=lambda p: p.state != "living")[:LIMIT]
    return [
        Hit(person.name, reverse("people:person", args=[person.pk]), " · ".join(part for part in (
            person.get_sex_display(), age_words(age_on(person.birth_date)), person.region.name,
            person.get_state_display() if person.state != "living" else "",
        ) if part))
        for person in rows
    ]


def age_words(age: int | None) -> str:
    return "" if age is None else _("%(age)s years") % {"age": age}


register("people", gettext_lazy("Older people"), "people.view", people,
         more=lambda text: f"{reverse('people:list')}?{urlencode({'q': text})}", order=10)
