"""A small pack of its own and a run in the test's own process."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import cast as people
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.models import User
from yinian.entitlements import actions
from yinian.entitlements.models import Run
from yinian.entitlements.perform import perform

DAY = dt.date(2024, 6, 1)
NEXT = dt.date(2024, 6, 2)

PACK = """
region: "430681"
label: {zh: 测试县, en: Test county}
extends: null
documents:
  - {id: notice, title: 测试通知, number: 测〔2024〕1号, date: 2024-01-01}
"""
PARAMETERS = """
age_from:
  label: {zh: 起始年龄, en: Age from}
  unit: years
  values:
    - {from: 2020-01-01, value: 80, source: {document: notice, confidence: verified}}
"""
SERVICES = """
- id: age-allowance
  label: {zh: 高龄津贴, en: Age allowance}
  kind: cash
  group: 物质帮助
  department: {zh: 民政部门, en: civil affairs}
  who:
    - {id: age, test: "age >= param('age_from')", label: {zh: 年满80周岁, en: aged 80 or over}}
    - {id: hukou, test: "hukou_region LIKE '430681%'", label: {zh: 本市户籍, en: registered here}}
  gives:
    amount: CASE WHEN age >= 90 THEN 10000 ELSE 5000 END
    period: month
  apply: automatic
  source: {document: notice, clause: 第一条, confidence: verified}
- id: visit
  label: {zh: 探访关爱, en: Care visit}
  kind: service
  group: 关爱服务
  who:
    - {id: alone, test: "living = 'alone'", label: {zh: 独居, en: lives alone}}
  apply: automatic
  source: {document: notice, confidence: secondary}
- id: small-subsidy
  label: {zh: 小额补贴, en: Small subsidy}
  kind: cash
  who:
    - {id: poor, test: "relief = 'dibao'", label: {zh: 低保, en: minimum living allowance}}
  gives: {amount: 3000, period: month}
  higher_of: subsidy
  apply: on_application
  source: {document: notice, confidence: unknown}
- id: large-subsidy
  label: {zh: 大额补贴, en: Large subsidy}
  kind: cash
  who:
    - {id: poor, test: "relief = 'dibao'", label: {zh: 低保, en: minimum living allowance}}
    - {id: able, test: "ability_level >= 2", label: {zh: 中度失能以上, en: moderate or worse}}
  gives: {amount: 12000, period: year}
  higher_of: subsidy
  apply: on_application
  source: {document: notice, confidence: general}
"""

PROCEDURE = """
- id: general
  label: {zh: 一般程序, en: General procedure}
  stages:
    steps: [{id: village, working_days: 5}, {id: town, working_days: 10}, {id: county, working_days: 10}]
    source: {document: notice, confidence: unknown}
  review:
    steps: [{id: town, working_days: 5}, {id: county, working_days: 5}]
    source: {document: notice, confidence: unknown}
  notice: {required: false, days: 0, place: village, source: {document: notice, confidence: unknown}}
  appeals:
    ways:
      - {kind: reconsideration, days: 60, where: {zh: 本级人民政府, en: the government}}
      - {kind: litigation, months: 6, where: {zh: 人民法院, en: the court}}
    source: {document: notice, confidence: general}
  payment: {day: 15, source: {document: notice, confidence: unknown}}
  begins: {event: decision, months_after: 1, source: {document: notice, confidence: unknown}}
  ends: {death: 1, move: 1, source: {document: notice, confidence: unknown}}
  supplement: {working_days: 7, source: {document: notice, confidence: unknown}}
  objection: {working_days: 4, source: {document: notice, confidence: unknown}}
  invitation: {working_days: 12, source: {document: notice, confidence: unknown}}
  recovery: {working_days: 22, source: {document: notice, confidence: unknown}}
  rest: {days: 90, source: {document: notice, confidence: unknown}}
- id: small-subsidy
  label: {zh: 小额补贴, en: Small subsidy}
  notice: {required: true, days: 7, place: village, source: {document: notice, confidence: verified}}
"""


@pytest.fixture
def pack(settings: Any, tmp_path: Path) -> Path:
    """The pack's folder; write into it to change the policy."""
    folder = tmp_path / "policies" / "test"
    (folder / "services").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK, "utf-8")
    (folder / "parameters.yaml").write_text(PARAMETERS, "utf-8")
    (folder / "services" / "10.yaml").write_text(SERVICES, "utf-8")
    (folder / "procedure.yaml").write_text(PROCEDURE, "utf-8")
    settings.POLICIES = tmp_path / "policies"
    settings.COUNTY_PACK = ""
    return folder


def doing(job: Job) -> JobContext:
    """The job as a worker takes it up."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    job.refresh_from_db()
    return JobContext(job)


@pytest.fixture
def run(pack: Path) -> Callable[..., Run]:
    """``run(actor, day)``: a whole run, here and now."""

    def go(actor: User, day: dt.date = DAY) -> Run:
        job = actions.start_run(actor, people.COUNTY, day)
        perform(doing(job))
        job.refresh_from_db()
        return Run.objects.get(pk=job.result["run"])

    return go


@pytest.fixture
def folk(cast: Any) -> dict[str, Any]:
    """A few people of the county, each for one case."""
    born = dt.date
    found = {
        "old": people.make_person(people.A1, "李桂花", birth=born(1940, 5, 2)),
        "oldest": people.make_person(people.A1, "周秀英", birth=born(1930, 1, 9)),
        "alone": people.make_person(people.A2, "陈建国", "male", birth=born(1955, 3, 3)),
        "poor": people.make_person(people.B1, "杨玉兰", birth=born(1950, 7, 7)),
        "elsewhere": people.make_person(people.B2, "吴志明", "male", birth=born(1938, 2, 2), hukou_code="430621100201"),
    }
    people.make_spell(found["old"], "living", "children", department="village")
    people.make_spell(found["oldest"], "living", "alone", department="village")
    people.make_spell(found["alone"], "living", "alone", department="village")
    people.make_spell(found["poor"], "relief", "dibao")
    people.make_spell(found["poor"], "ability", grade=3)
    for name in ("old", "oldest", "alone", "elsewhere"):
        people.make_spell(found[name], "relief", "none")
    return found
