"""The demo's late truths: deaths, grades and relief reported after months were approved; and a reconciled report.

Everything is done by the rooms' own actions, so it stands as an officer would have left it.
"""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from yinian.core.errors import Refused
from yinian.core.identity import check_digit
from yinian.core.models import Posting, Region, User
from yinian.core.roles import Role
from yinian.demo.load import do_now
from yinian.entitlements.adjustments import actions as corrections
from yinian.entitlements.models import Correction, Cycle, CycleLine, Finding
from yinian.entitlements.reconciliation import actions as reports
from yinian.entitlements.reconciliation import findings
from yinian.people.circumstances.actions import record_spell
from yinian.people.models import Person
from yinian.people.persons.actions import record_death

MAKER, CHECKER = "minzheng", "fuhe"
DEATHS, GRADES, RELIEF = 4, 3, 3
HEAD = ("姓名", "身份证号", "村(社区)", "发放项目", "月份", "金额(元)")
SAID = "合成数据：迟报"


def build(county: Region, day: dt.date) -> None:
    """Late facts, the corrections that follow in every state, and reports of the last approved month."""
    cycles = list(Cycle.objects.filter(region=county, state=Cycle.State.APPROVED).order_by("month", "service_id"))
    if not cycles:
        return
    first, last = cycles[0].month, cycles[-1].month
    officer = User.objects.get(username=MAKER)
    _report(officer, county, [cycle for cycle in cycles if cycle.month == last], first)
    _grades(officer, cycles, first)
    do_now(corrections.start_recalculation(officer, county.code))
    _decide(county)


def _paid(cycles: Sequence[Cycle], month: dt.date, like: str = "") -> list[CycleLine]:
    rows = CycleLine.objects.filter(cycle__in=cycles, month=month, paid=True, service_id__startswith=like,
                                    amount_fen__gt=0, person__state=Person.State.LIVING,
                                    person__representatives__isnull=True)  # the family's story is told elsewhere
    return list(rows.select_related("person", "cycle").order_by("pk"))


def _grades(officer: User, cycles: Sequence[Cycle], since: dt.date) -> None:
    """Ability of the destitute found worse or better than thought; and relief granted from a day in the past."""
    for place, line in enumerate(_paid(cycles, since, "tekun-care")[:GRADES]):
        _said(officer, line.person, "self_care", "", 5 if place % 2 == 0 else 1, since)
    people = Person.objects.filter(
        spells__kind="relief", spells__value="dibao", spells__retracted_at__isnull=True, state=Person.State.LIVING,
        region__code__startswith=cycles[0].region_id,
    ).order_by("pk")
    for person in people[:RELIEF]:
        _said(officer, person, "relief", "tekun", None, since)
        _said(officer, person, "support_form", "dispersed", None, since)


def _said(officer: User, person: Person, kind: str, value: str, grade: int | None, since: dt.date) -> None:
    try:
        record_spell(officer, person, kind, value, grade, since, None, "civil_affairs", SAID)
    except Refused:
        return  # another record stands in the way for this one; the demo has others


def _officer(row: Correction) -> User:
    """The officer of the person's town, else the bureau's."""
    posting = Posting.objects.filter(region=row.region_code[:9], role=Role.TOWN_OFFICER).select_related("user").first()
    return posting.user if posting else User.objects.get(username=MAKER)


def _picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (420, 594), "white").save(file, "JPEG")
    file.seek(0)
    file.name = "免除追回批复.jpg"
    return file


