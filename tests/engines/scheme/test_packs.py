"""Schemes as packs hold them: what is read, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.oversight.made_up import SAMPLE, write_pack

from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import PackError, load_pack
from yinian.engines.entitlement.faults import in_chinese

TEXT = (SAMPLE / "schemes.yaml").read_text("utf-8")


def schemes_of(path: str | Path):
    return load_pack(read_pack_sources(path)).schemes


def test_the_province_document_is_a_scheme():
    scheme = schemes_of("cn/shandong")["model-county"]
    days = {key: (day["month"], day["day"]) for key, day in scheme["deadlines"].items()}
    assert days == {"apply": (10, 31), "recommend": (11, 10), "review": (11, 30)}
    assert (scheme["recommend"]["at_least"], scheme["recommend"]["at_most"]) == (1, 3)
    assert scheme["award"]["cap_fen"] == 200_000_000
    assert (scheme["award"]["leading"]["low"], scheme["award"]["leading"]["high"]) == ("0.2", "0.4")
    assert {paper["id"] for paper in scheme["papers"] if paper["required"]} == {"form", "plan", "report", "proofs"}
    # Full points stand nowhere in the text: nobody has made them up.
    assert {criterion["max"] for criterion in scheme["criteria"]} == {None}
    assert scheme["panel"]["source"]["confidence"] == "unknown"
    assert (scheme["years"]["from"], scheme["years"]["to"]) == (2021, 2023)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("apply: sample-apply", "apply: nowhere", "`nowhere` is no entry of calendar.yaml"),
        ("recommend: sample-count", "recommend: nowhere", "`nowhere` is no entry of standards.yaml"),
        ("recommend: sample-count", "recommend: sample-more", "gives no highest whole number"),
        ("each: sample-award", "each: sample-count", "gives no highest amount in fen"),
        ("leading: sample-more", "leading: sample-award", "gives no share from and to"),
        ("at_most: 5", "at_most: 1", "at least 2 and at most 1 cannot be"),
        ("drop_highest: 0", "drop_highest: 2", "leaves no score"),
        ("spread: 0.2", "spread: 1.5", "a share of the full points"),
        ("recommender: 2", "recommender: 3", "the host stands at or above"),
        ("max: 40", "max: 0", "full points of 0"),
        ("from: 2026,", "from: 2026, to: 2025,", "ends in 2025"),
        ("{id: supply,", "{id: policy,", "`policy` is given twice"),
        ("kinds: [document],", "kinds: [film],", "must be one of"),
        ("subject: region", "subject: moon", "must be one of"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line_and_in_chinese(tmp_path, old, new, said):
    assert old in TEXT
    root = write_pack(tmp_path / "policies", schemes=TEXT.replace(old, new, 1))
    with pytest.raises(PackError) as fault:
        schemes_of(root / "cn" / "sample")
    assert said in fault.value.reason
    assert fault.value.file.endswith("schemes.yaml")
    assert fault.value.line
    assert in_chinese(fault.value.reason)
