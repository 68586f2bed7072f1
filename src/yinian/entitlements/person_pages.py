"""One person's services with their reasons: the full page, and what the person's own page shows of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.engines.entitlement.explain import FactRead, ServiceExplained
from yinian.entitlements import queries, words
from yinian.entitlements.explaining import explained
from yinian.entitlements.models import Determination, Receipt, Status
from yinian.entitlements.queries import Event
from yinian.entitlements.workkinds import in_words
from yinian.people.circumstances.queries import FACT_SOURCES, Fact
from yinian.people.kinds import DEPARTMENTS
from yinian.people.models import Person
from yinian.people.persons.panels import AnswerLine, person_answer, person_panel
from yinian.people.persons.queries import get_person


@dataclass(frozen=True)
class FactShown:
    """A fact a test read, in words, with where it came from; ``url``: where it can be recorded."""

    label: str
    value: str
    known: bool
    origin: str
    ask: str
    url: str


@dataclass(frozen=True)
class TestShown:
    """One condition: ``tone`` and ``word`` say whether it holds."""

    label: str
    value: bool | None
    word: str
    tone: str
    facts: tuple[FactShown, ...]
    ground: str


@dataclass(frozen=True)
class ServiceShown:
    """One service for this person."""

    id: str
    name: str
    status: str
    word: str
    tone: str
    amount: str
    sentence: str
    tests: tuple[TestShown, ...]
    department: str
    apply: str
    receipt: Receipt | None
    grant: Determination | None
    confidence: tuple[Any, str]
    reference: str
    find_out: tuple[FactShown, ...]
    automatic: bool

    @property
    def receiving(self) -> bool:
        return self.receipt is not None or self.grant is not None

    @property
    def since(self) -> dt.date | None:
        """Since when it is received, by a department's word or by our own grant."""
        if self.grant is not None:
            return self.grant.period.lower
        return self.receipt.period.lower if self.receipt is not None else None

    @property
    def missing(self) -> bool:
        return self.status == "due" and not self.receiving


@dataclass(frozen=True)
class Dues:
    """What a person is due as of a day by what is known now, or why that cannot be said."""

    as_of: dt.date
    services: tuple[ServiceShown, ...] = ()
    problem: str = ""

    def of(self, *statuses: str) -> list[ServiceShown]:
        return [service for service in self.services if service.status in statuses]

    @property
    def missing(self) -> list[ServiceShown]:
        return [service for service in self.services if service.missing]

    @property
    def undue(self) -> list[ServiceShown]:
        return [s for s in self.services if s.receiving and s.status in ("not_due", "superseded")]


def dues_of(actor: User, person: Person, as_of: dt.date | None = None) -> Dues:
    """Every service in force for a person the actor may see, worked out now from what is known now."""
    actor.require("entitlements.names", person.region_id)
    return worked_out(person, as_of, may_edit=actor.scope("people.edit").covers(person.region_id))


def worked_out(person: Person, as_of: dt.date | None = None, may_edit: bool = False) -> Dues:
    """The same of a person whom the caller has found visible; ``may_edit``: with where missing facts are recorded."""
    as_of = as_of or timezone.localdate()
    if person.state in (Person.State.DEAD, Person.State.MOVED_OUT, Person.State.MERGED):
        return Dues(as_of, problem=_("This person is no longer counted here: %(state)s.") % {
            "state": person.get_state_display()
        })
    try:
        _pack, answer, facts = explained(person, as_of)
    except Refused as error:
        return Dues(as_of, problem=str(error))
    receipts = queries.receipts_of([person.pk], as_of).get(person.pk, {})
    grants = {
        found.service_id: found
        for found in person.determinations.filter(period__contains=as_of, state=Determination.State.IN_FORCE)
    }
    return Dues(as_of, tuple(
        shown_service(found, facts, receipts.get(found.service_id), grants.get(found.service_id),
                      person if may_edit else None)
        for found in answer.services
    ))


def shown_service(
    found: ServiceExplained, facts: dict[str, Fact], receipt: Receipt | None, grant: Determination | None,
    person: Person | None,
) -> ServiceShown:
    """One service as explained, in words; ``person``: where missing facts can be recorded by the reader."""
    return ServiceShown(
        id=found.service_id, name=in_words(found.label), status=found.status, word=words.status_words(found.status),
        tone=words.STATUS_TONES[found.status], amount=words.amount_words(found.amount_fen, found.period),
        sentence=in_words(found.sentence),
        tests=tuple(
            TestShown(
                in_words(test.label), test.value, _word(test.value), _tone(test.value),
                tuple(_fact(read, facts, person) for read in test.facts),
                "" if test.clause is None else _ground(test.clause.title, test.clause.clause),
            )
            for test in found.tests
        ),
        department=in_words(found.department) if found.department else "",
        apply=_("Granted without an application") if found.apply == "automatic" else _("On application"),
        receipt=receipt, grant=grant,
        confidence=words.CONFIDENCE.get(found.clause.confidence, words.CONFIDENCE["unknown"]),
        reference=in_words(found.reference.label) if found.reference else "",
        find_out=tuple(_fact(read, facts, person) for read in found.find_out), automatic=found.apply == "automatic",
    )  # fmt: skip


