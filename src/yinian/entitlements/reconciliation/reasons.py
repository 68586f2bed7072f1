"""Why a payment does not agree, and what is suggested next: from the month's review and the rules, said in words.

A reason is a code with its detail as plain JSON, kept with the finding: it is what held when the report came in.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jinja import day, yuan
from yinian.engines.entitlement import evaluate
from yinian.engines.entitlement.tree import facts_read
from yinian.entitlements.adjustments import loading
from yinian.entitlements.adjustments.causes import value_words
from yinian.entitlements.models import CycleLine
from yinian.entitlements.words import in_english
from yinian.entitlements.workkinds import fact_label
from yinian.people.models import Person

TESTS_SAID = 3

STEPS = {
    "recover": gettext_lazy("Propose a recovery"),
    "arrears": gettext_lazy("Propose arrears"),
    "register": gettext_lazy("Correct or complete the register"),
    "find_out": gettext_lazy("Find the fact out"),
    "apply": gettext_lazy("Invite to apply"),
    "review": gettext_lazy("Look at the month's review"),
    "department": gettext_lazy("Tell the department"),
}
_STEP_OF = {
    "not_due": "recover", "superseded": "recover", "refused": "recover", "held": "review", "stopped": "recover",
    "check": "find_out", "not_granted": "apply", "no_line": "review", "no_rule": "department", "gone": "register",
    "dead": "recover", "moved": "recover", "unknown": "register", "unpaid": "department", "twice": "recover",
}


def explain(
    county: str, rows: Iterable[Mapping[str, Any]], approved: frozenset[tuple[str, dt.date]]
) -> dict[tuple[int, str, dt.date], tuple[str, dict[str, Any], str]]:
    """Reason, detail and step of findings about people of the register, by person, service and month.

    ``rows``: JUDGED as dicts, no agreed ones, none of strangers.
    """
    found: dict[tuple[int, str, dt.date], tuple[str, dict[str, Any], str]] = {}
    open_: dict[dt.date, list[Mapping[str, Any]]] = {}
    people = {row["person_id"] for row in rows}
    gone = {p.pk: p for p in Person.objects.filter(pk__in=people).only("pk", "state", "died_on")}
    for row in rows:
        key = (row["person_id"], row["service_id"], row["month"])
        kind = row["kind"]
        if kind in ("dead", "moved"):
            died = gone[row["person_id"]].died_on if row["person_id"] in gone else None
            found[key] = kind, {"on": died.isoformat() if died else ""}, _STEP_OF[kind]
        elif kind == "twice":
            found[key] = "twice", {"elsewhere": row["elsewhere"], "rows": row["rows"]}, "recover"
        elif kind == "unpaid":
            found[key] = "unpaid", {}, "department"
        elif kind == "different" and row["expected_fen"] > 0:
            found[key] = "amount", {}, "recover" if row["over_fen"] else "arrears"
        else:
            open_.setdefault(row["month"], []).append(row)
    for month, mine in open_.items():
        found |= _of_month(county, month, mine, approved)
    return found


def _of_month(
    county: str, month: dt.date, rows: list[Mapping[str, Any]], approved: frozenset[tuple[str, dt.date]]
) -> dict[tuple[int, str, dt.date], tuple[str, dict[str, Any], str]]:
    """Paid and not due: what the month's review said, else what the rule says."""
    people = sorted({row["person_id"] for row in rows})
    lines = {
        (line.person_id, line.service_id): line
        for line in CycleLine.objects.filter(person__in=people, month=month, cycle__state="approved", paid=False)
    }
    pack, facts = loading.pack_of(county, month), loading.facts_of(county, month, people)
    said = {
        (int(row["person_id"]), row["service_id"]): row
        for row in evaluate(pack, facts, month, with_not_due=True, with_unknown_facts=True).iter_rows(named=True)
    }
    values = {int(row["person_id"]): row for row in facts.iter_rows(named=True)}
    bound = {one.service.id: one for one in pack.services_on(month)}
    applied = loading.on_application(pack)
    found = {}
    for row in rows:
        person, service = row["person_id"], row["service_id"]
        line, answer = lines.get((person, service)), said.get((person, service))
        detail: dict[str, Any] = {}
        if line is not None and line.state in ("held", "refused"):
            reason, detail = line.state, {"line": line.reason}
        elif service not in bound:
            reason = "no_rule"
        elif answer is None:
            reason = "gone"
        elif answer["status"] == "not_due":
            reason = "not_due"
            detail = {"tests": _failed(bound[service], answer["false_tests"], values[person])}
        elif answer["status"] == "check":
            reason, detail = "check", {"unknown": [name for name in answer["unknown_facts"].split(";") if name]}
        elif answer["status"] == "superseded":
            reason, detail = "superseded", {"by": _before(bound, said, person, service)}
        elif line is not None:
            reason = "stopped"
        elif service in applied and (service, month) in approved:
            reason = "not_granted"
        else:
            reason = "no_line"
        found[person, service, month] = reason, detail, _STEP_OF[reason]
    return found


