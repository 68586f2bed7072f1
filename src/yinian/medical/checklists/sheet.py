"""A list of check-ups as a workbook: its columns, and from a file to sound rows with the people they are of.

Nothing here writes.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.identity import normalise_name
from yinian.core.sheets import ROW, Choice, Column, SheetData, SheetSpec, error_frame, read_sheet, register_messages
from yinian.core.sheets.spec import fold
from yinian.core.users.models import User
from yinian.medical.checkups.models import CheckUp
from yinian.medical.institutions.queries import visible_to as institutions
from yinian.people.models import Person
from yinian.people.persons.keys import id_index
from yinian.people.persons.queries import standing

LONGEST = 1000
Faults = Iterator[tuple[int, str, str, dict[str, Any]]]
Paid, Result = CheckUp.Paid, CheckUp.Result

register_messages({
    "checked_nobody": _("Nobody with this ID number is in the register of your area."),
    "checked_other_name": _("In the register this ID number belongs to somebody of another name."),
    "checked_not_living": _("The check-up lies after the death on record."),
    "checked_before_birth": _("The check-up lies before the birth."),
    "checked_where": _("No medical institution of this name is on file. Enter it first, or mend the name."),
    "checked_findings": _("Write what was found: the result says there is something to follow up."),
    "checked_follow": _("Write what is to be done: the result says there is something to follow up."),
    "checked_by_when": _("Give the day by which it is to be done, not before the check-up."),
    "checked_twice": _("The same check-up also stands in row %(other)s."),
})

SHEET = SheetSpec(
    "check-ups",
    _("List of check-ups"),
    [
        Column("name", _("Name"), required=True, max_length=60, example="李桂花", aliases=("姓名", "体检人")),
        Column("id_number", _("ID number"), "id_number", required=True,
               aliases=("身份证号", "身份证号码", "公民身份号码", "证件号码")),
        Column("done_on", _("Checked on"), "date", required=True, example="2026-05-18",
               aliases=("体检日期", "体检时间", "检查日期")),
        Column("institution", _("Checked at"), required=True, max_length=120, example="城关镇卫生院",
               aliases=("体检机构", "体检单位", "医疗机构", "检查机构"),
               help=_("The institution's name as it is on file.")),
        Column("paid", _("Who paid"), "choice", required=True, example="基本公共卫生",
               choices=[
                   Choice(Paid.PUBLIC, Paid.PUBLIC.label, ("基本公共卫生", "公共卫生", "免费体检")),
                   Choice(Paid.HOME, Paid.HOME.label, ("养老机构", "机构承担")),
                   Choice(Paid.OTHER, Paid.OTHER.label, ("其他免费",)),
                   Choice(Paid.OWN, Paid.OWN.label, ("自费", "本人")),
               ],
               aliases=("费用来源", "付费方式", "体检类别")),
        Column("result", _("Result"), "choice", required=True, example="正常",
               choices=[
                   Choice(Result.NORMAL, Result.NORMAL.label, ("正常", "无异常", "未见异常")),
                   Choice(Result.ABNORMAL, Result.ABNORMAL.label, ("异常", "有异常")),
               ],
               aliases=("体检结果", "结论")),
        Column("findings", _("Findings of the check-up"), max_length=LONGEST,
               aliases=("异常情况", "体检发现", "主要发现")),
        Column("follow", _("What is to be done about it"), max_length=LONGEST, aliases=("处理意见", "建议", "随访要求"),
               help=_("Needed where there is something to follow up.")),
        Column("follow_by", _("By which day"), "date", future=True, aliases=("随访期限", "完成期限", "限期")),
    ],
    _("One row for each check-up. A list is taken in whole: while a row is faulty, none counts."),
)


@dataclass(frozen=True)
class Entry:
    """A sound row: whose check-up, where, and what was found."""

    row: int
    person: Person
    institution: int
    done_on: dt.date
    paid: str
    result: str
    findings: str | None
    follow: str | None
    follow_by: dt.date | None


@dataclass(frozen=True)
class Looked:
    """A list as it stands now. ``fresh``: what would be entered; ``known``: how many are entered already."""

    data: SheetData
    fresh: list[Entry]
    known: int


def look(actor: User, content: bytes, filename: str, region: str) -> Looked:
    """Read and check a list for who takes it in. Raises SheetError for a file that cannot be taken as a whole."""
    data = read_sheet(SHEET, content, filename, allow_synthetic=not settings.IN_SERVICE, today=timezone.localdate())
    rows = list(data.frame.iter_rows(named=True))
    people = _people(actor, [row["id_number"] for row in rows if row["id_number"]], region)
    places = {fold(one.name): one.pk for one in institutions(actor)}
    data = data.with_errors(error_frame(_faults(rows, people, places)))
    entries = [_entry(row, people, places) for row in data.clean.iter_rows(named=True)]
    known = set(
        CheckUp.objects.filter(person__in=[one.person.pk for one in entries], error_at__isnull=True).values_list(
            "person", "done_on", "institution"
        )
    )
    fresh = [one for one in entries if (one.person.pk, one.done_on, one.institution) not in known]
    return Looked(data, fresh, len(entries) - len(fresh))


def _people(actor: User, numbers: list[str], region: str) -> dict[str, Person]:
    """The people of the register within reach, by ID number."""
    keys = {id_index(number): number for number in numbers}
    found = standing(actor, "health.edit").filter(id_index__in=list(keys), region__code__startswith=region).only(
        "name", "birth_date", "died_on", "region_id", "id_index"
    )
    return {keys[bytes(one.id_index)]: one for one in found if one.id_index is not None}


def _faults(rows: list[dict[str, Any]], people: dict[str, Person], places: dict[str, int]) -> Faults:
    first: dict[tuple[Any, ...], int] = {}
    for row in rows:
        number = row[ROW]
        person = people.get(row["id_number"] or "")
        if row["id_number"]:
            yield from ((number, *fault, {}) for fault in _of_person(row, person))
        if row["institution"] and fold(row["institution"]) not in places:
            yield number, "institution", "checked_where", {}
        if row["result"] == Result.ABNORMAL:
            for key in ("findings", "follow"):
                if not row[key]:
                    yield number, key, f"checked_{key}", {}
            if row["follow_by"] is None or (row["done_on"] and row["follow_by"] < row["done_on"]):
                yield number, "follow_by", "checked_by_when", {}
        same = (row["id_number"], row["done_on"], fold(row["institution"] or ""))
        if all(same) and same in first:
            yield number, "done_on", "checked_twice", {"other": first[same]}
        first.setdefault(same, number)


def _of_person(row: dict[str, Any], person: Person | None) -> Iterator[tuple[str, str]]:
    if person is None:
        yield "id_number", "checked_nobody"
        return
    if row["name"] and normalise_name(row["name"]) != person.name:
        yield "name", "checked_other_name"
    if row["done_on"] and person.died_on and row["done_on"] > person.died_on:
        yield "done_on", "checked_not_living"
    if row["done_on"] and person.birth_date and row["done_on"] < person.birth_date:
        yield "done_on", "checked_before_birth"


def _entry(row: dict[str, Any], people: dict[str, Person], places: dict[str, int]) -> Entry:
    abnormal = row["result"] == Result.ABNORMAL
    return Entry(
        row[ROW], people[row["id_number"]], places[fold(row["institution"])], row["done_on"], row["paid"],
        row["result"], row["findings"], row["follow"] if abnormal else None, row["follow_by"] if abnormal else None,
    )  # fmt: skip
