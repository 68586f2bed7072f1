"""Reading the register: who may be seen, one person, and search. Every read goes through :func:`visible_to`."""

import re

from django.db.models import Exists, OuterRef, Q, QuerySet

from yinian.core import identity
from yinian.core.errors import NotVisible
from yinian.core.reading import once
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.persons import keys
from yinian.people.persons.models import Consent, Kin, Person
from yinian.people.persons.scope import persons_of

MAX_WORDS = 4  # words of one search that are looked at
MAX_REGIONS = 200  # regions one word may stand for
MAX_KEYS = 500  # finds up to so many are carried by their keys
MAX_CANDIDATES = 400  # entries decrypted to compare the end of an ID number

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af〇]")
_FULL_ID = re.compile(r"^\d{17}[\dX]$")
_ID_END = re.compile(r"^\d{3,17}[\dX]$")
_LATIN = re.compile(r"^[a-zü]+$")


def visible_to(actor: User, right: str = "people.view") -> QuerySet[Person]:
    """Persons the actor reaches with ``right``: of their regions, or belonging to their site. Merged entries too."""
    actor.require(right)
    return Person.objects.filter(persons_of(actor, right))


def reached(actor: User, right: str, person: str = "person") -> Exists:
    """The same of the person of an outer row (``person``: the path to it), for conditions joined by "or": a list of all
    persons, which ``person__in`` would be there, is never made for the sake of one row."""
    return Exists(visible_to(actor, right).filter(pk=OuterRef(person)))


def standing(actor: User, right: str = "people.view") -> QuerySet[Person]:
    """Visible entries that were not merged into another."""
    return visible_to(actor, right).filter(merged_into__isnull=True)


def get_person(actor: User, pk: int, right: str = "people.view") -> Person:
    """One visible person with region and town loaded. Raises NotVisible."""
    person = (
        visible_to(actor, right)
        .select_related("region__parent__parent", "merged_into", "created_by")
        .defer("region__outline", "region__parent__outline", "region__parent__parent__outline")
        .filter(pk=pk)
        .first()
    )
    if person is None:
        raise NotVisible("person")
    return person


@once
def kin_of(person: Person) -> list[Kin]:
    """Kin of a person the caller has shown visible, those no longer on record too, whom to call first."""
    return list(person.kin.select_related("recorded_by", "ended_by"))


@once
def consents_of(person: Person) -> list[Consent]:
    """Consents of a person the caller has shown visible, withdrawn ones too, the latest first."""
    return list(person.consents.select_related("recorded_by"))


def get_kin(actor: User, pk: int, right: str = "people.view") -> Kin:
    kin = Kin.objects.filter(person__in=visible_to(actor, right), pk=pk).select_related("person__region").first()
    if kin is None:
        raise NotVisible("kin")
    return kin


def get_consent(actor: User, pk: int, right: str = "people.view") -> Consent:
    people = visible_to(actor, right)
    consent = Consent.objects.filter(person__in=people, pk=pk).select_related("person__region").first()
    if consent is None:
        raise NotVisible("consent")
    return consent


def search(people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Narrow ``people`` to those who fit every word of ``text``.

    A word is part of a name; pinyin or initials from the beginning; the last four or more characters of an ID
    number; a whole ID number; a whole phone number; or a place's name, part of it, or its pinyin or initials.
    """
    words = text.split()[:MAX_WORDS]
    if not words:
        return people.none()
    found = people
    for word in words:
        found = found.filter(_word(people, word))
    # A part of a name walks the whole table: once, and not again for the count, the page and each filter.
    keys_found = list(found.order_by().values_list("pk", flat=True)[: MAX_KEYS + 1])
    return people.filter(pk__in=keys_found) if len(keys_found) <= MAX_KEYS else found


def _word(people: QuerySet[Person], word: str) -> Q:
    plain = identity.normalise_id(word)
    if _FULL_ID.match(plain):
        return Q(id_index=keys.id_index(plain))
    phone = identity.normalise_phone(word)
    condition = Q(phone_index=keys.phone_index(phone)) if phone else Q(pk__in=[])
    if _ID_END.match(plain):
        return condition | _id_end(people, plain)
    if phone:
        return condition
    if _HAN.search(word):
        name = identity.normalise_name(word)
        return Q(name__contains=name) | _places(Q(name__contains=name))
    letters = word.lower().replace("'", "").replace("ü", "v").replace("-", "")
    if _LATIN.match(letters):
        return (
            Q(name_pinyin__startswith=letters) | Q(name_initials__startswith=letters)
            | _places(Q(pinyin__startswith=letters) | Q(initials__startswith=letters))
            if len(letters) > 1
            else Q(name_initials__startswith=letters)
        )
    return Q(name__icontains=identity.normalise_name(word))


def _places(condition: Q) -> Q:
    """Persons of the places that fit, whichever level they are."""
    codes = list(Region.objects.filter(condition, level__gte=4).values_list("code", flat=True)[:MAX_REGIONS])
    tops = [code for code in codes if not any(code != other and code.startswith(other) for other in codes)]
    towns = [code for code in tops if len(code) < 12]
    inside = Q(pk__in=[])
    for code in towns:
        inside |= Q(region__code__startswith=code)
    villages = [code for code in tops if len(code) >= 12]
    if villages:
        inside |= Q(region__in=villages)
        hamlets = Region.objects.filter(parent__in=villages).values_list("code", flat=True)
        inside |= Q(region__in=list(hamlets))
    return inside


def _id_end(people: QuerySet[Person], end: str) -> Q:
    """Persons whose ID number ends so: the last four by their index, anything longer by looking at the candidates."""
    tail = Q(id_tail_index=keys.id_tail_index(end))
    if len(end) == keys.TAIL:
        return tail
    candidates = people.order_by().select_related(None).filter(tail).only("id", "id_number")[:MAX_CANDIDATES]
    return Q(pk__in=[person.pk for person in candidates if str(person.id_number or "").endswith(end)])

