"""The vocabulary of facts that policy packs may ask about: names, types, allowed values, plain labels.

Holds no data about anyone. The list is the contract between packs, engines and whoever prepares the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

FactType = Literal["text", "number", "bool", "date"]

EARLIEST_DATE = date(1800, 1, 1)
LATEST_DATE = date(2199, 12, 31)
OLDEST_AGE = 150


@dataclass(frozen=True, slots=True)
class Words:
    """One phrase in the two languages of the product."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The phrase in `en`, or else in Chinese."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about an older person. `low`/`high` bound a whole number; `values` list what a text may be."""

    name: str
    type: FactType
    label: Words
    values: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))
    low: int | None = None
    high: int | None = None
    ask: Words | None = None  # who can find it out, for an answer that is only to be checked


def _text(name: str, zh: str, en: str, ask: Words | None = None, **values: tuple[str, str]) -> Fact:
    worded = {value: Words(*pair) for value, pair in values.items()}
    return Fact(name, "text", Words(zh, en), MappingProxyType(worded), ask=ask)


def _level(
    name: str, zh: str, en: str, low: int, high: int, names: tuple[tuple[str, str], ...] = (),
    ask: Words | None = None,
) -> Fact:  # fmt: skip
    worded = {str(low + i): Words(*pair) for i, pair in enumerate(names)}
    return Fact(name, "number", Words(zh, en), MappingProxyType(worded), low, high, ask)


def _flag(name: str, zh: str, en: str, ask: Words | None = None) -> Fact:
    return Fact(name, "bool", Words(zh, en), ask=ask)


def _date(name: str, zh: str, en: str, ask: Words | None = None) -> Fact:
    return Fact(name, "date", Words(zh, en), ask=ask)


_VILLAGE = Words("村（社区）上门核实", "the village can find out on a visit")
_POLICE = Words("公安户籍部门", "the household registry (public security)")
_RELIEF = Words("社会救助经办", "the relief office")
_DISABLED = Words("残联", "the disabled persons' federation")
_ASSESSOR = Words("能力评估机构", "the ability assessors")
_INSURANCE = Words("医保、人社部门", "the insurance departments")
_FAMILY = Words("卫健部门", "the health department")
_VETERANS = Words("退役军人事务部门", "the veterans department")

_ALL = (
    Fact("person_id", "text", Words("编号", "identifier")),
    _date("birth_date", "出生日期", "date of birth", _POLICE),
    Fact("age", "number", Words("年龄", "age"), low=0, high=OLDEST_AGE, ask=_POLICE),
    _text("sex", "性别", "sex", _POLICE, male=("男", "male"), female=("女", "female")),
    _text("hukou_region", "户籍地", "registered place", _POLICE),
    _text("residence_region", "居住地", "place of residence", _VILLAGE),
    _flag("urban_hukou", "城镇户籍", "urban registration", _POLICE),
    _text(
        "relief", "社会救助", "social relief", _RELIEF,
        none=("无", "none"), dibao=("低保", "minimum living allowance"),
        marginal=("低保边缘", "marginal household"), low_income=("低收入", "low income"),
        tekun=("特困", "destitute, under state support"),
    ),
    _text(
        "support_form", "供养方式", "form of support", _RELIEF,
        central=("集中供养", "central"), dispersed=("分散供养", "dispersed"),
    ),
    _flag("wants_central", "愿意集中供养", "wishes for central support", _VILLAGE),
    _text(
        "disability_category", "残疾类别", "kind of disability", _DISABLED,
        none=("无", "none"), visual=("视力", "visual"), hearing=("听力", "hearing"), speech=("言语", "speech"),
        physical=("肢体", "physical"), intellectual=("智力", "intellectual"), mental=("精神", "mental"),
        multiple=("多重", "multiple"),
    ),
    _level(
        "disability_grade", "残疾等级", "disability grade", 1, 4,
        (("一级", "grade 1"), ("二级", "grade 2"), ("三级", "grade 3"), ("四级", "grade 4")), _DISABLED,
    ),
    _text("household_id", "家庭编号", "household"),
    _date("died_on", "死亡日期", "date of death", _POLICE),
    _level(
        "ability_level", "能力等级", "ability level", 0, 4,
        (("能力完好", "intact"), ("轻度失能", "mild"), ("中度失能", "moderate"), ("重度失能", "severe"),
         ("完全失能", "total")), _ASSESSOR,
    ),
    _date("assessed_on", "评估日期", "date of assessment", _ASSESSOR),
    _level("self_care_failed", "不能自理项数", "self-care items failed", 0, 6, ask=_VILLAGE),
    _level("ltc_grade", "长护失能等级", "long-term-care grade", 0, 5, ask=_INSURANCE),
    _flag("dementia", "失智", "dementia", _ASSESSOR),
    _flag("mental_disorder", "精神障碍", "mental disorder", _FAMILY),
    _text(
        "living", "居住状况", "living arrangement", _VILLAGE,
        alone=("独居", "alone"), spouse=("与配偶同住", "with spouse"), children=("与子女同住", "with children"),
        kin=("与亲属同住", "with kin"), others=("与他人同住", "with others"), home=("住养老机构", "in a care home"),
    ),
    _flag("left_behind", "留守", "left behind", _VILLAGE),
    _flag("empty_nest", "空巢", "empty nest", _VILLAGE),
    _flag("special_family", "计划生育特殊家庭", "special family", _FAMILY),
    _flag("special_contribution", "优抚对象", "special contribution", _VETERANS),
    _flag("in_home", "入住养老机构", "lives in a care home", _VILLAGE),
    _text(
        "medical_insurance", "医疗保险", "medical insurance", _INSURANCE,
        employee=("职工医保", "employee"), resident=("居民医保", "resident"), none=("未参保", "none"),
    ),
    _flag("ltc_insured", "参加长护险", "long-term-care insured", _INSURANCE),
    _text(
        "pension", "养老保险", "pension", _INSURANCE,
        employee=("职工养老保险", "employee"), resident=("城乡居民养老保险", "resident"),
        none=("无", "none"),
    ),
)  # fmt: skip

FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _ALL})
"""Every fact by name, in the order of the published table."""


def day_in_words(day: date) -> Words:
    """1933年5月2日; 2 May 1933."""
    return Words(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%b} {day.year}")


def value_in_words(fact: Fact, value: object) -> Words:
    """A fact's value as a person would say it; an unknown value is 未知 / unknown."""
    if value is None and fact.name == "died_on":  # the one fact whose absence says something
        return Words("无死亡登记", "no death on record")
    if value is None:
        return Words("未知", "unknown")
    if isinstance(value, bool):
        return Words("是", "yes") if value else Words("否", "no")
    if isinstance(value, date):
        return day_in_words(value)
    return fact.values.get(str(value), Words(str(value), str(value)))
