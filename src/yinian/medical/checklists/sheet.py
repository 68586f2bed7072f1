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
from yinian.medical.checklists.matching import match
from yinian.medical.checkups.models import CheckUp
from yinian.medical.institutions.queries import visible_to as institutions
from yinian.people.imports.reading import COUNTY_DIGITS, region_table
from yinian.people.models import Person

LONGEST = 1000
Faults = Iterator[tuple[int, str, str, dict[str, Any]]]
Paid, Result = CheckUp.Paid, CheckUp.Result

register_messages({
    "checked_nobody": _("Nobody with this ID number is in the register of your area."),
    "checked_too_thin": _("Without an ID number, give the date of birth and the home or the village."),
    "checked_no_home": _("No home of this name is on file in your area; write it as it is on file."),
    "checked_nobody_there": _("Nobody of this name and date of birth is on file there; give the ID number, or look at "
                              "the name, the date and the place."),
    "checked_several": _("%(count)s people of this name and date of birth are on file there; give the ID number."),
    "checked_other_birth": _("In the register this person has another date of birth."),
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
        Column("id_number", _("ID number"), "id_number",
               aliases=("身份证号", "身份证号码", "公民身份号码", "证件号码"),
               help=_("Where it is not known, give the date of birth and the home or the village: the person is found "
                      "where only one fits.")),
        Column("birth_date", _("Date of birth"), "date", aliases=("出生日期", "出生年月日", "出生年月")),
        Column("village", _("Village (community)"), "region",
               aliases=("村(社区)", "村社区", "村居", "所在村", "居住村", "现居住村(社区)")),
        Column("home", _("Care home"), max_length=120, aliases=("养老机构", "所在养老机构", "敬老院"),
               help=_("The home's name as it is on file, for those who live in one.")),
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
    data = read_sheet(SHEET, content, filename, allow_synthetic=not settings.IN_SERVICE, today=timezone.localdate(),
                      regions=region_table(region[:COUNTY_DIGITS]))
    rows = list(data.frame.iter_rows(named=True))
    matched = match(actor, rows, _spoilt(data), region)
    people = matched.people
    places = {fold(one.name): one.pk for one in institutions(actor)}
    data = data.with_errors(error_frame([*matched.faults, *_faults(rows, people, places)]))
    entries = [_entry(row, people, places) for row in data.clean.iter_rows(named=True)]
    known = set(
        CheckUp.objects.filter(person__in=[one.person.pk for one in entries], error_at__isnull=True).values_list(
            "person", "done_on", "institution"
        )
    )
    fresh = [one for one in entries if (one.person.pk, one.done_on, one.institution) not in known]
    return Looked(data, fresh, len(entries) - len(fresh))


def _spoilt(data: SheetData) -> dict[int, set[str]]:
    """The columns in which a row is faulty as written, by row."""
    found: dict[int, set[str]] = {}
    for row, column in data.errors.select(ROW, "column").iter_rows():
        found.setdefault(row, set()).add(column)
    return found


def _faults(rows: list[dict[str, Any]], people: dict[int, Person], places: dict[str, int]) -> Faults:
    first: dict[tuple[Any, ...], int] = {}
    for row in rows:
        number = row[ROW]
        person = people.get(number)
        if person is not None:
            yield from ((number, *fault, {}) for fault in _of_person(row, person))
        if row["institution"] and fold(row["institution"]) not in places:
            yield number, "institution", "checked_where", {}
        if row["result"] == Result.ABNORMAL:
            for key in ("findings", "follow"):
                if not row[key]:
                    yield number, key, f"checked_{key}", {}
            if row["follow_by"] is None or (row["done_on"] and row["follow_by"] < row["done_on"]):
                yield number, "follow_by", "checked_by_when", {}
        same = (person.pk if person else row["id_number"], row["done_on"], fold(row["institution"] or ""))
        if all(same) and same in first:
            yield number, "done_on", "checked_twice", {"other": first[same]}
        first.setdefault(same, number)


def _of_person(row: dict[str, Any], person: Person) -> Iterator[tuple[str, str]]:
    if row["birth_date"] and person.birth_date and row["birth_date"] != person.birth_date:
        yield "birth_date", "checked_other_birth"
    if row["name"] and normalise_name(row["name"]) != person.name:
        yield "name", "checked_other_name"
    if row["done_on"] and person.died_on and row["done_on"] > person.died_on:
        yield "done_on", "checked_not_living"
    if row["done_on"] and person.birth_date and row["done_on"] < person.birth_date:
        yield "done_on", "checked_before_birth"


def _entry(row: dict[str, Any], people: dict[int, Person], places: dict[str, int]) -> Entry:
    abnormal = row["result"] == Result.ABNORMAL
    return Entry(
        row[ROW], people[row[ROW]], places[fold(row["institution"])], row["done_on"], row["paid"],
        row["result"], row["findings"], row["follow"] if abnormal else None, row["follow_by"] if abnormal else None,
    )  # fmt: skip
