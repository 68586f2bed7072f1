"""One timeline of everything that is known to have happened to a person. Rooms above add their sources."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.audit.models import AuditRow, Reveal
from yinian.core.jinja import day
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict, Spell
from yinian.people.circumstances.queries import conflicts_of, spells_of
from yinian.people.circumstances.words import claim_words, department_words, kind_words, value_words
from yinian.people.persons.models import Person
from yinian.people.persons.queries import consents_of, kin_of

Entry = dict[str, Any]
Source = Callable[[User, Person], Iterable[Entry]]
SHOWN = 15  # on the person's own page; the timeline page has all
_READ = 400  # rows of one source that are looked at

FIELDS = {"id_number": gettext_lazy("ID number"), "phone": gettext_lazy("Phone"), "address": gettext_lazy("Address")}


@dataclass(frozen=True)
class TimelineSource:
    name: str
    label: Promise | str
    entries: Source


SOURCES: dict[str, TimelineSource] = {}


def timeline_source(name: str, label: Promise | str) -> Callable[[Source], Source]:
    """Register a source. Its entries are dicts with ``at`` (day or moment) and ``title``; see :func:`entry`."""

    def register(source: Source) -> Source:
        SOURCES[name] = TimelineSource(name, label, source)
        return source

    return register


def entry(at: dt.date | dt.datetime | None, title: Any, *, text: Any = "", who: Any = "", tone: str = "mute",
          icon: str = "activity", url: str = "") -> Entry:
    """An entry of the timeline component."""
    return {"at": at, "title": str(title), "text": str(text), "who": str(who), "tone": tone, "icon": icon, "url": url}


def timeline(actor: User, person: Person, only: str = "") -> list[Entry]:
    """Everything of a person the actor sees, latest first; ``only`` names one source."""
    found = [
        item
        for source in SOURCES.values()
        if only in ("", source.name)
        for item in source.entries(actor, person)
    ]
    return sorted(found, key=_when, reverse=True)


def choices() -> list[tuple[str, str]]:
    """The sources one may filter by."""
    return [(source.name, str(source.label)) for source in SOURCES.values()]


def _when(item: Entry) -> dt.datetime:
    at = item["at"]
    if isinstance(at, dt.datetime):
        return at
    # A day without an hour stands at its noon.
    return timezone.make_aware(dt.datetime.combine(at or dt.date(1900, 1, 1), dt.time(12)))


@timeline_source("spells", gettext_lazy("Circumstances"))
def _spells(actor: User, person: Person) -> list[Entry]:
    spells = list(spells_of(person)[:_READ])
    codes = {spell.value for spell in spells if spell.kind == "residence"}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [_spell(spell, names) for spell in spells if not _replaced(spell)]


def _replaced(spell: Spell) -> bool:
    """A record that was only shortened because another followed: the shortened copy tells the same."""
    return spell.retract_reason == "continued"


def _spell(spell: Spell, places: dict[str, str]) -> Entry:
    value = places.get(spell.value, spell.value) if spell.kind == "residence" else value_words(spell)
    title = value if spell.kind in ("death", "move") else f"{kind_words(spell.kind)}: {value}"
    parts = []
    if spell.valid.upper is not None:
        parts.append(_("until %(day)s") % {"day": day(spell.valid.upper - dt.timedelta(days=1))})
    parts.append(department_words(spell.department))
    if spell.evidence:
        parts.append(spell.evidence)
    parts.append(_("recorded %(day)s") % {"day": day(spell.recorded_at)})
    tone, icon = ("bad", "flag") if spell.kind == "death" else ("info", "clipboard-list")
    if spell.retracted_at is not None:
        title = _("Retracted: %(what)s") % {"what": title}
        tone, icon = "mute", "arrow-back-up"
        reason = _("the two entries were merged") if spell.retract_reason == "merged" else spell.retract_reason
        parts.append(_("retracted %(day)s: %(reason)s") % {"day": day(spell.retracted_at), "reason": reason})
    who = spell.recorded_by.full_name if spell.recorded_by else ""
    return entry(spell.valid.lower, title, text=" · ".join(parts), who=who, tone=tone, icon=icon)


@timeline_source("kin", gettext_lazy("Kin and contacts"))
def _kin(actor: User, person: Person) -> list[Entry]:
    found = []
    for kin in kin_of(person):
        who = kin.recorded_by.full_name if kin.recorded_by else ""
        words = _("Contact added: %(name)s (%(relation)s)") % {"name": kin.name, "relation": kin.relation}
        found.append(entry(kin.recorded_at, words, who=who, icon="users"))
        if kin.ended_at is not None:
            words = _("Contact ended: %(name)s (%(relation)s)") % {"name": kin.name, "relation": kin.relation}
            found.append(entry(kin.ended_at, words, text=kin.end_reason,
                               who=kin.ended_by.full_name if kin.ended_by else "", icon="users"))
    return found


@timeline_source("consents", gettext_lazy("Consent"))
def _consents(actor: User, person: Person) -> list[Entry]:
    found = []
    for consent in consents_of(person):
        who = consent.recorded_by.full_name if consent.recorded_by else ""
        what = {"what": consent.get_purpose_display(), "by": consent.given_by}
        found.append(entry(consent.given_on, _("Consent given: %(what)s, by %(by)s") % what, text=consent.evidence,
                           who=who, tone="ok", icon="check"))
        if consent.withdrawn_on is not None:
            found.append(entry(consent.withdrawn_on, _("Consent withdrawn: %(what)s") % what, tone="warn", icon="x"))
    return found


@timeline_source("conflicts", gettext_lazy("Contradictions"))
def _conflicts(actor: User, person: Person) -> list[Entry]:
    from django.urls import reverse

    states = {"open": _("to be decided"), "kept": _("the record was kept"), "replaced": _("the claim took its place"),
              "withdrawn": _("no longer in question")}
    found = []
    for conflict in conflicts_of(person):
        words = _("%(department)s says: %(fact)s %(claim)s") % {
            "department": department_words(conflict.department), "fact": kind_words(conflict.kind),
            "claim": claim_words(conflict),
        }
        text = states[conflict.state] + (f": {conflict.reason}" if conflict.reason else "")
        found.append(entry(
            conflict.decided_at or conflict.raised_at, words, text=text,
            who=conflict.decided_by.full_name if conflict.decided_by else "",
            tone="warn" if conflict.state == Conflict.State.OPEN else "mute", icon="alert-triangle",
            url=reverse("people:conflict", args=[conflict.pk]),
        ))
    return found


@timeline_source("reveals", gettext_lazy("Masked data shown"))
def _reveals(actor: User, person: Person) -> list[Entry]:
    rows = Reveal.objects.filter(object_kind="people.person", object_id=str(person.pk)).select_related("actor")
    return [
        entry(row.at, _("%(field)s shown") % {"field": FIELDS.get(row.field, row.field)}, text=row.reason,
              who=row.actor.full_name, icon="eye")
        for row in rows[:_READ]
    ]


ACTIONS = {
    "people.register": gettext_lazy("Entered into the register"),
    "people.edit": gettext_lazy("Entry corrected"),
    "people.death": gettext_lazy("Death recorded"),
    "people.move": gettext_lazy("Move recorded"),
    "people.spell_record": gettext_lazy("Circumstance recorded"),
    "people.spell_retract": gettext_lazy("Record retracted"),
    "people.spell_end": gettext_lazy("Circumstance ended"),
    "people.conflict_raise": gettext_lazy("Contradiction noted"),
    "people.conflict_decide": gettext_lazy("Contradiction decided"),
    "people.kin_add": gettext_lazy("Contact added"),
    "people.kin_end": gettext_lazy("Contact ended"),
    "people.consent_give": gettext_lazy("Consent recorded"),
    "people.consent_withdraw": gettext_lazy("Withdrawal of consent recorded"),
    "people.merge": gettext_lazy("Another entry merged into this one"),
    "people.merged_away": gettext_lazy("Merged into another entry"),
    "people.unmerge": gettext_lazy("Merge taken back"),
    "core.reveal": gettext_lazy("Masked data shown"),
}
"""What an audit row about a person says."""

# Told already by an entry of another source: shown only when the changes themselves are asked for.
_TOLD = frozenset({
    "people.death", "people.move", "people.spell_record", "people.spell_retract", "people.spell_end",
    "people.conflict_raise", "people.conflict_decide", "people.kin_add", "people.kin_end", "people.consent_give",
    "people.consent_withdraw", "core.reveal",
})
CHANGES = "changes"


def _changes(actor: User, person: Person) -> list[Entry]:
    rows = AuditRow.objects.filter(object_kind="people.person", object_id=str(person.pk)).select_related("actor")
    return [
        entry(row.at, ACTIONS.get(row.action, row.action), text=_detail(row), who=row.actor.full_name, icon="history")
        | {"action": row.action}
        for row in rows.order_by("-id")[:_READ]
    ]


def _detail(row: AuditRow) -> str:
    parts = [row.reason] if row.reason else []
    if row.action == "people.edit":
        parts.append(_(", ").join(str(FIELD_WORDS.get(name, name)) for name in row.detail.get("fields", [])))
    return " · ".join(parts)


FIELD_WORDS = FIELDS | {
    "name": gettext_lazy("Name"), "sex": gettext_lazy("Sex"), "birth_date": gettext_lazy("Birth date"),
    "household_no": gettext_lazy("Household number"), "hukou_code": gettext_lazy("Registered place"),
    "urban_hukou": gettext_lazy("Urban registration"),
}


@timeline_source(CHANGES, gettext_lazy("Changes and merges"))
def _untold(actor: User, person: Person) -> list[Entry]:
    """Changes that no other source tells."""
    return [item for item in _changes(actor, person) if item["action"] not in _TOLD]


def everything_done(actor: User, person: Person) -> list[Entry]:
    """Every audit row about the person: who did what, latest first."""
    return _changes(actor, person)
