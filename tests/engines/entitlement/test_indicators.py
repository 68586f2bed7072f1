"""Indicators as packs hold them: merged, type-checked with file and line, and none that the plans name is missing."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from yinian.core.packfiles import POLICIES, read_pack_sources
from yinian.engines.entitlement import PackError, PackSource, load_pack
from yinian.engines.entitlement.schema_parts import LONGEST_QUOTE
from yinian.engines.entitlement.views import VIEWS

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
PLANS = {"000": ("cn/hunan/yueyang/miluo", "miluo-2025-4"), "001": ("cn/hunan/shaoyang", "shaoyang-2025-10"),
         "003": ("cn/jiangxi/jiujiang", "jiujiang-2023"), "004": ("cn/hunan/xiangtan/shaoshan", "xiangtan-2021")}

#: Requirement to the indicators that carry it. Each must stand in the pack of the plan it comes from.
CARRIED = {
    "R030": "older-people older-population-share", "R031": "dibao-older-people tekun-people marginal-older-people "
    "certified-disabled-older-people disabled-older-people", "R032": "older-people older-population-share",
    "R033": "disabled-share part-disabled-share empty-nest-share", "R039": "assessed-65-share",
    "R052": "advanced-age-recipients", "R053": "advanced-age-recipients", "R054": "service-subsidy-recipients",
    "R058": "disability-living-coverage disability-nursing-coverage", "R069": "homes-open filed-beds residents",
    "R070": "town-home-occupancy", "R087": "model-tekun-homes", "R088": "nursing-bed-share",
    "R089": "dementia-homes regional-homes", "R092": "nursing-bed-share", "R096": "homes-for-disabled",
    "R100": "beds-per-thousand", "R101": "nursing-bed-share", "R104": "homes-public homes-private home-beds",
    "R112": "tekun-willing-central-share tekun-willing-unserved", "R113": "tekun-unable-central-share",
    "R114": "tekun-willing-central-share tekun-willing-unserved",
    "R125": "station-coverage", "R127": "street-centre-coverage", "R128": "town-centre-coverage",
    "R129": "model-urban-points model-rural-points", "R135": "day-care-coverage",
    "R139": "street-centre-coverage day-care-coverage", "R148": "hamlet-points", "R149": "hamlet-points",
    "R157": "point-members", "R158": "point-events", "R159": "point-meals point-deliveries",
    "R161": "point-partners-share", "R164": "rural-mutual-coverage",
    "R169": "watch-homes village-aid-points community-aid-points", "R170": "neighbour-points", "R175": "meals-a-day",
    "R176": "central-kitchen-meals", "R177": "meal-points", "R178": "visit-rate-month", "R179": "visit-rate-month",
    "R180": "rural-disabled-help", "R181": "visit-rate-week", "R186": "visit-help-rate", "R189": "left-behind-rounds",
    "R191": "point-health-records", "R193": "home-clinic-share", "R195": "tcm-share", "R197": "signed-homes-share",
    "R198": "family-doctor-share health-record-share", "R206": "home-adaptations", "R207": "home-adaptations",
    "R220": "two-norms-share", "R226": "video-share", "R227": "fire-hazards", "R228": "fire-operator-homes-share",
    "R246": "satisfaction", "R249": "grading-share", "R251": "satisfaction",
    "R253": "graded-town-homes-share graded-welfare-homes-share",
    "R259": "carers carers-skilled carers-trained fire-operators", "R261": "trainings-a-year",
    "R262": "training-attendance carer-certified-share", "R266": "trained-before-work-share",
    "R268": "carers-trained-total", "R269": "social-workers-per-thousand social-workers-per-hundred-beds",
    "R272": "point-posts", "R275": "volunteers", "R279": "silver-teams silver-activities", "R282": "charity-shops",
    "R283": "elderly-budget", "R284": "elderly-investment", "R285": "pilot-match", "R286": "lottery-share",
    "R287": "lottery-share", "R289": "point-investment", "R296": "four-synchronies-share",
    "R301": "four-synchronies-share", "R302": "station-coverage", "R310": "learning-share", "R311": "learning-places",
    "R328": "listed-companies", "R343": "rehab-centres",
    "R344": "social-org-staff dibao-growth rural-urban-dibao community-space vagrants-returned burial-coverage "
    "marriage-share disability-living-coverage disability-nursing-coverage nursing-bed-share town-home-coverage "
    "minor-stations social-work-talent volunteer-station-coverage lottery-outlets",
}
#: Rows that look like an indicator by their words and are none.
NOT_MEASURED = {
    **dict.fromkeys(["R005", "R012", "R013", "R078", "R144", "R245", "R263", "R292"], "a task or a project"),
    **dict.fromkeys(["R116", "R118", "R124", "R153", "R154", "R208", "R209", "R257", "R258", "R290"],
                    "a standard or an amount"),
    **dict.fromkeys(["R051", "R068", "R211"], "a rule of how something is done"),
    **dict.fromkeys(["R319", "R321"], "the steps of a scheme"),
}
LOOKS_MEASURED = re.compile(
    r"率|占比|覆盖|每千名|满意|\d[\d.]*余?\s*(%|张|家|人|户|名|个|次|份|支|处|所|场|万|元)"
)


def pack_with(text: str, name: str = "indicators.yaml"):
    head = 'region: "430681"\nextends: cn/hunan/yueyang/miluo\n'
    return load_pack([*read_pack_sources("cn/hunan/yueyang/miluo"),
                      PackSource("own", {"pack.yaml": head, name: text})])


@pytest.mark.parametrize(("text", "line", "reason"), [
    ("- id: x\n  label: {zh: 甲}\n", 1, "lacks `theme`"),
    ("- id: nursing-bed-share\n  numerator: {view: bed}\n",
     2, "no view `bed`"),
    ("- id: nursing-bed-share\n  numerator:\n    view: beds\n    where: kind = 'nurse'\n", 4, "can never occur"),
    ("- id: nursing-bed-share\n  numerator:\n    view: beds\n    where: age >= 60\n", 4, "no fact `age`"),
    ("- id: nursing-bed-share\n  numerator: {view: beds, aggregate: sum}\n", 2, "needs a `column`"),
    ("- id: filed-beds\n  numerator: {view: homes, aggregate: sum, column: state}\n", 2, "is no number"),
    ("- id: filed-beds\n  numerator: {view: homes, aggregate: sum, column: bed}\n", 2, "no column `bed`"),
    ("- id: home-beds\n  unit: percent\n", 2, "needs a `denominator`"),
    ("- id: hamlet-points\n  targets:\n    - {kind: expected, year: 2026}\n", 3, "says one of"),
    ("- id: hamlet-points\n  targets:\n    - {kind: expected, at_least: 60}\n", 3, "by the end of a `year`"),
    ("- id: hamlet-points\n  targets:\n    - {kind: hoped, at_least: 60, year: 2026}\n", 3, "must be one of binding"),
    ("- id: hamlet-points\n  publish: ja\n", 2, "must be boolean"),
    ("- id: hamlet-points\n  source: {document: nothing, confidence: verified}\n", 2, "which no pack lists"),
    ("- id: none-such\n  off: true\n  source: {document: miluo-2025-4, confidence: verified}\n", 1, "no parent pack"),
])
def test_a_fault_names_file_line_and_reason(text, line, reason):
    with pytest.raises(PackError) as found:
        pack_with(text)
    assert found.value.file == "own/indicators.yaml" and found.value.line == line and reason in found.value.reason


def test_an_entry_without_a_definition_adds_to_the_parents():
    pack = pack_with("- id: nursing-bed-share\n  targets:\n    - {year: 2028, at_least: 80, kind: binding}\n"
                     "  source: {document: miluo-2025-4, clause: 一, confidence: verified}\n")
    found, parent = pack.indicators["nursing-bed-share"], load_pack(read_pack_sources("cn")).indicators[
        "nursing-bed-share"]
    assert found.numerator == parent.numerator and found.hash == parent.hash and found.label == parent.label
    assert [(int(target.value), target.kind, target.source.clause) for target in found.targets] == [
        (80, "binding", "一")]
    assert found.source.clause == "一" and found.pack == "own"


def test_the_hash_changes_with_the_definition_and_with_nothing_else():
    plain = load_pack(read_pack_sources("cn")).indicators["home-beds"]
    worded = pack_with("- id: home-beds\n  label: {zh: 床位}\n").indicators["home-beds"]
    other = pack_with("- id: home-beds\n  numerator: {view: beds, where: usable}\n").indicators["home-beds"]
    assert plain.hash == worded.hash != other.hash


def test_views_name_nobody():
    for view in VIEWS.values():
        assert not {"name", "id_number", "phone", "address", "household_id", "person_id"} & set(view.columns), view.name


@pytest.mark.parametrize("path", sorted(
    file.parent.relative_to(POLICIES).as_posix() for file in POLICIES.rglob("pack.yaml")
))
def test_every_indicator_is_computed_or_says_who_reports_it_and_bears_its_source(path):
    for indicator in load_pack(read_pack_sources(path)).indicators.values():
        assert indicator.computed != (indicator.reported is not None)
        assert indicator.label.zh != indicator.label.en and len(indicator.source.quote or "") <= LONGEST_QUOTE
        for target in indicator.targets:
            assert target.source.document in ("visits-2022", *(document for _path, document in PLANS.values()))


def _rows() -> list[dict[str, str]]:
    file = SHARED / "facts" / "requirements.csv"
    if not file.is_file():
        pytest.skip("the list of requirements lies beside the project (../shared/facts), and is not here")
    with file.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_every_requirement_that_names_an_indicator_is_carried_by_the_pack_of_its_plan():
    rows = {row["id"]: row for row in _rows()}
    packs = {seed: load_pack(read_pack_sources(path)).indicators for seed, (path, _document) in PLANS.items()}
    missing = [
        (number, name) for number, names in CARRIED.items() for name in names.split()
        if name not in packs[rows[number]["seed_file"][:3]]
    ]
    assert not missing
    looks = {number for number, row in rows.items()
             if LOOKS_MEASURED.search(row["requirement"] + row["number_or_deadline"] + row["quote"])}
    assert sorted(looks - CARRIED.keys() - NOT_MEASURED.keys()) == []
    assert not CARRIED.keys() & NOT_MEASURED.keys() and len(CARRIED) >= 85


def test_quotes_are_the_plans_own_words():
    folder = SHARED / "plans"
    if not folder.is_dir():
        pytest.skip("the plans lie beside the project (../shared/plans), and are not here")
    for seed, (path, document) in PLANS.items():
        text = next(folder.glob(f"{seed}_*.txt")).read_text("utf-8")
        sources = [source for one in load_pack(read_pack_sources(path)).indicators.values()
                   for source in (one.source, *(target.source for target in one.targets))]
        quoted = [source.quote for source in sources if source.document == document and source.quote]
        assert len(quoted) > 10 and not [quote for quote in quoted if quote not in text]
