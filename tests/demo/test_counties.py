"""Which county a demonstration shows, from what is typed after `--county`."""

from pathlib import Path

import pytest

from yinian.demo.build import county_of
from yinian.demo.sources import SourceError, load_county, model_county


@pytest.mark.parametrize(
    ("typed", "county"),
    [
        ("cn/hunan/xiangtan", "430302"),
        ("cn/hunan/xiangtan/xiangtanxian", "430321"),
        ("cn/hunan/shaoyang", "430523"),
        ("cn/jiangxi/jiujiang", "360402"),
        ("cn/hunan/yueyang/miluo", "430681"),
        ("cn/hunan/yueyang", "430602"),
        ("430382", "430382"),
    ],
)
def test_a_pack_means_its_county_the_one_it_names_or_its_first_on_file(typed: str, county: str) -> None:
    assert county_of(typed) == county


def test_a_region_without_divisions_is_told_so() -> None:
    with pytest.raises(SourceError, match="cn/shandong: region 37 has no divisions"):
        county_of("cn/shandong")


def test_a_named_county_must_be_on_file(tmp_path: Path, settings: object) -> None:
    folder = tmp_path / "policies" / "cn" / "x"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text('region: "43"\ndemo_county: "430199"\n', "utf-8")
    settings.POLICIES = tmp_path / "policies"  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match=r"cn/x: demo_county 430199 has no divisions; expected data/divisions/430199"):
        county_of("cn/x")


def test_the_county_whose_figures_are_on_file_is_the_model_and_has_no_assumed_receivers() -> None:
    model = load_county(model_county())
    assert model.has_figures
    assert load_county("430302").receiving is not None


def test_what_a_county_does_not_have_of_its_own_is_taken_from_beside_the_source(tmp_path: Path) -> None:
    assert load_county("430302", tmp_path).divisions.county.name == "雨湖区"
    (tmp_path / "divisions").mkdir()
    (tmp_path / "divisions" / "430302.json").write_text("{}", "utf-8")
    with pytest.raises(SourceError, match=r"430302\.json: a division list holds exactly one county; 0 found"):
        load_county("430302", tmp_path)


def test_assumptions_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "counties").mkdir()
    (tmp_path / "counties" / "assumed.yaml").write_text('model: "430681"\n', "utf-8")
    with pytest.raises(SourceError, match=r"assumed\.yaml: 'homes' is missing or of the wrong kind"):
        load_county("430302", tmp_path)
