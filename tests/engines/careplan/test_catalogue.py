"""The catalogue that comes with Yinian fits its scale and schema; one that does not is refused with its line."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from yinian.core.careplanfiles import NEEDS, OTHERS, read_catalogue
from yinian.core.scalefiles import read_scale
from yinian.engines.careplan import load_catalogue
from yinian.engines.careplan.schema import CATALOGUE_SCHEMA
from yinian.engines.entitlement import PackError
from yinian.people.kinds import KINDS

GBT = read_scale("gbt42195")
CATALOGUE = read_catalogue()
DATA: dict[str, Any] = yaml.safe_load(NEEDS.read_text("utf-8"))

SMALL: dict[str, Any] = {
    "id": "small",
    "version": "1",
    "scale": "gbt42195",
    "documents": [{"id": "d", "title": "文件"}],
    "source": {"document": "d", "confidence": "general"},
    "aids": [{"id": "aid", "label": {"zh": "助浴"}}],
    "aids_source": {"document": "d", "confidence": "verified"},
    "home_services": [{"id": "living", "label": {"zh": "生活照料"}}],
    "home_services_source": {"document": "d", "confidence": "verified"},
    "providers": [{"id": "family", "label": {"zh": "家人"}}],
    "risks": [{"id": "fall", "label": {"zh": "跌倒"}}],
    "services": [{"id": "bath", "label": {"zh": "助浴"}, "aid": "aid", "home_service": "living"}],
    "areas": [{"id": "living", "label": {"zh": "起居"}}],
    "needs": [
        {
            "id": "bathing",
            "area": "living",
            "items": ["B.1.3"],
            "risks": ["fall"],
            "degrees": [
                {
                    "id": "help",
                    "scores": [2, 3],
                    "text": {"zh": "要人帮"},
                    "goals": [
                        {"id": "g", "text": {"zh": "洗"}, "measure": {"zh": "次"}, "target": {"zh": "1"}, "months": 3}
                    ],
                    "services": [{"service": "bath", "provider": "family", "often": "1/week"}],
                },
            ],
        }
    ],
}
SMALL["needs"][0]["degrees"].append({**SMALL["needs"][0]["degrees"][0], "id": "full", "scores": [0, 1]})


def read(data: dict[str, Any]) -> Any:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return load_catalogue(text, GBT, "needs.yaml", {kind: spec.values for kind, spec in KINDS.items()})


def test_the_published_schema_is_the_one_that_is_enforced() -> None:
    assert json.loads((NEEDS.parent / "schema" / "needs.json").read_text("utf-8")) == CATALOGUE_SCHEMA


def test_the_circumstances_that_it_asks_for_are_those_of_the_register() -> None:
    load_catalogue(NEEDS.read_text("utf-8"), GBT, "needs.yaml", {kind: spec.values for kind, spec in KINDS.items()})


def test_every_item_of_the_scale_speaks_of_some_need() -> None:
    assert {code for rule in CATALOGUE.needs for code in rule.items} == set(GBT.by_code)


def test_the_words_are_those_of_the_standards() -> None:
    names = lambda part: [entry.label.zh for entry in part.values()]  # noqa: E731
    assert names(CATALOGUE.aids) == ["助餐", "助浴", "助急", "助行", "助医", "助洁", "日常护理"]
    assert names(CATALOGUE.home_services) == [
        "生活照料", "基础照护", "健康管理", "探访关爱", "精神慰藉", "委托代办", "家庭生活环境适老化改造"
    ]
    assert names(CATALOGUE.risks)[:9] == [
        "噎食", "食品药品误食", "压疮", "烫伤", "坠床", "跌倒", "走失", "他伤和自伤", "文娱活动意外"
    ]
    verified = [*CATALOGUE.aids.values(), *CATALOGUE.home_services.values(), *list(CATALOGUE.risks.values())[:9]]
    assert {entry.source.confidence for entry in verified} == {"verified"}


def test_what_nobody_has_seen_in_a_text_says_so() -> None:
    assert {rule.source.confidence for rule in CATALOGUE.needs} == {"general"}


def test_every_word_of_the_vocabularies_is_used() -> None:
    offers = [offer for rule in CATALOGUE.needs for degree in rule.degrees for offer in degree.services]
    assert {offer.service for offer in offers} == set(CATALOGUE.services)
    assert {offer.provider for offer in offers} == set(CATALOGUE.providers)
    assert {service.aid for service in CATALOGUE.services.values()} - {None} == set(CATALOGUE.aids)
    assert {s.home_service for s in CATALOGUE.services.values()} - {None} == set(CATALOGUE.home_services)
    assert {risk for rule in CATALOGUE.needs for risk in rule.risks} == set(CATALOGUE.risks)


def test_moving_into_a_home_is_offered_and_never_ticked() -> None:
    offers = [offer for rule in CATALOGUE.needs for degree in rule.degrees for offer in degree.services]
    moves = [offer for offer in offers if offer.provider == "institution"]
    assert moves and not any(offer.ticked for offer in moves)


def test_every_text_stands_in_both_languages() -> None:
    def words(value: Any) -> Any:
        if isinstance(value, dict):
            if "zh" in value:
                yield value
            for part in value.values():
                yield from words(part)
        elif isinstance(value, list):
            for part in value:
                yield from words(part)

    assert [value["zh"] for value in words(DATA) if "en" not in value] == []


def test_a_small_catalogue_is_read_and_its_hash_follows_what_it_says() -> None:
    first = read(SMALL)
    assert [degree.id for degree in first.needs[0].degrees] == ["help", "full"]
    other = copy.deepcopy(SMALL)
    other["needs"][0]["degrees"][0]["text"]["zh"] = "要人搭手"
    assert read(other).hash != first.hash


def need(data: dict[str, Any]) -> dict[str, Any]:
    return data["needs"][0]


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "an item that the scale has not": (lambda d: need(d).update(items=["B.9.9"]), "`B.9.9` is not known here"),
    "a gap between degrees": (lambda d: need(d)["degrees"][1].update(scores=[0, 0]), "ends at 1"),
    "an end above none": (lambda d: need(d)["degrees"][1].update(scores=[1, 1]), "ends at 1; expected 0"),
    "a need where nothing is wrong": (lambda d: need(d)["degrees"][0].update(scores=[2, 4]), "expected below 4"),
    "a range upside down": (lambda d: need(d)["degrees"][0].update(scores=[3, 2]), "is 3 to 2"),
    "items without a range": (
        lambda d: [part.pop("scores") and part.update(level=n) for n, part in enumerate(need(d)["degrees"], 1)],
        "belong together"),
    "a degree that never holds": (lambda d: need(d)["degrees"][1].pop("scores"), "says not when it holds"),
    "levels that get better": (
        lambda d: (need(d)["degrees"][0].update(level=3), need(d)["degrees"][1].update(level=2)), "levels get worse"),
    "a level that the scale has not": (lambda d: need(d)["degrees"][0].update(level=7), "no level 7"),
    "a choice that the form has not": (lambda d: need(d)["degrees"][0].update(answers={"A.5.1": ["9"]}), "`9`"),
    "a field that the form has not": (lambda d: need(d)["degrees"][0].update(answers={"A.9": "any"}), "`A.9`"),
    "an input that the scale has not": (lambda d: need(d)["degrees"][0].update(inputs=["ill"]), "`ill`"),
    "a circumstance that the register has not": (lambda d: need(d).update(only_if={"star": ["a"]}), "`star`"),
    "a value that the register has not": (lambda d: need(d).update(only_if={"living": ["moon"]}), "`moon`"),
    "a service that is not listed": (
        lambda d: need(d)["degrees"][0]["services"][0].update(service="fly"), "`fly` is not known"),
    "a provider that is not listed": (
        lambda d: need(d)["degrees"][0]["services"][0].update(provider="fly"), "`fly` is not known"),
    "a frequency that is none": (
        lambda d: need(d)["degrees"][0]["services"][0].update(often="often"), "is no frequency"),
    "more times than there are": (
        lambda d: need(d)["degrees"][0]["services"][0].update(often="40/day"), "40 times in a day"),
    "a need without a service": (lambda d: need(d)["degrees"][0].update(services=[]), "services"),
    "a need of which nothing is ticked": (
        lambda d: need(d)["degrees"][0]["services"][0].update(ticked=False), "ticks none"),
    "the same need twice": (lambda d: d["needs"].append(copy.deepcopy(need(d))), "given twice"),
    "two goals of one id": (lambda d: need(d)["degrees"][0]["goals"].append(need(d)["degrees"][0]["goals"][0]),
                            "two goals share"),
    "two degrees of one id": (lambda d: need(d)["degrees"][1].update(id="help"), "two degrees share"),
    "an area that is not listed": (lambda d: need(d).update(area="sky"), "`sky`"),
    "a risk that is not listed": (lambda d: need(d).update(risks=["sky"]), "`sky`"),
    "a document that is not listed": (lambda d: d["source"].update(document="x"), "`x` is not known"),
    "an aid that is not listed": (lambda d: d["services"][0].update(aid="x"), "`x`"),
    "another scale": (lambda d: d.update(scale="tekun"), "expected `gbt42195`"),
    "a key that is unknown": (lambda d: need(d).update(colour="red"), "colour"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_catalogue_that_does_not_fit_is_refused_with_its_line(name: str) -> None:
    change, words = BAD[name]
    data = copy.deepcopy(SMALL)
    change(data)
    with pytest.raises(PackError, match=r"needs\.yaml") as caught:
        read(data)
    assert words in str(caught.value)
    assert caught.value.line is not None


# --- the catalogue of the six self-care items, which extends that of ability ----------------------------------------

TEKUN = read_scale("tekun")
BY_SELF_CARE = read_catalogue("tekun")
SELF_CARE: dict[str, Any] = yaml.safe_load(OTHERS["tekun"].read_text("utf-8"))


def read_more(data: dict[str, Any], base: Any = CATALOGUE) -> Any:
    return load_catalogue(
        json.dumps(data, ensure_ascii=False, indent=1), TEKUN, "more.yaml",
        {kind: spec.values for kind, spec in KINDS.items()}, base,
    )


def test_every_self_care_item_speaks_of_some_need_in_the_words_of_the_whole_catalogue() -> None:
    read_more(SELF_CARE)
    assert {code for rule in BY_SELF_CARE.needs for code in rule.items} == set(TEKUN.by_code)
    assert BY_SELF_CARE.services == CATALOGUE.services and BY_SELF_CARE.areas == CATALOGUE.areas
    assert {rule.source.confidence for rule in BY_SELF_CARE.needs} == {"general"}


def test_what_is_the_same_need_by_both_scales_has_the_same_name_so_that_a_later_plan_carries_it_on() -> None:
    assert {rule.id for rule in BY_SELF_CARE.needs} <= {rule.id for rule in CATALOGUE.needs}
    areas = {rule.id: rule.area for rule in CATALOGUE.needs}
    assert all(areas[rule.id] == rule.area for rule in BY_SELF_CARE.needs)


def test_the_hash_of_an_extending_catalogue_follows_what_it_extends() -> None:
    other = copy.deepcopy(DATA)
    other["areas"][0]["label"]["zh"] = "起居"
    changed = load_catalogue(json.dumps(other, ensure_ascii=False, default=str), GBT, "needs.yaml")
    assert read_more(SELF_CARE).hash == BY_SELF_CARE.hash != read_more(SELF_CARE, changed).hash


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(extends="others"), "`others` is not at hand; expected `needs`"),
        (lambda d: d.update(aids=[{"id": "a", "label": {"zh": "助餐"}}]), "`aids` is taken from `needs`"),
        (lambda d: d.pop("extends"), "aids"),
        (lambda d: d["needs"][0].update(items=["B.1.1"]), "`B.1.1` is not known here"),
        (lambda d: d["needs"][0]["degrees"][0].update(scores=[0, 1]), "expected below 1"),
        (lambda d: d["needs"][-1]["degrees"][1].update(level=3), "no level 3"),
        (lambda d: d["documents"].append(d["documents"][0]), "given twice"),
    ],
    ids=["another base", "words of its own", "no base", "another scale's item", "nothing wrong", "no such level",
         "a document twice"],
)  # fmt: skip
def test_an_extending_catalogue_that_does_not_fit_is_refused(
    change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    data = copy.deepcopy(SELF_CARE)
    change(data)
    with pytest.raises(PackError, match=r"more\.yaml") as caught:
        read_more(data)
    assert words in str(caught.value)


def test_one_that_extends_is_refused_where_what_it_extends_is_not_given() -> None:
    with pytest.raises(PackError, match="`needs` is not at hand"):
        read_more(SELF_CARE, None)
