"""The catalogue of needs for this room: what it says of one person's result, and its words in the reader's language."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.assessments import scales
from yinian.assessments.results.models import Result
from yinian.assessments.scales import in_words
from yinian.assessments.visits.models import Visit
from yinian.assessments.visits.queries import particulars_of
from yinian.core.careplanfiles import read_catalogue
from yinian.core.scalefiles import read_scale
from yinian.engines.careplan import Assessed, Catalogue, Reason, Suggested, derive
from yinian.engines.scale import Scale
from yinian.people.circumstances.queries import roll_covering, spells_on, standing_rolls
from yinian.people.circumstances.words import in_words as circumstance_words
from yinian.people.circumstances.words import kind_words
from yinian.people.kinds import KINDS
from yinian.people.models import Person


def catalogue(scale_id: str = scales.ABILITY_SCALE) -> Catalogue:
    """The catalogue in use for a scale; the words, providers, services and areas are the same for all."""
    return read_catalogue(scale_id)


def assessed(result: Result, person: Person, on: dt.date | None = None) -> Assessed:
    """What a result, the record behind it and the register say of a person. The caller has shown both visible."""
    visit = None
    if result.request_id is not None:
        visit = Visit.objects.filter(request=result.request_id).first()
    return Assessed(
        result.final, result.items, result.inputs, particulars_of(visit), _circumstances(person, on, result.scale)
    )


def _circumstances(person: Person, on: dt.date | None, scale_id: str) -> dict[str, str]:
    """The values of the circumstances that the catalogue asks for: on record, or by a department's complete list."""
    day = on or timezone.localdate()
    wanted = {kind for rule in catalogue(scale_id).needs for kind in rule.only_if}
    found = {kind: spell.value for kind, spell in spells_on(person, day).items() if kind in wanted}
    missing = [kind for kind in wanted - set(found) if KINDS[kind].absent is not None]
    if missing:
        rolls = standing_rolls(person.region_id, day)
        for kind in missing:
            if roll_covering(rolls, person.region_id, kind) is not None:
                found[kind] = str(KINDS[kind].absent)
    return found


def suggestions(result: Result, person: Person, on: dt.date | None = None) -> list[Suggested]:
    """The needs that a result in force speaks of."""
    return derive(catalogue(result.scale), assessed(result, person, on))


# --- words ---------------------------------------------------------------------------------------------------------


def service_name(service: str) -> str:
    """A service of the catalogue in words; of one that is no longer there, its id."""
    found = catalogue().services.get(service)
    return in_words(found.label) if found else service


def provider_name(provider: str) -> str:
    found = catalogue().providers.get(provider)
    return in_words(found.label) if found else provider


def area_name(area: str) -> str:
    found = catalogue().areas.get(area)
    return in_words(found.label) if found else area


def risk_name(risk: str) -> str:
    found = catalogue().risks.get(risk)
    return in_words(found.label) if found else risk


def standard_words(service: str) -> str:
    """Which of the six aids and one care, and of the seven home services, a service is."""
    book = catalogue()
    found = book.services.get(service)
    if found is None:
        return ""
    parts = []
    if found.aid is not None:
        parts.append(in_words(book.aids[found.aid].label))
    if found.home_service is not None:
        parts.append(in_words(book.home_services[found.home_service].label))
    return " · ".join(dict.fromkeys(parts))


def often_words(times: int, per: str, days: list[int] | tuple[int, ...] = ()) -> str:
    """How often: three times a day, twice a week (Monday, Thursday), once."""
    count = {"n": times}
    if per == "once":
        return _("one time only")
    if per == "day":
        return ngettext("%(n)s time a day", "%(n)s times a day", times) % count
    if per == "week":
        text = ngettext("%(n)s time a week", "%(n)s times a week", times) % count
        if not days:
            return text
        return _("%(often)s (%(days)s)") % {
            "often": text, "days": _(", ").join(weekday_words(day) for day in sorted(days)),
        }
    if per == "month":
        return ngettext("%(n)s time a month", "%(n)s times a month", times) % count
    if per == "quarter":
        return ngettext("%(n)s time a quarter", "%(n)s times a quarter", times) % count
    return ngettext("%(n)s time a year", "%(n)s times a year", times) % count


def weekday_words(day: int) -> str:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[day]


def confidence_words(confidence: str) -> str:
    """What a suggestion rests on, where it is not a rule that was seen."""
    return {
        "verified": _("seen in the text"), "secondary": _("seen in a reprint"),
        "general": _("general knowledge of care"), "unknown": _("not known"),
    }.get(confidence, confidence)


def source_words(source: dict[str, str]) -> str:
    """Document and confidence of a suggestion, in one line."""
    if not source:
        return ""
    return _("%(document)s; %(confidence)s") % {
        "document": source.get("document", ""), "confidence": confidence_words(source.get("confidence", "unknown")),
    }


def source_of(suggested: Suggested, scale_id: str) -> dict[str, str]:
    """What a plan keeps of where a suggestion comes from."""
    source = suggested.rule.source
    document = catalogue(scale_id).documents[source.document]
    return {"document": document.title, "confidence": source.confidence}


def kept(reasons: tuple[Reason, ...]) -> list[list[Any]]:
    """Reasons as a plan keeps them."""
    return [[reason.kind, reason.code, reason.value] for reason in reasons]


def reasons_in_words(why: list[list[Any]], region_code: str, scale_id: str) -> list[str]:
    """What led to a need, line by line: the item with its points, the answer, the level, the circumstance."""
    scale = scales.scale_for(region_code, scale_id)
    return [line for kind, code, value in why if (line := _reason(scale, kind, code, value))]


def _reason(scale: Scale, kind: str, code: str, value: Any) -> str:
    if kind == "item" and code in scale.by_code:
        item = scale.by_code[code]
        if value not in item.scores:
            return ""
        if item.max == 1:  # able or not able: the points would say nothing more
            return f"{in_words(item.name)}: {in_words(item.option(value).text)}"
        return _("%(item)s: %(option)s (%(points)s of %(most)s)") % {
            "item": in_words(item.name), "option": in_words(item.option(value).text), "points": value,
            "most": item.max,
        }
    if kind == "answer":
        field = next((f for part in scale.form_a for f in part.fields if f.code == code), None)
        if field is None or not any(choice.code == value for choice in field.choices):
            return ""
        return f"{in_words(field.name)}: {in_words(field.choice(value).text)}"
    if kind == "input":
        return next((in_words(entry.label) for entry in scale.inputs if entry.id == code), "")
    if kind == "level":
        return _("Level: %(level)s") % {"level": scales.level_name(scale.id, value)}
    if kind == "circumstance" and code in KINDS:
        return f"{kind_words(code)}: {circumstance_words(code, value, None)}"
    return ""


def baseline_of(suggested: Suggested, scale_id: str) -> str:
    """Where the person stands now, as the assessment says it: the wording of the item that weighs most."""
    scale = read_scale(scale_id)
    items = [(reason.value, reason.code) for reason in suggested.reasons if reason.kind == "item"]
    if items:
        worst = min(items, key=lambda pair: int(pair[0]) / scale.by_code[pair[1]].max)
        item = scale.by_code[worst[1]]
        text = in_words(item.option(int(worst[0])).text)
        return f"{in_words(item.name)}: {text}" if item.max == 1 else text
    for reason in suggested.reasons:
        if reason.kind in ("answer", "circumstance"):
            return _reason(scale, reason.kind, reason.code, reason.value)
    return ""
