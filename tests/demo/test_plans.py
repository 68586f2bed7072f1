"""The demo county's plan: the facts of the published document in sentences of our own, reviewed; others by folder."""

from difflib import SequenceMatcher
from pathlib import Path

import pytest
from tests import cast as people

from yinian.core.models import Region
from yinian.demo import plans
from yinian.demo.sources import load_county, model_county
from yinian.engines.plantext import read_document
from yinian.plans.models import PlanDocument

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "plans"
LONGEST_QUOTE = 30


def now(job) -> None:
    from tests.plans.documents.making import run

    done = run(job)
    if done.state != "done":
        raise RuntimeError(done.error)


def test_the_plan_carries_published_deadlines_targets_and_sums() -> None:
    file = load_county(model_county()).plan
    assert file is not None
    plan = read_document(file.name, file.read_bytes())
    due = {task.deadline.iso for task in plan.tasks if task.deadline and task.deadline.iso}
    assert due == {"2025-06-30", "2025-12-31", "2026-06-30", "2026-12-31"}
    assert any(target.value == 60 and target.comparator == ">=" for target in plan.targets)
    assert {(one.amount_min, one.amount_max) for one in plan.money} >= {(50000, 100000), (2500000, 2500000)}
    assert sum(project.total_fen or 0 for project in plan.projects) == 5728 * 10_000 * 100
    assert not plan.doubts and load_county("430302").plan is None


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published document (../shared/plans) is not on this machine")
def test_its_sentences_are_ours() -> None:
    file = load_county(model_county()).plan
    assert file is not None
    ours = read_document(file.name, file.read_bytes())
    for other in sorted(PUBLISHED.glob("*.txt")):
        matcher = SequenceMatcher(None, "", read_document(other.name, other.read_bytes()).text, autojunk=False)
        for task in ours.tasks:
            words = ours.text[task.start : task.end]
            matcher.set_seq1(words)
            match = matcher.find_longest_match()
            assert match.size <= LONGEST_QUOTE, words[match.a : match.a + match.size]


def test_it_is_taken_in_and_reviewed_by_the_officer(cast, monkeypatch) -> None:
    monkeypatch.setattr(plans, "do_now", now)
    county = Region.objects.get(code=people.COUNTY)
    document = plans.build(cast.bureau, county, load_county(model_county()).plan)
    assert document is not None
    states = set(document.items.values_list("state", flat=True))
    assert states == {"accepted", "rejected"}
    assert document.items.filter(kind="task", state="accepted").count() > 25
    assert all(item.reviewed_by == cast.bureau for item in document.items.all())
    assert plans.build(cast.bureau, county, None) is None


def test_a_folder_is_taken_in_unreviewed_and_what_cannot_be_read_is_told(cast, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(plans, "do_now", now)
    county = Region.objects.get(code=people.COUNTY)
    words = "某地养老服务实施方案\n2025年3月1日\n一、任务\n(一)2026年6月底前,建成助餐点20个。(责任单位:民政局)\n"
    (tmp_path / "甲.txt").write_text(words, "utf-8")
    (tmp_path / "乙.txt").write_text(words, "utf-8")
    (tmp_path / "丙.pdf").write_bytes(b"%PDF-1.4 torn")
    (tmp_path / "丁.xlsx").write_bytes(b"no plan")
    told = dict(plans.load_folder(cast.bureau, county, tmp_path, lambda *step: None))
    assert set(told) == {"甲.txt", "乙.txt", "丙.pdf"}
    assert sum("already here" in words for words in told.values()) == 1 and told["丙.pdf"].startswith("not read")
    document = PlanDocument.objects.get(state="in_review")
    assert document.region_id == people.COUNTY and not document.items.exclude(state="found").exists()
