"""What the person page shows, gathered: four answers, facts with their sources, alerts. Reads only."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.jinja import age_on, day
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict, Roll, Spell
from yinian.people.circumstances.queries import conflicts_of, roll_covering, spells_on, standing_rolls
from yinian.people.circumstances.words import ability_words, department_words, in_words, kind_words
from yinian.people.kinds import KINDS, Kind
from yinian.people.persons.models import Consent, Kin, Person
from yinian.people.persons.panels import AnswerLine, answers_for
from yinian.people.persons.queries import consents_of, kin_of

GROUPS = (
    ("relief", ("relief", "support_form", "wants_central")),
    ("health", ("ability", "self_care", "disability", "ltc", "dementia", "mental_disorder")),
    ("family", ("living", "left_behind", "empty_nest", "special_family", "special_contribution")),
    ("insurance", ("medical_insurance", "ltc_insured", "pension")),
)
# Asked only where there is a reason: not knowing them is no gap in most people's entry.
ASKED_IF = {"support_form": "tekun", "wants_central": "tekun", "self_care": "tekun"}
OLD_AFTER = 730  # days after which a record should be looked at again
# Not knowing these of everybody is no gap: they are found out where there is reason to.
UNASKED = frozenset({"ltc", "dementia", "mental_disorder", "support_form", "wants_central", "self_care"})
ALONE_FROM = 80  # years; alone at this age without anybody to call deserves a word


@dataclass(frozen=True)
class FactRow:
    """One kind of circumstance on the page. ``spell`` or ``roll`` say where it came from; neither: not known."""

    kind: Kind
    text: str
    spell: Spell | None = None
    roll: Roll | None = None
    note: str = ""

    @property
    def known(self) -> bool:
        return self.spell is not None or self.roll is not None

    @property
    def wanted(self) -> bool:
        """Whether not knowing it is a gap."""
        return not self.known and self.kind.code not in UNASKED

    @property
    def since(self) -> dt.date | None:
        return self.spell.valid.lower if self.spell else self.roll.as_of if self.roll else None

    @property
    def source(self) -> str:
        record = self.spell or self.roll
        return department_words(record.department) if record else ""

    @property
    def ask(self) -> str:
        """Who can find it out."""
        return {
            "village": _("The village can find out on a visit."), "town": _("The town can find out."),
            "assessor": _("An assessment tells."),
        }[self.kind.asked_of]


@dataclass
class PersonView:
    """Everything of the page but the timeline and the panels of other rooms."""

    person: Person
    on: dt.date
    known_at: dt.datetime | None
    groups: list[tuple[str, list[FactRow]]]
    kin: list[Kin]
    consents: list[Consent]
    conflicts: list[Conflict]
    answers: list[tuple[str, list[AnswerLine]]] = field(default_factory=list)
    alerts: list[tuple[str, str, str]] = field(default_factory=list)  # tone, text, url
    places: dict[str, str] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        return age_on(self.person.birth_date, self.on)

    @property
    def unknown(self) -> int:
        return sum(row.wanted for _name, rows in self.groups for row in rows)


def group_words(name: str) -> str:
    return {"relief": _("Relief"), "health": _("Health and ability"), "family": _("Family and living"),
            "insurance": _("Insurance and pension")}[name]


def person_view(actor: User, person: Person, on: dt.date, known_at: dt.datetime | None = None) -> PersonView:
    """Gather the page of a person the caller has shown visible."""
    spells = spells_on(person, on, known_at)
    rolls = standing_rolls(person.region_id, on, known_at)
    rows = {code: _row(code, spells, rolls, person.region_id) for code in KINDS}
    groups = [(name, [rows[code] for code in kinds if _asked(code, spells, rows)]) for name, kinds in GROUPS]
    kin = [k for k in kin_of(person) if k.ended_at is None]
    consents = [c for c in consents_of(person) if c.withdrawn_on is None]
    conflicts = [c for c in conflicts_of(person) if c.state == Conflict.State.OPEN]
    view = PersonView(person, on, known_at, groups, kin, consents, conflicts)
    view.places = _places(person)
    view.answers = [
        ("able", [*_able(rows), *answers_for(actor, person, "able")]),
        ("lives", [*_lives(rows, kin), *answers_for(actor, person, "lives")]),
        ("due", answers_for(actor, person, "due")),
        ("care", answers_for(actor, person, "care")),
    ]
    view.alerts = _alerts(view, rows)
    return view


def _row(code: str, spells: dict[str, Spell], rolls: list[Roll], region: str) -> FactRow:
    kind, spell = KINDS[code], spells.get(code)
    if spell is not None:
        note = ""
        if (timezone.now() - spell.recorded_at).days > OLD_AFTER:
            note = _("recorded more than two years ago")
        return FactRow(kind, in_words(code, spell.value, spell.grade), spell, note=note)
    roll = roll_covering(rolls, region, code)
    if roll is not None and kind.absent is not None:
        return FactRow(kind, in_words(code, kind.absent, None), roll=roll)
    return FactRow(kind, _("Not assessed") if code == "ability" else _("Not known"))


def _asked(code: str, spells: dict[str, Spell], rows: dict[str, FactRow]) -> bool:
    if code in spells or code not in ASKED_IF:
        return True
    relief = spells.get("relief")
    return relief is not None and relief.value == ASKED_IF[code]


def _able(rows: dict[str, FactRow]) -> list[AnswerLine]:
    ability = rows["ability"]
    if ability.spell is not None:
        lines = [AnswerLine(_("Ability level"), ability_words(ability.spell.grade),
                            _("assessed %(day)s") % {"day": day(ability.spell.valid.lower)})]
    else:
        lines = [AnswerLine(_("Ability level"), _("Not assessed"), tone="warn")]
    for code in ("disability", "dementia", "ltc"):
        row = rows[code]
        if row.spell is not None and row.spell.value not in ("none", "false"):
            lines.append(AnswerLine(kind_words(code), row.text))
    return lines


def _lives(rows: dict[str, FactRow], kin: list[Kin]) -> list[AnswerLine]:
    living = rows["living"]
    lines = [AnswerLine(kind_words("living"), living.text,
                        _("since %(day)s") % {"day": day(living.since)} if living.known else "",
                        tone="" if living.known else "warn")]
    circumstances = [
        kind_words(code) for code in ("left_behind", "empty_nest", "special_family", "special_contribution")
        if (spell := rows[code].spell) is not None and spell.value == "true"
    ]
    relief = rows["relief"].spell
    if relief is not None and relief.value != "none":
        circumstances.insert(0, rows["relief"].text)
    if circumstances:
        lines.append(AnswerLine(_("Circumstances"), _(", ").join(circumstances)))
    to_call = next((k for k in kin if k.emergency), kin[0] if kin else None)
    if to_call is not None:
        lines.append(AnswerLine(_("Contact"), f"{to_call.name} ({to_call.relation})", to_call.lives_in))
    else:
        lines.append(AnswerLine(_("Contact"), _("Nobody on record"), tone="warn"))
    return lines


def _places(person: Person) -> dict[str, str]:
    """Names of the places the entry refers to by code."""
    codes = {person.hukou_code, person.residence_code} - {"", person.region_id}
    names = {person.region_id: person.region.name}
    if codes:
        wanted = {code for whole in codes for code in Region.codes_above(whole)}
        known = dict(Region.objects.filter(code__in=wanted, level__gte=3).values_list("code", "name"))
        for whole in codes:
            names[whole] = "".join(known[code] for code in Region.codes_above(whole) if code in known) or whole
    return names


def _alerts(view: PersonView, rows: dict[str, FactRow]) -> list[tuple[str, str, str]]:
    person, alerts = view.person, []
    if person.state == Person.State.MERGED and person.merged_into is not None:
        alerts.append(("warn", _("This entry was merged into that of %(name)s; open that one.")
                       % {"name": person.merged_into.name}, reverse("people:person", args=[person.merged_into_id])))
    if person.state == Person.State.DEAD:
        alerts.append(("bad", _("Died on %(day)s.") % {"day": day(person.died_on)}, ""))
    if person.state == Person.State.MOVED_OUT:
        alerts.append(("warn", _("Has moved out of the county."), ""))
    for conflict in view.conflicts:
        alerts.append(("warn", _("%(department)s and the register disagree about “%(fact)s”.") % {
            "department": department_words(conflict.department), "fact": kind_words(conflict.kind)
        }, reverse("people:conflict", args=[conflict.pk])))
    living = rows["living"].spell
    age = view.age
    if (person.state == Person.State.LIVING and living is not None and living.value == "alone"
            and age is not None and age >= ALONE_FROM and not any(k.emergency for k in view.kin)):
        alerts.append(("warn", _("Lives alone at %(age)s, and nobody to call in an emergency is on record.")
                       % {"age": age}, reverse("people:kin_new", args=[person.pk])))
    return alerts


def source_lines(row: FactRow) -> list[tuple[str, Any]]:
    """Where a fact came from, line by line."""
    if row.spell is not None:
        spell = row.spell
        lines = [
            (_("Source"), department_words(spell.department)), (_("Since"), day(spell.valid.lower)),
            (_("Recorded"), day(spell.recorded_at)),
            (_("Recorded by"), spell.recorded_by.full_name if spell.recorded_by else _("loaded from a list")),
        ]
        if spell.valid.upper is not None:
            lines.insert(2, (_("Until"), day(spell.valid.upper - dt.timedelta(days=1))))
        if spell.evidence:
            lines.append((_("Evidence"), spell.evidence))
        return lines
    if row.roll is not None:
        return [
            (_("Source"), _("Not on the complete list of: %(department)s")
             % {"department": department_words(row.roll.department)}),
            (_("List as of"), day(row.roll.as_of)),
        ]
    return [(_("Who can tell"), row.ask)]
