"""Drafts: changed entry by entry, reckoned over the run's facts, shared, duplicated, compared anew."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests import cast as people
from tests.entitlements.conftest import PARAMETERS
from tests.entitlements.drafts.conftest import START, TODAY
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.entitlements import packs
from yinian.entitlements.drafts import actions, editing, queries, reckoning
from yinian.entitlements.drafts.layers import entry_of
from yinian.entitlements.drafts.models import Draft, DraftEntry, DraftStep
from yinian.entitlements.drafts.words import changes, differing


def found(draft: Draft) -> reckoning.Reckoned:
    return reckoning.reckon(Draft.objects.get(pk=draft.pk))


def entry(draft: Draft, part: str, key: str) -> dict:
    return actions.current(draft, part, key) or {}


def test_a_draft_without_changes_changes_nothing(draft):
    reckoned = found(draft)
    assert reckoned.a.hash == reckoned.b.hash and reckoned.problems == ()
    assert not any(reckoned.whole[name] for name in ("gained", "lost", "raised", "cut", "winners", "losers"))
    assert reckoned.whole["money_a"] == 5000 + 10000 + 1000


def test_a_lower_age_finds_people_and_money_and_says_from_what_to_what(draft, ran):
    people.make_person(people.B1, "易秀兰", birth=dt.date(TODAY.year - 77, 1, 1))
    run = ran.run
    from tests.entitlements.conftest import doing
    from yinian.entitlements.actions import start_run
    from yinian.entitlements.perform import perform

    perform(doing(start_run(ran.cast.bureau, people.COUNTY, TODAY)))
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 75)
    reckoned = found(draft)
    assert reckoned.run.pk != run.pk
    assert (reckoned.whole["gained"], reckoned.whole["winners"], reckoned.whole["lost"]) == (2, 2, 0)
    assert reckoned.whole["money_b"] - reckoned.whole["money_a"] == 2 * 5000
    towns = dict(reckoned.rows("town"))
    assert towns[people.TOWN_B]["gained"] == 2 and people.TOWN_A in towns
    (change,) = changes(reckoned.a, reckoned.b, differing(reckoned.a, reckoned.b), START)
    assert [(line.before, line.after) for line in change.lines] == [("80周岁", "75周岁")]


def test_a_figure_holds_from_the_drafts_day_and_moves_with_it(draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    values = entry(draft, "parameter", "age_from")["values"]
    assert [(v["from"], v["value"], v["source"]["document"]) for v in values] == [
        ("2020-01-01", 80, "notice"), (START.isoformat(), 70, "draft"),
    ]  # fmt: skip
    later = START.replace(year=START.year + 1)
    draft.refresh_from_db()
    actions.describe(ran.cast.bureau, draft.pk, draft.version, name="改名", description="", effective_from=later)
    values = entry(draft, "parameter", "age_from")["values"]
    assert [(v["from"], v["value"]) for v in values] == [("2020-01-01", 80), (later.isoformat(), 70)]


def test_a_change_put_back_by_hand_is_no_change(draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 80)
    assert not DraftEntry.objects.exists()


def test_a_service_is_added_changed_and_switched_off(draft, ran):
    _draft, key = actions.add_service(ran.cast.bureau, draft.pk, "独居补贴", like="small-subsidy", kind="cash")
    made = entry(draft, "service", key)
    assert made["label"] == {"zh": "独居补贴"} and "higher_of" not in made
    actions.set_entry(ran.cast.bureau, draft.pk, "service", key, {**made, "gives": {"amount": 800, "period": "month"}})
    actions.switch_off(ran.cast.bureau, draft.pk, "visit")
    reckoned = found(draft)
    kinds = {c.key: c.kind for c in changes(reckoned.a, reckoned.b, differing(reckoned.a, reckoned.b), START)}
    assert kinds == {"visit": "off", key: "added"}
    rows = {pair.id: row for _n, pair, row in reckoned.by_service()}
    assert (rows["visit"]["lost"], rows[key]["gained"], rows[key]["money_b"]) == (2, 1, 800)
    actions.switch_off(ran.cast.bureau, draft.pk, key)
    assert not DraftEntry.objects.filter(key=key).exists()


@pytest.mark.parametrize(
    ("test", "expected"),
    [("age >= agee", "没有“agee”这项情况"), ("age >=", "没有写完"), ("age", "应当是是或否"),
     ("param('x') > 1", "没有“x”这项标准")],
)
def test_what_cannot_be_read_is_refused_in_chinese_and_changes_nothing(draft, ran, test, expected):
    visit = entry(draft, "service", "visit")
    visit["who"][0]["test"] = test
    with pytest.raises(Refused, match=expected):
        actions.set_entry(ran.cast.bureau, draft.pk, "service", "visit", visit)
    assert not DraftEntry.objects.exists() and not DraftStep.objects.filter(verb="changed").exists()


def test_an_absurd_draft_shows_no_figures(draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 200)
    reckoned = found(draft)
    assert reckoned.stopped and [p.code for p in reckoned.problems] == ["age"]
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 75)
    assert not found(draft).stopped


def test_two_who_change_one_entry_do_not_overwrite_each_other(draft, ran, second):
    actions.share(ran.cast.bureau, draft.pk, True)
    looked = actions.seen(entry(draft, "parameter", "age_from"))
    actions.set_value(second, draft.pk, "age_from", 70, looked_at=looked)
    with pytest.raises(Changed):
        actions.set_value(ran.cast.bureau, draft.pk, "age_from", 60, looked_at=looked)
    assert editing.own_value(entry(draft, "parameter", "age_from"))["value"] == 70


def test_a_draft_is_its_makers_until_it_is_shared(draft, ran, second):
    with pytest.raises(NotVisible):
        queries.get_draft(second, draft.pk)
    with pytest.raises(NotVisible):
        queries.get_draft(ran.cast.finance, draft.pk)
    actions.share(ran.cast.bureau, draft.pk, True)
    actions.set_value(second, draft.pk, "age_from", 70)
    assert queries.get_draft(ran.cast.finance, draft.pk).pk == draft.pk
    with pytest.raises(Forbidden):
        actions.set_value(ran.cast.finance, draft.pk, "age_from", 60)
    with pytest.raises(Forbidden):
        actions.share(second, draft.pk, False)
    with pytest.raises(NotVisible):
        queries.get_draft(ran.cast.stranger, draft.pk)
    copied = actions.duplicate(second, draft.pk)
    assert copied.made_by == second and not copied.shared and copied.entries.count() == 1


def test_a_discarded_draft_stays_and_is_changed_no_more(draft, ran):
    actions.discard(ran.cast.bureau, draft.pk, "不再需要")
    with pytest.raises(Refused):
        actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(name="改了")
    with pytest.raises(IntegrityError), transaction.atomic():
        DraftEntry.objects.create(draft=draft, part="parameter", key="age_from", data={}, changed_by=ran.cast.bureau)
    assert AuditRow.objects.filter(action="entitlements.draft_discard", reason="不再需要").exists()


def test_a_pack_file_that_changes_under_a_draft_is_told_and_compared_anew(draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    actions.switch_off(ran.cast.bureau, draft.pk, "visit")
    ran.pack.joinpath("parameters.yaml").write_text(PARAMETERS.replace("value: 80", "value: 85"), "utf-8")
    draft.refresh_from_db()
    base = queries.base_of(draft)
    assert queries.is_stale(draft, base)
    assert [e.key for e, _now in actions.conflicts(draft, base.pack)] == ["age_from"]
    actions.renew(ran.cast.bureau, draft.pk, draft.version, keep=[("parameter", "age_from")])
    draft.refresh_from_db()
    assert not queries.is_stale(draft, base)
    assert [v["value"] for v in entry(draft, "parameter", "age_from")["values"]] == [85, 70]
    ran.pack.joinpath("parameters.yaml").write_text(PARAMETERS.replace("value: 80", "value: 90"), "utf-8")
    actions.renew(ran.cast.bureau, draft.pk, draft.version, keep=[])
    assert [e.key for e in draft.entries.all()] == ["visit"]


def test_what_was_reckoned_is_kept_and_swept_when_nobody_looks(draft, ran, monkeypatch):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    first = found(draft)
    monkeypatch.setattr(reckoning, "settle", None)  # a second time nothing is worked out
    again = found(draft)
    assert again.whole == first.whole and again.lines == first.lines
    compared = reckoning.compared_of(again)
    assert compared.people.height == 6 and compared.lines.height > 0
    assert reckoning.sweep() == 0
    assert reckoning.sweep(now=9e12) == 1


def test_without_a_run_there_is_nothing_to_hold_a_draft_against(cast, pack, county):
    draft = actions.make(cast.bureau, people.COUNTY, "试算", START)
    with pytest.raises(reckoning.NoFacts):
        found(draft)


def test_a_draft_begins_within_reason_and_covers_a_county(cast, pack, county):
    with pytest.raises(Refused):
        actions.make(cast.bureau, people.COUNTY, "试算", dt.date(2206, 1, 1))
    with pytest.raises(Refused):
        actions.make(cast.bureau, people.TOWN_A, "试算", START)
    with pytest.raises(Refused):
        actions.make(cast.bureau, people.COUNTY, "  ", START)
    with pytest.raises(Forbidden):
        actions.make(cast.town_a, people.TOWN_A, "试算", START)


def test_a_draft_leaves_the_pack_in_force_alone(draft, ran):
    before = packs.in_force(people.COUNTY).pack.hash
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    assert packs.in_force(people.COUNTY).pack.hash == before
    assert entry_of(packs.in_force(people.COUNTY).pack, "parameter", "age_from")["values"][0]["value"] == 80
