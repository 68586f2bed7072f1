"""The views that indicators count over: what a row is, and its columns with type, meaning and allowed values.

A view is a contract, as the facts are: packs write expressions over its columns, the rooms above fill it. No view has
a name, an address or a number of anybody; `key` finds the row again, for whoever may see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from yinian.engines.entitlement.facts import FACTS, OLDEST_AGE, Fact, FactType, Words

REGION = "region_code"
"""The column of every view that says where the row belongs: a division code, as fine as it is known."""
KEY = "key"
"""The column of every view that names the row for whoever may open it: a number, or for a place its code."""
MOST = 10**9
"""The largest whole number a column may hold."""


@dataclass(frozen=True, slots=True)
class View:
    """One view. `version` changes when a column changes its meaning; `opens` is the kind of thing a row stands for."""

    name: str
    version: int
    label: Words
    row: Words
    opens: str
    columns: Mapping[str, Fact]
    note: Words


def _column(name: str, type: FactType, zh: str, en: str, **values: tuple[str, str]) -> Fact:
    worded = MappingProxyType({value: Words(*pair) for value, pair in values.items()})
    low, high = (0, MOST) if type == "number" else (None, None)
    return Fact(name, type, Words(zh, en), worded, low, high)


def _view(
    name: str, opens: str, label: tuple[str, str], row: tuple[str, str], columns: list[Fact],
    note: tuple[str, str] = ("", ""), version: int = 1,
) -> View:  # fmt: skip
    return View(
        name, version, Words(*label), Words(*row), opens,
        MappingProxyType({column.name: column for column in columns}), Words(*note),
    )  # fmt: skip


_PLACES = {
    "home": ("养老机构", "care home"), "station": ("居家养老服务站", "home-care station"),
    "hamlet_point": ("屋场互助养老点", "hamlet mutual-aid point"), "meal_point": ("助餐点", "meal point"),
    "centre": ("养老服务指导中心", "guidance centre"),
}  # fmt: skip
_OWNERSHIP = {
    "public": ("公建公营", "publicly built and run"),
    "public_private": ("公建民营", "publicly built, privately run"),
    "private": ("民建民营", "privately built and run"),
    "state_company": ("国建公营", "built by a state company, publicly run"),
}  # fmt: skip
_STATE = {
    "open": ("在营", "open"), "building": ("在建", "being built"), "suspended": ("停业", "suspended"),
    "closed": ("关停", "closed"),
}  # fmt: skip
_BED = {
    "nursing": ("护理型床位", "nursing bed"), "plain": ("普通床位", "plain bed"),
    "home": ("家庭养老床位", "home care bed"),
}  # fmt: skip
_POST = {
    "manager": ("院长", "home manager"), "carer": ("护理员", "carer"), "nurse": ("护士", "nurse"),
    "cook": ("炊事员", "cook"), "safety": ("安全员", "safety officer"),
    "social_worker": ("社会工作者", "social worker"),
    "point_leader": ("屋场负责人", "hamlet-point leader"), "other": ("其他", "other"),
}  # fmt: skip
_BASIS = {
    "tekun": ("特困集中供养", "central support of the destitute"), "disabled": ("失能保障", "disabled, guaranteed"),
    "private": ("社会老人", "private resident"),
}  # fmt: skip
_AREA = {
    "village": ("村", "village"), "community": ("社区", "community"), "other": ("其他", "other"),
}  # fmt: skip
_TOWN = {"town": ("镇、乡", "town or township"), "street": ("街道", "street"), "other": ("其他", "other")}
_STATUS = {
    "due": ("应享", "entitled"), "check": ("待核实", "to be checked"),
    "superseded": ("由他项覆盖", "covered by another"), "not_due": ("不应享", "not due"),
}  # fmt: skip
_PLACE_NOTE = (
    "看过去某日：按开办、停业、关停的日期推算；日期不详的不推断",
    "of a past day: by the days it opened, was suspended or closed; without such days nothing is concluded",
)


def _places_of(zh: str, en: str) -> list[Fact]:
    return [
        _column(f"{kind}s", "number", f"{zh}{words[0]}数", f"{words[1]}s open {en}")
        for kind, words in _PLACES.items()
    ]


_PERSON_LEFT_OUT = {"person_id", "household_id", "died_on", "age"}
_ALL = (
    _view(
        "persons", "person", ("老年人", "Older people"), ("一名在册在世老年人", "one living older person"),
        [
            Fact("age", "number", FACTS["age"].label, low=0, high=OLDEST_AGE),
            *(fact for name, fact in FACTS.items() if name not in _PERSON_LEFT_OUT),
            _column("in_bed", "bool", "有在住床位", "has a bed in a care home"),
            _column("residence_kind", "text", "居住地类别", "kind of place of residence", **_AREA),
        ],
        ("事实同清单测算", "the facts are those of the service list"),
    ),
    _view(
        "dues", "person", ("待遇", "Dues"), ("一名老年人的一项服务", "one older person and one service"),
        [
            _column("service", "text", "服务项目编号", "id of the service"),
            _column("status", "text", "测算结果", "what the run found", **_STATUS),
            _column("receiving", "bool", "正在享受", "receives it"),
        ],
        ("取该日之前最近一次测算", "of the last county run up to the day"),
    ),
    _view(
        "homes", "site", ("养老机构", "Care homes"), ("一家养老机构", "one care home"),
        [
            _column("state", "text", "状态", "state", **_STATE),
            _column("ownership", "text", "建设运营方式", "built and run by", **_OWNERSHIP),
            _column("in_town", "bool", "属乡镇", "belongs to a town, not to the county itself"),
            _column("filed_beds", "number", "备案床位数", "beds as filed"),
            _column("beds", "number", "可用床位数", "usable beds"),
            _column("nursing_beds", "number", "可用护理型床位数", "usable nursing beds"),
            _column("residents", "number", "在住人数", "residents"),
            _column("carers", "number", "护理员数", "carers"),
            _column("fire_operators", "number", "持消防操作员证人数", "staff with a fire-control certificate"),
            _column("takes_total", "bool", "收住完全失能", "takes people of the highest level"),
            _column("medical_contract", "bool", "与医疗机构有效签约", "has signed with a medical institution"),
            _column("own_clinic", "bool", "有内设医疗机构", "has a clinic of its own, licensed or filed"),
        ],
        _PLACE_NOTE,
    ),
    _view(
        "beds", "bed", ("床位", "Beds"), ("一张床位", "one bed"),
        [
            _column("kind", "text", "床位类型", "kind of bed", **_BED),
            _column("usable", "bool", "可用", "usable"),
            _column("site_state", "text", "机构状态", "state of the home", **_STATE),
            _column("site_kind", "text", "场所类型", "kind of place", **_PLACES),
            _column("ownership", "text", "建设运营方式", "built and run by", **_OWNERSHIP),
            _column("in_town", "bool", "属乡镇机构", "in a home of a town"),
            _column("occupied", "bool", "有人入住", "somebody lies in it"),
        ],
        _PLACE_NOTE,
    ),
    _view(
        "stays", "stay", ("入住", "Stays"), ("一次在住", "one stay that holds on the day"),
        [
            _column("basis", "text", "入住类别", "on what basis", **_BASIS),
            _column("ownership", "text", "建设运营方式", "the home is built and run by", **_OWNERSHIP),
            _column("since", "date", "入住日期", "since"),
            Fact("ability_level", "number", FACTS["ability_level"].label, FACTS["ability_level"].values, 0, 4),
        ],
    ),
    _view(
        "workers", "worker", ("从业人员", "Staff"), ("一个在岗岗位", "one post held on the day"),
        [
            _column("post", "text", "岗位", "post", **_POST),
            _column("site_kind", "text", "场所类型", "kind of place", **_PLACES),
            _column("since", "date", "到岗日期", "since"),
            _column("care_skill", "bool", "持职业技能等级证", "has a skill-level certificate in force"),
            _column("training", "bool", "持培训合格证", "has a training certificate in force"),
            _column("fire_safety", "bool", "持消防操作员证", "has a fire-control certificate in force"),
            _column("health", "bool", "持健康证", "has a health certificate in force"),
        ],
    ),
    _view(
        "places", "site", ("服务场所", "Places of care"), ("一处服务场所", "one place of care"),
        [
            _column("kind", "text", "类型", "kind", **_PLACES),
            _column("state", "text", "状态", "state", **_STATE),
            _column("urban", "bool", "城市", "urban"),
            _column("ownership", "text", "建设运营方式", "built and run by", **_OWNERSHIP),
        ],
        _PLACE_NOTE,
    ),
    _view(
        "villages", "region", ("村（社区）", "Villages"), ("一个村（社区）", "one village or community"),
        [
            _column("kind", "text", "类别", "kind", **_AREA), *_places_of("在营", "here"),
            _column("people", "number", "在册老年人数", "older people"),
        ],
        _PLACE_NOTE,
    ),
    _view(
        "towns", "region", ("乡镇（街道）", "Towns"), ("一个乡镇（街道）", "one town or street"),
        [
            _column("kind", "text", "类别", "kind", **_TOWN), *_places_of("在营", "here"),
            _column("people", "number", "在册老年人数", "older people"),
        ],
        _PLACE_NOTE,
    ),
)  # fmt: skip

VIEWS: Mapping[str, View] = MappingProxyType({view.name: view for view in _ALL})
"""Every view by its name."""
