"""The review: each act asks right and version, keeps what the item was, and never loses the sentence."""

import pytest

from tests.plans.documents.making import TEXT, make_document, upload_and_read
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.plans import adoption
from yinian.plans.documents import review
from yinian.plans.models import Item, PlanDocument

PLAN = (
    "某市养老服务实施方案\n2025年3月1日\n" + TEXT
    + "(三)加强监管。建立联合检查制度,每年10月底前开展一次抽查,对问题机构限期整改。(责任单位:市民政局)\n"
)


@pytest.fixture
def document(cast):
    return upload_and_read(cast.bureau, PLAN)


def task(document: PlanDocument, words: str = "助餐点") -> Item:
    return document.items.get(kind="task", quote__contains=words)


def acts(item: Item) -> list[str]:
    return [change.act for change in item.changes.order_by("id")]


def test_accepting_keeps_who_and_when_and_takes_a_version_once(cast, document):
    item = task(document)
    done = review.accept(cast.bureau, item.pk, item.version)
    assert (done.state, done.reviewed_by) == ("accepted", cast.bureau) and done.reviewed_at
    assert acts(done) == ["accept"] and done.changes.get().before["state"] == "found"
    assert AuditRow.objects.filter(action="plans.accept", object_id=str(item.pk)).exists()
    with pytest.raises(Changed):
        review.accept(cast.bureau, item.pk, item.version)
    with pytest.raises(Refused, match=r"已"):
        review.accept(cast.bureau, item.pk, done.version)


def test_only_the_bureau_of_the_area_reviews(cast, document):
    item = task(document)
    for name in ("town_a", "auditor", "dispatcher", "finance"):
        with pytest.raises(Forbidden):
            review.accept(getattr(cast, name), item.pk, item.version)
    with pytest.raises(NotVisible):
        review.accept(cast.stranger, item.pk, item.version)
    assert not Item.objects.exclude(state="found").exists()


def test_a_plan_from_above_is_read_but_not_reviewed_here(cast, document):
    PlanDocument.objects.filter(pk=document.pk).update(region="4306")
    item = task(document)
    with pytest.raises(NotVisible):
        review.accept(cast.bureau, item.pk, item.version)


def test_a_rejection_needs_its_reason_and_can_be_taken_back(cast, document):
    item = task(document)
    with pytest.raises(Refused):
        review.reject(cast.bureau, item.pk, item.version, "  ")
    gone = review.reject(cast.bureau, item.pk, item.version, "不是任务")
    assert (gone.state, gone.reason) == ("rejected", "不是任务")
    back = review.accept(cast.bureau, item.pk, gone.version)
    assert (back.state, back.reason) == ("accepted", "") and acts(back) == ["reject", "accept"]


def test_mending_keeps_what_it_was(cast, document):
    item = task(document)
    before = dict(item.data)
    deadline = {"raw": "", "kind": "by", "iso": "2026-09-30", "precision": "day"}
    done = review.mend(cast.bureau, item.pk, item.version, {"deadline": deadline, "lead_units": ["市民政局"]})
    assert done.state == "mended" and done.data["deadline"]["iso"] == "2026-09-30"
    change = done.changes.get()
    assert change.before["data"] == before and change.act == "mend"
    with pytest.raises(Refused):
        review.mend(cast.bureau, item.pk, done.version, {})


def test_mending_moves_an_item_to_another_stretch_or_kind(cast, document):
    item = task(document)
    words = "建成社区助餐点20个"
    start = document.text.index(words)
    done = review.mend(cast.bureau, item.pk, item.version, {}, start=start, end=start + len(words))
    assert done.quote == words == done.data["quote"] and done.data["start"] == start
    done = review.mend(cast.bureau, item.pk, done.version, {}, kind="target")
    assert done.kind == "target" and done.data["value"] == 20 and "lead_units" not in done.data


def test_splitting_makes_two_items_with_their_own_times_and_the_units_of_the_whole(cast, document):
    item = task(document, "联合检查")
    at = item.start + item.quote.index("每年10月")
    first, second = review.split(cast.bureau, item.pk, item.version, at)
    item.refresh_from_db()
    assert item.state == "split" and {first.out_of_id, second.out_of_id} == {item.pk}
    assert first.quote.endswith("制度") and second.quote.startswith("每年10月")
    assert second.data["deadline"]["rule"].startswith("FREQ=YEARLY;BYMONTH=10")
    assert first.data["responsible_units"] == second.data["responsible_units"] == item.data["responsible_units"]
    assert first.state == "accepted" and first.parent_id == item.parent_id
    with pytest.raises(Refused):
        review.accept(cast.bureau, item.pk, item.version)