def _failed(one: Any, names: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tests that failed, with the facts they read."""
    wanted = names.split(";")
    said: list[dict[str, Any]] = []
    for place, test in enumerate(one.service.tests):
        if test.id not in wanted or len(said) == TESTS_SAID:
            continue
        read = dict.fromkeys("birth_date" if name == "age" else name for name in facts_read(one.tests[place]))
        said.append({
            "label": {"zh": test.label.zh, "en": test.label.en},
            "facts": [[name, None if values.get(name) is None else _text(values[name])] for name in read],
        })
    return said


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _before(bound: Mapping[str, Any], said: Mapping[tuple[int, str], Mapping[str, Any]], person: int,
            service: str) -> dict[str, str]:
    """The service that stands before this one: of its group or list of exclusions, the first that is due."""
    mine = bound[service].service
    for name, other in bound.items():
        related = (mine.higher_of and other.service.higher_of == mine.higher_of) or name in mine.not_with or (
            service in other.service.not_with)
        if name != service and related and said.get((person, name), {}).get("status") == "due":
            return {"zh": other.service.label.zh, "en": other.service.label.en}
    return {}


# --- in words --------------------------------------------------------------------------------------------------


def _label(words: Mapping[str, str]) -> str:
    return words.get("en" if in_english() else "zh") or words.get("zh", "")


def sentence(finding: Any) -> str:
    """Why the payment does not agree, as an officer would say it."""
    detail, reason = finding.detail, finding.reason
    if reason == "not_due":
        parts = []
        for test in detail.get("tests", ()):
            facts = "、".join(f"{fact_label(name)}：{value_words(name, value)}" for name, value in test["facts"])
            parts.append(_("%(test)s does not hold (%(facts)s)") % {"test": _label(test["label"]), "facts": facts})
        return _("Not due: %(why)s") % {"why": "；".join(parts)} if parts else _("Not due by the rules of the month")
    if reason == "check":
        names = "、".join(fact_label(name) for name in detail.get("unknown", ()))
        return _("Not known whether it is due; to find out: %(facts)s") % {"facts": names}
    if reason == "superseded":
        by = _label(detail.get("by") or {})
        return _("Another service stands before it: %(service)s") % {"service": by} if by else _(
            "Another service stands before it")
    if reason == "dead":
        on = detail.get("on")
        return _("Died on %(day)s") % {"day": day(dt.date.fromisoformat(on))} if on else _("Died before the month")
    if reason in ("held", "refused"):
        words = _("Held back in the review of the month") if reason == "held" else _("Refused in the month's review")
        return f"{words}：{detail['line']}" if detail.get("line") else words
    if reason == "twice":
        if detail.get("elsewhere"):
            return _("Another report has %(sum)s yuan of the same month already") % {"sum": yuan(detail["elsewhere"])}
        return _("%(n)s rows of this report are about the same person and month") % {"n": detail.get("rows", 2)}
    return str(_PLAIN[reason])


_PLAIN = {
    "moved": gettext_lazy("Moved out of the county before the month"),
    "unknown": gettext_lazy("Nobody of the register has this ID number"),
    "unpaid": gettext_lazy("Not in the complete report of the month"),
    "amount": gettext_lazy("Another amount than expected"),
    "stopped": gettext_lazy("Ended in the month's review"),
    "not_granted": gettext_lazy("Given on application, and it was never granted"),
    "no_line": gettext_lazy("Due by the rules, but not among those approved for the month"),
    "no_rule": gettext_lazy("The service was not in force in this month"),
    "gone": gettext_lazy("Not counted among the county's older people in this month"),
}
