"""Reading possible duplicates: open pairs, two entries side by side, merges that stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import identity
from yinian.core.errors import NotVisible
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.people.circumstances.queries import believed
from yinian.people.circumstances.words import kind_words, value_words
from yinian.people.duplicates.models import DuplicatePair, Merge
from yinian.people.kinds import KINDS
from yinian.people.persons.models import Person
from yinian.people.persons.queries import visible_to


def pairs_visible_to(actor: User) -> QuerySet[DuplicatePair]:
    """Pairs of which the actor may merge both entries."""
    people = visible_to(actor, "people.merge")
    return DuplicatePair.objects.filter(first__in=people, second__in=people).select_related(
        "first__region__parent", "second__region__parent", "decided_by"
    )


def open_pairs(actor: User) -> QuerySet[DuplicatePair]:
    """Pairs to be looked at; those of which one entry is gone by another merge are left out."""
    return pairs_visible_to(actor).filter(
        state=DuplicatePair.State.OPEN, first__merged_into__isnull=True, second__merged_into__isnull=True
    )


def get_pair(actor: User, pk: int) -> DuplicatePair:
    pair = pairs_visible_to(actor).filter(pk=pk).first()
    if pair is None:
        raise NotVisible("pair")
    return pair


# What a list of pairs or merges does not show need not be decrypted.
_UNSHOWN = [f"{side}__{field}" for side in ("first", "second") for field in (
    "id_number", "phone", "address", "region__outline", "region__parent__outline",
)]


def listed_pairs(pairs: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
    """Pairs for a list: without the sensitive fields."""
    return pairs.defer(*_UNSHOWN)


def merges_visible_to(actor: User) -> QuerySet[Merge]:
    """Merges whose kept entry the actor may merge."""
    return Merge.objects.filter(kept__in=visible_to(actor, "people.merge")).select_related(
        "kept__region", "gone__region", "merged_by", "unmerged_by"
    ).defer(*(f"{side}__{field}" for side in ("kept", "gone") for field in ("id_number", "phone", "address")))


def get_merge(actor: User, pk: int) -> Merge:
    merge = merges_visible_to(actor).filter(pk=pk).first()
    if merge is None:
        raise NotVisible("merge")
    return merge


def merge_of(person: Person) -> Merge | None:
    """The standing merge by which an entry went into another."""
    return Merge.objects.filter(gone=person, unmerged_at__isnull=True).select_related("kept", "merged_by").first()


@dataclass(frozen=True)
class Line:
    """One field of two entries: both texts, whether they differ, and the degree of agreement found (or "")."""

    label: str
    first: str
    second: str
    agreement: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.first and self.second) and self.first != self.second


def side_by_side(pair: DuplicatePair) -> list[Line]:
    """Field by field: who they are, masked where personal, then every circumstance in force today."""
    one, two = pair.first, pair.second
    agreement = pair.agreement if isinstance(pair.agreement, dict) else {}

    def agreed(field: str) -> str:
        return agreement_words(str(agreement.get(field, "")))

    lines = [
        Line(_("Name"), one.name, two.name, agreed("name")),
        Line(_("Sex"), one.get_sex_display(), two.get_sex_display(), agreed("sex")),
        Line(_("Birth date"), day(one.birth_date), day(two.birth_date), agreed("birth_date")),
        Line(_("ID number"), _shown(one.id_number, identity.mask_id), _shown(two.id_number, identity.mask_id),
             agreed("id_number")),
        Line(_("Phone"), _shown(one.phone, identity.mask_phone), _shown(two.phone, identity.mask_phone),
             agreed("phone")),
        Line(_("Village"), _place(one), _place(two), agreed("village")),
        # An address is personal: the page says only whether they agree.
        Line(_("Address"), _("on record") if one.address else "", _("on record") if two.address else "",
             agreed("address")),
        Line(_("Household number"), one.household_no, two.household_no),
        Line(_("State"), one.get_state_display(), two.get_state_display()),
        Line(_("Entered from"), _since(one), _since(two)),
    ]
    return lines + _circumstances(one, two)


def _shown(text: Any, mask: Callable[[str], str]) -> str:
    return mask(str(text)) if text else ""


def _place(person: Person) -> str:
    parent = person.region.parent
    return f"{parent.name} {person.region.name}" if parent is not None else person.region.name


def _since(person: Person) -> str:
    from yinian.people.circumstances.words import department_words

    return f"{department_words(person.created_from)} {day(person.created_at)}"


def _circumstances(one: Person, two: Person) -> list[Line]:
    from yinian.people.circumstances.models import Spell

    found: dict[str, dict[int, str]] = {}
    rows = Spell.objects.filter(believed(), person__in=[one, two], valid__contains=timezone.localdate())
    for spell in rows.exclude(kind__in=["move", "residence", "death"]):
        found.setdefault(spell.kind, {})[spell.person_id] = value_words(spell)
    return [
        Line(kind_words(kind), found[kind].get(one.pk, ""), found[kind].get(two.pk, ""))
        for kind in KINDS if kind in found
    ]


def agreement_words(level: str) -> str:
    """A degree of agreement (yinian.engines.linkage.model) in words."""
    return {
        "same": _("the same"), "same_sound": _("sounds the same"), "one_character": _("one character differs"),
        "month_and_day_swapped": _("month and day swapped"), "one_digit": _("one digit differs"),
        "within_60_days": _("within 60 days (lunar date?)"), "same_year": _("the same year"),
        "same_town": _("the same town"), "one_within_other": _("one contains the other"),
        "one_digit_or_swap": _("one digit differs or two are swapped"), "different": _("different"),
        "unknown": _("not known on one side"), "": "",
    }.get(level, level)


def reason_words(reasons: Sequence[str]) -> str:
    """Why a pair is shown (yinian.engines.linkage.REASONS) in words."""
    words = {
        "same_id": _("same ID number"), "id_one_digit": _("ID numbers one digit apart"),
        "same_name_and_birth": _("same name and birth date"),
        "same_sound_and_birth": _("names sound the same, same birth date"),
        "same_name_near_birth": _("same name, birth dates close"),
        "same_name_and_phone": _("same name and phone"), "same_name_and_address": _("same name and address"),
    }
    return _("; ").join(words.get(reason, reason) for reason in reasons)