@pytest.mark.parametrize("where", [0, 1, -1, 10_000])
def test_a_split_outside_the_sentence_is_refused(cast, document, where):
    item = task(document)
    with pytest.raises(Refused):
        review.split(cast.bureau, item.pk, item.version, item.start + (where if where >= 0 else len(item.quote)))
    item.refresh_from_db()
    assert item.state == "found" and not item.pieces.exists()


def test_merging_makes_one_of_two_and_keeps_both(cast, document):
    one, two = task(document), task(document, "适老化")
    whole = review.merge(cast.bureau, two.pk, one.pk, (two.version, one.version))
    assert (whole.start, whole.end) == (one.start, two.end) and whole.quote == document.text[one.start : two.end]
    assert set(whole.data["responsible_units"]) >= set(one.data["responsible_units"])
    assert {item.state for item in whole.made_of.all()} == {"merged"} and whole.made_of.count() == 2
    with pytest.raises(Refused):
        review.merge(cast.bureau, one.pk, two.pk, (one.version + 1, two.version + 1))


def test_two_kinds_do_not_merge(cast, document):
    one, two = task(document), document.items.filter(kind="target").first()
    with pytest.raises(Refused):
        review.merge(cast.bureau, one.pk, two.pk, (one.version, two.version))


def test_a_stretch_is_added_with_its_data_filled_in(cast, document):
    words = "对问题机构限期整改"
    start = document.text.index(words) - 1  # with the comma before it: edges are trimmed
    item = review.add(cast.bureau, document.pk, "task", start, start + len(words) + 1)
    assert (item.quote, item.origin, item.state) == (words, "officer", "accepted")
    assert item.data["responsible_units"] == ["市民政局"] and item.parent.data["title"].startswith("加强监管")
    assert acts(item) == ["add"]
    with pytest.raises(Refused):
        review.add(cast.bureau, document.pk, "task", start, start + len(words) + 1)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-1, 4), (0, 10_000_000)])
def test_a_stretch_that_is_none_is_refused(cast, document, start, end):
    with pytest.raises(Refused):
        review.add(cast.bureau, document.pk, "task", start, end)


def test_accepting_a_section_leaves_doubtful_items_and_those_elsewhere(cast, document):
    doubtful = task(document)
    Item.objects.filter(pk=doubtful.pk).update(doubts=[0])
    other = task(document, "联合检查")
    count = review.accept_all(cast.bureau, document.pk, 0, other.start)
    states = dict(document.items.values_list("pk", "state"))
    assert states[doubtful.pk] == states[other.pk] == "found"
    assert count == sum(1 for state in states.values() if state == "accepted") > 3
    rows = AuditRow.objects.filter(action="plans.accept_all")
    assert rows.count() == 1 and rows.get().detail["items"] == count
    assert review.accept_all(cast.bureau, document.pk, 0, len(document.text), ["task"]) == 1


def test_nothing_of_a_withdrawn_document_is_reviewed(cast, document):
    item = task(document)
    review.withdraw(cast.bureau, document.pk, "已有新文件")
    with pytest.raises(Refused):
        review.accept(cast.bureau, item.pk, item.version)
    with pytest.raises(Refused):
        review.add(cast.bureau, document.pk, "task", 0, 5)


def test_facts_are_put_right_and_versions_make_no_circle(cast, document):
    newer = make_document(cast.bureau, text="新版\n" + TEXT, earlier=document)
    with pytest.raises(Refused):
        review.edit_facts(cast.bureau, document.pk, document.version, earlier=newer)
    done = review.edit_facts(cast.bureau, document.pk, document.version, title="改过的标题", number="某政发〔2025〕1号")
    assert done.title == "改过的标题" and done.version == document.version + 1
    with pytest.raises(Changed):
        review.edit_facts(cast.bureau, document.pk, document.version, title="又改")


def test_what_a_plan_stands_on_is_not_let_go(cast, document):
    one, two = task(document), task(document, "适老化")
    for item in (one, two):
        review.accept(cast.bureau, item.pk, item.version)
    adoption.adopt(cast.bureau, document)
    for item in (one, two):
        item.refresh_from_db()
    acts = (
        lambda: review.reject(cast.bureau, one.pk, one.version, "不要了"),
        lambda: review.split(cast.bureau, one.pk, one.version, one.start + one.quote.index("建成")),
        lambda: review.merge(cast.bureau, one.pk, two.pk, (one.version, two.version)),
    )
    for act in acts:
        with pytest.raises(Refused):
            act()
    one.refresh_from_db()
    assert one.state == "accepted" and not one.pieces.exists()
    mended = review.mend(cast.bureau, one.pk, one.version, {"lead_units": ["市民政局"]})
    assert mended.state == "mended"
    later = task(document, "联合检查")
    assert review.accept(cast.bureau, later.pk, later.version).state == "accepted"