def _ground(title: str, clause: str | None) -> str:
    return f"《{title}》{clause or ''}"


def _word(value: bool | None) -> str:
    return _("not known") if value is None else _("holds") if value else _("does not hold")


def _tone(value: bool | None) -> str:
    return "warn" if value is None else "ok" if value else "mute"


def _fact(read: FactRead, facts: dict[str, Fact], person: Person | None) -> FactShown:
    name = "birth_date" if read.name == "age" else read.name
    fact = facts.get(name)
    value = in_words(read.words)
    if isinstance(read.value, dt.date):
        value = day(read.value)
    elif name in ("hukou_region", "residence_region") and read.value:
        value = str(read.value)
    return FactShown(
        in_words(read.label), value, read.value is not None, origin_of(fact) if fact else "",
        in_words(read.ask) if read.ask else "", record_url(person, name) if person and read.value is None else "",
    )


def origin_of(fact: Fact) -> str:
    """Where a fact came from and since when, in one line; empty when it is not known."""
    if not fact.known:
        return ""
    department = DEPARTMENTS.get(fact.department) or (
        _("the register") if fact.department in ("", "register") else fact.department
    )
    parts = [str(department)]
    if fact.concluded and fact.since:
        return _("%(department)s: not on its complete list of %(day)s") % {
            "department": department, "day": day(fact.since)
        }
    if fact.since:
        parts.append(_("since %(day)s") % {"day": day(fact.since)})
    if fact.recorded_at:
        parts.append(_("recorded %(day)s") % {"day": day(fact.recorded_at)})
    if fact.by:
        parts.append(fact.by)
    return _(", ").join(parts)


def record_url(person: Person, fact: str) -> str:
    """Where a fact of a person is recorded once it is found out."""
    source = FACT_SOURCES.get(fact)
    try:
        if source is None:
            return reverse("people:edit", args=[person.pk])
        return reverse("people:spell_new", args=[person.pk, source.kind])
    except NoReverseMatch:
        return reverse("people:person", args=[person.pk])


@page("entitlements.names")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Every service for one person, test by test, and what each run changed."""
    found = get_person(request.user, pk)
    dues = dues_of(request.user, found)
    services = {service.id: service.name for service in dues.services}
    run = queries.standing_run(found.region_id)
    return render(request, "entitlements/person.html", {
        "person": found, "dues": dues, "run": run,
        "groups": [
            ("missing", _("Due and not receiving"), dues.missing),
            ("check", _("To be checked"), dues.of("check")),
            ("receiving", _("Due and receiving"), [s for s in dues.of("due") if s.receiving]),
            ("superseded", _("Covered by another service"), dues.of("superseded")),
            ("not_due", _("Not due"), dues.of("not_due")),
        ],
        "events": [_event(event, services) for event in queries.history_of(request.user, found)],
        "crumbs": [(_("Older people"), reverse("people:list")),
                   (found.name, reverse("people:person", args=[found.pk])), (_("Services and dues"), None)],
    })


_MOVES = {
    Status.DUE: gettext_lazy("Entitled"), Status.CHECK: gettext_lazy("To be checked"),
    Status.SUPERSEDED: gettext_lazy("Covered by another service"), Status.NOT_DUE: gettext_lazy("Not due"),
    None: gettext_lazy("Not due"),
}


def _event(event: Event, names: dict[str, str]) -> dict[str, Any]:
    kept = event.run.pack.get("services", [])
    listed: dict[str, str] = next((s["label"] for s in kept if s["id"] == event.service_id), {})
    name = names.get(event.service_id) or listed.get("en" if words.in_english() else "zh") or event.service_id
    return {
        "at": event.run.as_of, "title": name, "tone": words.TONES[event.after], "icon": "clipboard-list",
        "text": f"{_MOVES[event.before]} → {_MOVES[event.after]}",
        "who": _("run %(run)s") % {"run": event.run.pk}, "url": reverse("entitlements:run", args=[event.run.pk]),
    }


@person_panel("entitlements.dues", 20, "entitlements/panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """What the person's own page shows: missing, to check, receiving, in short."""
    if not actor.scope("entitlements.names").covers(person.region_id):
        return None
    dues = dues_of(actor, person)
    return {"dues": dues, "url": reverse("entitlements:person", args=[person.pk])}


@person_answer("due", "entitlements.dues")
def answer(actor: User, person: Person) -> AnswerLine | None:
    """The line under "what they are due"."""
    if not actor.scope("entitlements.names").covers(person.region_id):
        return None
    run = queries.standing_run(person.region_id)
    if run is None:
        return None
    names = {service.number for service in queries.services_of([run])}
    standings = [e for e in queries.standings_of([person.pk]).get(person.pk, []) if e.service_number in names]
    due = [e for e in standings if e.status == Status.DUE]
    missing = [e for e in due if not e.receiving]
    check = sum(1 for e in standings if e.status == Status.CHECK)
    return AnswerLine(
        _("Services"), _("due %(due)s, not receiving %(missing)s") % {"due": len(due), "missing": len(missing)},
        _("%(n)s to be checked; as of %(day)s") % {"n": check, "day": day(run.as_of)},
        reverse("entitlements:person", args=[person.pk]), "warn" if missing or check else "ok",
    )
