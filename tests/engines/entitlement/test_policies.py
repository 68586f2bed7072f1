"""The packs that come with Yinian: right, complete, sourced, and proven by the worked examples beside them."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from yinian.core.packfiles import POLICIES, read_examples, read_pack_sources
from yinian.engines.entitlement import Pack, PackSource, load_pack
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.examples import run_examples
from yinian.engines.entitlement.schema import SCHEMAS

FOLDERS = sorted(file.parent for file in POLICIES.rglob("pack.yaml"))
NAMES = [folder.relative_to(POLICIES).as_posix() for folder in FOLDERS]


def pack_of(name: str) -> Pack:
    return load_pack(read_pack_sources(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_pack_is_right_and_without_warnings(name: str) -> None:
    assert pack_of(name).warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_worked_examples_beside_a_pack_come_out_as_written(name: str) -> None:
    run_examples(pack_of(name), read_examples(POLICIES / name), name)


@pytest.mark.parametrize("name", NAMES)
def test_every_local_list_holds_the_sixteen_national_items(name: str) -> None:
    items = {service.national_item for service in pack_of(name).services}
    assert items >= set(range(1, 17))


@pytest.mark.parametrize("name", NAMES)
def test_every_label_stands_in_both_languages(name: str) -> None:
    pack = pack_of(name)
    for service in pack.services:
        assert service.label.zh != service.label.en
        assert service.description is not None
        assert service.department is not None
        assert service.group in ("物质帮助", "照护服务", "关爱服务")
        for test in service.tests:
            assert test.label.zh != test.label.en, (service.id, test.id)


@pytest.mark.parametrize("name", NAMES)
def test_every_pack_works_on_days_of_these_years(name: str) -> None:
    pack = pack_of(name)
    for day in (date(2024, 1, 1), date(2025, 6, 1), date(2026, 1, 1), date(2027, 12, 31)):
        assert pack.services_on(day)


def test_miluo_says_whose_figures_it_borrows_and_what_it_assumes() -> None:
    pack = pack_of("cn/hunan/yueyang/miluo")
    reference = pack.parameters["dibao_urban_month"].reference
    assert reference is not None
    assert (reference.region, reference.label.zh) == ("430621", "参照岳阳县")
    allowance = pack.service("advanced-age-allowance")
    assert allowance.source.confidence == "unknown"
    assert allowance.note is not None
    assert "待县级确认" in allowance.note.zh


def test_the_figures_are_those_of_the_notice_of_2024() -> None:
    values = pack_of("cn/hunan/yueyang/miluo").parameters_on(date(2024, 6, 1))
    figures = {name: values[name] for name in values if name.startswith("tekun_") and name.endswith("_month")}
    assert figures == {
        "tekun_basic_urban_month": 91000,
        "tekun_basic_rural_month": 58500,
        "tekun_care_full_month": 51700,
        "tekun_care_half_month": 25800,
        "tekun_care_self_month": 15500,
    }


def test_routing_sends_every_ability_level_somewhere() -> None:
    routing = pack_of("cn/hunan/yueyang/miluo").extras["routing"]
    assert sorted(level for rule in routing for level in rule["ability_levels"]) == [0, 1, 2, 3, 4]


def test_the_published_schemas_are_those_that_are_enforced() -> None:
    for name, schema in SCHEMAS.items():
        assert json.loads((POLICIES / "schema" / f"{name}.json").read_text(encoding="utf-8")) == schema


def test_another_county_is_set_up_by_writing_a_pack_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cn" / "hunan" / "yueyang" / "xiangyin"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        'region: "430624"\nextends: cn/hunan/yueyang\ndocuments: [{id: own, title: 清单}]\n', encoding="utf-8"
    )
    (folder / "parameters.yaml").write_text(
        "local_hukou:\n  label: {zh: 本地户籍}\n  unit: text\n  values:\n"
        '    - {from: 2020-01-01, value: "430624%", source: {document: own, confidence: verified}}\n',
        encoding="utf-8",
    )
    pack = load_pack(read_pack_sources(folder))
    assert pack.region == "430624"
    assert len(pack.services) == len(pack_of("cn/hunan/yueyang").services)
    assert pack.parameters_on(date(2025, 1, 1))["local_hukou"] == "430624%"


def test_a_wrong_example_is_named_with_file_and_line() -> None:
    text = "- name: x\n  as_of: 2025-01-01\n  person: {birth_date: 1950-01-01}\n  due: {ability-assessment: 5}\n"
    with pytest.raises(PackError, match=r"cn/examples/a\.yaml:4: example `x`, due: ability-assessment: expected 5"):
        run_examples(pack_of("cn"), {"examples/a.yaml": text}, "cn")


def test_the_guide_for_counties_shows_packs_that_are_right() -> None:
    guide = (POLICIES.parents[1] / "docs" / "packs.md").read_text(encoding="utf-8")
    head, narrow, figures, own, routing, example = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    texts = {"pack.yaml": head, "parameters.yaml": narrow + figures, "services/10-own.yaml": own}
    texts["routing.yaml"] = routing
    pack = load_pack([*read_pack_sources("cn/hunan/yueyang"), PackSource("xiangyin", texts)])
    assert pack.parameters_on(date(2025, 6, 1))["tekun_basic_urban_month"] == 94900
    plain = example.replace("due: {advanced", "due: {care-visit: null, advanced").splitlines()
    assert plain[0].startswith("- name: 90")
    with pytest.raises(PackError, match=r"examples/a\.yaml:4"):
        run_examples(pack, {"examples/a.yaml": "\n".join(plain)}, "guide")


class TestReading:
    """Packs from disk."""

    def write(self, root: Path, name: str, head: str) -> Path:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pack.yaml").write_text(head, encoding="utf-8")
        return folder

    def test_a_pack_is_found_by_folder_by_file_and_by_its_path(self) -> None:
        by_path = read_pack_sources("cn/hunan")
        assert [source.name for source in by_path] == ["cn", "cn/hunan"]
        assert read_pack_sources(POLICIES / "cn" / "hunan") == by_path
        assert read_pack_sources(POLICIES / "cn" / "hunan" / "pack.yaml") == by_path

    def test_a_parent_is_looked_for_above_the_pack_first(self, tmp_path: Path) -> None:
        self.write(tmp_path, "cn", 'region: "00"\nlabel: {zh: 别处}\n')
        child = self.write(tmp_path, "cn/x", 'region: "99"\nextends: cn\n')
        parent, own = read_pack_sources(child)
        assert parent.name == "cn"
        assert "别处" in parent.files["pack.yaml"]
        assert load_pack([parent, own]).region == "99"

    def test_an_unknown_parent_and_a_circle_are_told_as_such(self, tmp_path: Path) -> None:
        lost = self.write(tmp_path, "lost", 'region: "99"\nextends: cn/nowhere\n')
        with pytest.raises(PackError, match=r"lost/pack\.yaml:2: extends `cn/nowhere`, but there is no such pack"):
            load_pack(read_pack_sources(lost))
        self.write(tmp_path, "a", 'region: "99"\nextends: b\n')
        self.write(tmp_path, "b", 'region: "99"\nextends: a\n')
        with pytest.raises(PackError, match="in a circle"):
            load_pack(read_pack_sources(tmp_path / "a"))

    def test_a_file_that_is_not_utf_8_is_named(self, tmp_path: Path) -> None:
        folder = self.write(tmp_path, "x", 'region: "99"\n')
        (folder / "parameters.yaml").write_bytes("标准".encode("gbk"))
        with pytest.raises(PackError, match=r"parameters\.yaml: is not UTF-8 text \(byte 0\)"):
            read_pack_sources(folder)

    def test_a_folder_that_is_no_pack_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(PackError, match=re.escape(str(tmp_path)) + r": there is no pack\.yaml here"):
            read_pack_sources(tmp_path)