def _decide(county: Region) -> None:
    """Bring corrections into every state, leaving most to be confirmed."""
    checker = User.objects.get(username=CHECKER)
    open_ = Correction.objects.filter(county=county, state=Correction.State.PROPOSED).order_by("pk")
    arrears = list(open_.filter(kind=Correction.Kind.ARREARS)[:3])
    alive = list(open_.filter(kind=Correction.Kind.RECOVERY, deceased=False)[:3])
    dead = list(open_.filter(kind=Correction.Kind.RECOVERY, deceased=True)[:3])

    def confirm(row: Correction, method: str, **more: Any) -> Correction:
        return corrections.confirm(_officer(row), row.pk, version=row.version, method=method, **more)

    def approve(row: Correction) -> Correction:
        return corrections.approve(checker, row.pk, version=row.version)

    for place, row in enumerate(arrears[:2]):
        done = confirm(row, "pay")
        if place == 0:
            approve(done)
    if alive:
        approve(confirm(alive[0], "instalments", parts=6))
    if len(alive) > 1:
        corrections.reject(_officer(alive[1]), alive[1].pk, version=alive[1].version,
                           reason="复核后确认原登记无误，已通知相关部门更正")
    if dead:
        done = approve(confirm(dead[0], "at_once", answers="长子，已电话联系"))
        corrections.record_repayment(_officer(done), done.pk, version=done.version,
                                     amount_fen=max(done.amount_fen // 2, 1), on=done.checked_at.date()
                                     if done.checked_at else dt.date.today(), slip="收据0001")
    if len(dead) > 1:
        approve(confirm(dead[1], "waive", reason="遗属系特困人员，无力退还", paper=_picture()))
    if len(dead) > 2:
        confirm(dead[2], "at_once", answers="女儿，已上门说明")


# --- the report ------------------------------------------------------------------------------------------------


def _file(rows: Sequence[Sequence[Any]], name: str) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    file = io.BytesIO(text.getvalue().encode("utf-8-sig"))
    file.name = name
    return file


def _row(line: CycleLine, fen: int | None = None) -> tuple[Any, ...]:
    person = line.person
    return (person.name, person.id_number, "", line.cycle.label["zh"], f"{line.month:%Y-%m}",
            (line.amount_fen if fen is None else fen or 0) / 100)  # type: ignore[operator]


def _stranger() -> str:
    body = "99068119410303004"
    return body + check_digit(body)


def _report(officer: User, county: Region, cycles: Sequence[Cycle], first: dt.date) -> None:
    """The one-card report of the last approved month, with each kind of finding; and one not yet taken in."""
    lines = [line for cycle in cycles for line in _paid([cycle], cycle.month)]
    lines = [line for line in lines if line.person.id_number]
    if len(lines) < DEATHS + 4:
        return
    dead, rest = lines[:DEATHS], lines[DEATHS:]
    for place, line in enumerate(dead):
        record_death(officer, line.person, first + dt.timedelta(days=9 + place), "public_security", SAID)
    unpaid, twice, other, *right = rest
    rows = [_row(line) for line in dead + right]
    rows += [_row(twice), _row(twice), _row(other, 2 * (other.amount_fen or 1))]
    young = Person.objects.filter(region__code__startswith=county.code, state=Person.State.LIVING,
                                  id_number__isnull=False).order_by("-birth_date").first()
    away = Person.objects.filter(region__code__startswith=county.code, state=Person.State.MOVED_OUT,
                                 id_number__isnull=False).first()
    label, month = lines[0].cycle.label["zh"], f"{lines[0].month:%Y-%m}"
    rows += [(person.name, person.id_number, "", label, month, 50) for person in (young, away) if person is not None]
    rows.append(("周无名", _stranger(), "", label, month, 50))
    batch = _checked(officer, county, _file(rows, f"一卡通发放明细{month}.csv"), lines[0].month, complete=True)
    do_now(reports.start_commit(officer, batch.pk, batch.version))
    found = {row.kind: row.pk for row in Finding.objects.filter(batch=batch)}
    if "different" in found:
        findings.explain(officer, [found["different"]], "当月含上月补差20元，已与财政核对")
    if unpaid and "unpaid" in found:
        findings.tell(officer, [found["unpaid"]])
    if "not_due" in found:
        findings.propose(officer, [found["not_due"]])
    doubt = _row(right[0])
    second = [(*_row(line)[:3], "老年补助（县级）", *_row(line)[4:]) for line in right[1:6]]
    second.append(("王认错", *doubt[1:]))
    _checked(officer, county, _file(second, f"民政补助{month}.csv"), lines[0].month, complete=False)


def _checked(officer: User, county: Region, file: io.BytesIO, month: dt.date, *, complete: bool) -> Any:
    batch = reports.upload(officer, file, region=county.code, department="civil_affairs",
                           source="one_card" if complete else "department", month=month, complete=complete)
    assert batch.job is not None
    do_now(batch.job)
    batch.refresh_from_db()
    return batch
