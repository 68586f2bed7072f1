"""Groups of people in words. No database access here."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from yinian.engines.entitlement import FACTS, value_in_words
from yinian.entitlements.coverage import frames
from yinian.entitlements.workkinds import in_words

TRAITS = {
    "relief": gettext_lazy("Social relief"), "age": gettext_lazy("Age band"), "level": gettext_lazy("Ability level"),
}


def value_words(trait: str, value: str) -> str:
    """A group's name: 低保, 80—89岁, 重度失能; not known says so."""
    if value == frames.UNKNOWN:
        return pgettext("group of people", "Not known")
    if trait == "age":
        if value == "0-59":
            return _("under 60")
        return _("100 or older") if value == "100+" else _("%(from)s–%(to)s years") % dict(
            zip(("from", "to"), value.split("-"), strict=True)
        )
    fact, plain = ("ability_level", int(value)) if trait == "level" else ("relief", value)
    return in_words(value_in_words(FACTS[fact], plain))


def order_of(trait: str) -> list[str]:
    """The values of a trait in the order of pages; not known last."""
    if trait == "age":
        return [key for key, _low, _high in frames.AGE_BANDS] + [frames.UNKNOWN]
    fact = FACTS["ability_level" if trait == "level" else "relief"]
    return [*fact.values, frames.UNKNOWN]


def choices(trait: str) -> list[tuple[str, str]]:
    return [(value, value_words(trait, value)) for value in order_of(trait)]
