"""Duty rosters: planned, published, changed with reason and cover; held against what the residents call for."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from tests.homes.conftest import days, lies
from tests.homes.staff.making import MONDAY, ratio_on_file, shadowing_on_file, staff, whole_week
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.actions import settle
from yinian.core.models import AuditRow, WorkItem
from yinian.engines.staffing import Standing
from yinian.homes.models import Absence, Roster, RosterShift, Shadowing, StayLevel
from yinian.homes.rosters import actions, queries
from yinian.homes.rosters.rules import Ratio, ratio_for, shadow_rule_for
from yinian.workforce import actions as workforce
from yinian.workforce.models import Post, Worker

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + dt.timedelta(days=1)


@pytest.fixture
def home(site_cast):
    return site_cast.home_a


@pytest.fixture
def carers(home):
    return [staff(home, name) for name in ("彭爱莲", "戴小红", "黄四妹")]


@pytest.fixture
def published(site_cast, home, carers):
    made = actions.save_week(site_cast.manager_a, home.pk, MONDAY, whole_week(carers[:1]))
    return actions.publish(site_cast.manager_a, made.pk, made.version)


def test_a_manager_plans_the_own_home_alone(site_cast, home, carers):
    cells = {(carers[0].pk, MONDAY): "night", (carers[1].pk, MONDAY): "early"}
    made = actions.save_week(site_cast.manager_a, home.pk, MONDAY + dt.timedelta(days=3), cells)
    assert made.week == MONDAY and made.shifts.count() == 2
    night = made.shifts.get(shift="night")
    assert night.span.upper - night.span.lower == dt.timedelta(hours=8)
    for actor, error in ((site_cast.bureau, Forbidden), (site_cast.manager_b, NotVisible)):
        with pytest.raises(error):
            actions.save_week(actor, home.pk, MONDAY, cells)
    assert AuditRow.objects.filter(action="homes.roster_plan").count() == 1


def test_a_draft_is_put_as_the_grid_says_and_an_old_look_is_refused(site_cast, home, carers):
    actor = site_cast.manager_a
    made = actions.save_week(actor, home.pk, MONDAY, whole_week(carers[:2]))
    again = actions.save_week(
        actor, home.pk, MONDAY, {(carers[0].pk, MONDAY): "", (carers[1].pk, MONDAY): "late"}, made.version
    )
    assert again.shifts.filter(day=MONDAY).get().shift == "late" and again.shifts.count() == 13
    with pytest.raises(Changed):
        actions.save_week(actor, home.pk, MONDAY, {}, made.version)


def test_nobody_is_planned_on_two_shifts_at_once_nor_where_they_are_not_employed(site_cast, home, carers):
    Post.objects.create(worker=carers[0], site=site_cast.home_b, kind="carer", period=(days(-9), None))
    actions.save_week(site_cast.manager_b, site_cast.home_b.pk, MONDAY, {(carers[0].pk, MONDAY): "early"})
    gone = staff(home, "何旧人", until=-1)
    with pytest.raises(Refused) as refusal:
        actions.save_week(
            site_cast.manager_a, home.pk, MONDAY,
            {(carers[0].pk, MONDAY): "early", (carers[0].pk, TUESDAY): "early", (gone.pk, MONDAY): "early",
             (carers[1].pk, MONDAY): "dawn"},
        )
    assert set(refusal.value.fields) == {
        actions.cell_name(carers[0].pk, MONDAY), actions.cell_name(gone.pk, MONDAY),
        actions.cell_name(carers[1].pk, MONDAY),
    } or set(refusal.value.fields) == {actions.cell_name(carers[1].pk, MONDAY)}
    assert not Roster.objects.filter(site=home).exists()


def test_the_database_holds_the_same(site_cast, home, carers, published):
    shift = published.shifts.earliest("pk")

    def again(**more):
        given = {"roster": published, "worker": carers[1], "day": MONDAY, "shift": "early", "span": shift.span,
                 "reason": "样例", "by": site_cast.manager_a}
        return RosterShift.objects.create(**(given | more))

    outsider = staff(site_cast.home_b, "别院人")
    for words, more in (
        ("nobody_on_two_shifts_at_once", {"worker": carers[0]}),
        ("not employed", {"worker": outsider}),
        ("says why", {"reason": ""}),
        ("on its day", {"day": TUESDAY}),
        ("on its day", {"day": MONDAY - dt.timedelta(days=7)}),
        ("does not come", {"covers": shift}),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            again(**more)
    for words, write in (
        ("written over", lambda: RosterShift.objects.filter(pk=shift.pk).update(shift="late")),
        ("taken out", lambda: RosterShift.objects.filter(pk=shift.pk).delete()),
        ("says_why", lambda: RosterShift.objects.filter(pk=shift.pk).update(gone="sick")),
        ("stays published", lambda: Roster.objects.filter(pk=published.pk).update(
            state="draft", published_at=None, published_by=None)),
        ("one_roster", lambda: Roster.objects.create(site=home, week=MONDAY, made_by=site_cast.manager_a)),
        ("begins_on_monday", lambda: Roster.objects.create(site=home, week=TUESDAY, made_by=site_cast.manager_a)),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            write()


def test_the_week_before_is_copied_without_who_has_left(site_cast, home, carers):
    actor = site_cast.manager_a
    leaving = staff(home, "将离者", until=8)
    first = actions.save_week(actor, home.pk, timezone.localdate(), {
        (worker.pk, queries.monday_of(timezone.localdate()) + dt.timedelta(days=6)): "early"
        for worker in (carers[0], leaving)
    })
    Post.objects.filter(worker=leaving).update(period=(days(-1500), first.week + dt.timedelta(days=7)))
    assert actions.copy_week(actor, home.pk, MONDAY) == (1, 1)
    copied = Roster.objects.get(site=home, week=MONDAY).shifts.get()
    assert (copied.worker, copied.day) == (carers[0], MONDAY + dt.timedelta(days=6))
    with pytest.raises(Refused):
        actions.copy_week(actor, home.pk, MONDAY - dt.timedelta(days=21))


def test_after_publication_a_change_has_a_reason_and_a_cover(site_cast, home, carers, published):
    actor, shift = site_cast.manager_a, published.shifts.get(day=MONDAY)
    with pytest.raises(Changed):
        actions.save_week(actor, home.pk, MONDAY, {})
    with pytest.raises(Refused) as refusal:
        actions.change_shift(actor, shift.pk, gone="", reason=" ")
    assert set(refusal.value.fields) == {"gone", "reason"}
    with pytest.raises(Refused) as refusal:
        actions.change_shift(actor, shift.pk, gone="sick", reason="发热", cover=carers[0].pk)
    assert "cover" in refusal.value.fields
    gone, cover = actions.change_shift(actor, shift.pk, gone="sick", reason="发热", cover=carers[1].pk)
    assert not gone.stands and cover.covers == gone and cover.reason == "发热"
    with pytest.raises(Changed):
        actions.change_shift(actor, shift.pk, gone="sick", reason="发热")
    added = actions.add_shift(actor, published.pk, worker=carers[2].pk, day=MONDAY, shift="early", reason="人手紧")
    assert added.stands
    with pytest.raises(Refused) as refusal:
        actions.add_shift(actor, published.pk, worker=carers[2].pk, day=MONDAY, shift="early", reason="人手紧")
    assert "worker" in refusal.value.fields
    with pytest.raises(NotVisible):
        actions.change_shift(site_cast.manager_b, added.pk, gone="sick", reason="发热")


def test_an_empty_week_is_not_published_and_a_published_one_not_twice(site_cast, home, carers, published):
    with pytest.raises(Changed):
        actions.publish(site_cast.manager_a, published.pk, published.version)
    empty = actions.save_week(site_cast.manager_a, home.pk, MONDAY + dt.timedelta(days=7), {})
    with pytest.raises(Refused):
        actions.publish(site_cast.manager_a, empty.pk, empty.version)


def test_residents_are_counted_by_ability_without_who_is_away(site_cast, home, beds, carers, monkeypatch):
    from tests.homes.fees import level

    ratio_on_file(monkeypatch)
    stays = [lies(people.make_person(name=name), beds[n]) for name, n in (("甲", "1"), ("乙", "2"), ("丙", "3"))]
    level(site_cast.bureau, stays[0].person, 4)
    StayLevel.objects.create(stay=stays[1], level="partial", period=(days(-10), None))
    day = queries.week_of(home, MONDAY).days[0]
    assert dict(day.residents) == {"full": 1, "partial": 1, "unknown": 1} and day.unknown == 1
    assert (day.need.least, day.need.most) == (1, 1)
    back = MONDAY + dt.timedelta(days=2)
    Absence.objects.create(stay=stays[2], kind="leave", period=(days(-1), None), reason="回家", expected_return=back)
    found = queries.week_of(home, MONDAY).days
    assert [day.unknown for day in found] == [0, 0, 1, 1, 1, 1, 1]
    Absence.objects.update(expected_return=None)
    assert not any(day.unknown for day in queries.week_of(home, MONDAY).days)


def test_a_shift_is_held_against_the_day_and_without_a_ratio_against_nothing(
    site_cast, home, beds, carers, published, monkeypatch
):
    for n in "123":
        stay = lies(people.make_person(name="甲乙丙"[int(n) - 1]), beds[n])
        StayLevel.objects.create(stay=stay, level="full", period=(days(-10), None))
    monkeypatch.setattr(queries, "ratio_for", lambda region: Ratio({}, ()))
    week = queries.week_of(home, MONDAY)
    assert week.short == 0 and week.days[0].shifts[0].standing == Standing.UNKNOWN
    ratio_on_file(monkeypatch, full=2)
    week = queries.week_of(home, MONDAY)
    assert week.days[0].need.least == 2 and week.short == 21 and week.short_days == 7
    ratio_on_file(monkeypatch)
    week = queries.week_of(home, MONDAY)
    assert week.short == 14 and week.short_days == 0 and week.days[0].people == 1


def test_the_ratio_is_the_packs_with_its_document_and_quote():
    ratio = ratio_for(people.COUNTY)
    assert {group: int(n) for group, n in ratio.per.items()} == {"independent": 10, "partial": 6, "full": 3}
    assert all(clause.quote and clause.document and clause.reference for clause in ratio.clauses)
    assert ratio_for("990000").per == {}


def test_who_looks_after_nobody_or_has_left_is_on_the_roster_and_not_counted(
    site_cast, home, carers, published, monkeypatch
):
    cook = staff(home, "伍师傅", kind="cook")
    actions.add_shift(site_cast.manager_a, published.pk, worker=cook.pk, day=MONDAY, shift="early", reason="帮厨")
    Post.objects.filter(worker=carers[0]).update(period=(days(-1500), TUESDAY))
    monday, tuesday = queries.week_of(home, MONDAY).days[:2]
    assert [one.worker_id for one in monday.shifts[0].counted] == [carers[0].pk]
    assert [(one.worker_id, why) for one, why in monday.shifts[0].others] == [(cook.pk, "post")]
    assert [(one.worker_id, why) for one, why in tuesday.shifts[0].others] == [(carers[0].pk, "left")]


def test_who_is_new_counts_from_the_day_the_shadowing_is_signed_off(
    site_cast, home, carers, published, monkeypatch
):
    new = staff(home, "新来的", since=-3)
    actions.add_shift(site_cast.manager_a, published.pk, worker=new.pk, day=MONDAY, shift="early", reason="熟悉")

    # The county's own pack rules seven days for public homes; a home of another ownership has no rule.
    assert shadow_rule_for(home).days == 7 and shadow_rule_for(home).clause.quote
    home.ownership = "private"
    assert shadow_rule_for(home) is None
    home.save(update_fields=["ownership"])

    def why():
        return [why for one, why in queries.week_of(home, MONDAY).days[0].shifts[0].others if one.worker == new]

    assert why() == []
    shadowing_on_file(monkeypatch)
    assert why() == ["new"]
    one = Shadowing.objects.create(
        worker=new, site=home, place=home, mentor=carers[0], since=days(-3), begun_by=site_cast.manager_a
    )
    assert why() == ["shown"]
    from yinian.homes.models import ShadowDay

    ShadowDay.objects.create(shadowing=one, day=days(-3), note="样例", by=site_cast.manager_a)
    Shadowing.objects.filter(pk=one.pk).update(
        mentor_by=site_cast.carer_a, mentor_at=timezone.now(), mentor_word="可以"
    )
    Shadowing.objects.filter(pk=one.pk).update(director_by=site_cast.manager_a, director_at=timezone.now())
    assert why() == []


def test_the_manager_is_told_once_of_a_short_week_and_again_only_when_it_is_worse(
    site_cast, home, beds, carers, monkeypatch
):
    ratio_on_file(monkeypatch)
    stay = lies(people.make_person(), beds["1"])
    StayLevel.objects.create(stay=stay, level="full", period=(days(-10), None))
    actor = site_cast.manager_a
    made = actions.save_week(actor, home.pk, MONDAY, whole_week(carers[:1]))
    items = WorkItem.objects.filter(kind="homes.roster_short")
    assert not items.exists()
    actions.publish(actor, made.pk, made.version)
    assert items.get().params["n"] == 14 and items.get().site_ref == home.pk
    settle(actor, items.get().key, "已安排")
    actions.add_shift(actor, made.pk, worker=carers[1].pk, day=MONDAY, shift="late", reason="补班")
    assert items.count() == 1
    actions.change_shift(actor, made.shifts.get(day=TUESDAY).pk, gone="sick", reason="发热")
    assert items.count() == 2


def test_a_week_that_is_short_no_more_settles_what_was_asked(site_cast, home, beds, carers, monkeypatch):
    stay = lies(people.make_person(), beds["1"])
    StayLevel.objects.create(stay=stay, level="full", period=(days(-10), None))
    ratio_on_file(monkeypatch)
    actor = site_cast.manager_a
    cells = {}
    for worker, shift in zip(carers, ("early", "late", "night"), strict=True):
        cells |= whole_week([worker], shift)
    del cells[carers[2].pk, MONDAY + dt.timedelta(days=6)]
    made = actions.save_week(actor, home.pk, MONDAY, cells)
    actions.publish(actor, made.pk, made.version)
    assert WorkItem.objects.get(kind="homes.roster_short").params["n"] == 1
    sunday = MONDAY + dt.timedelta(days=6)
    actions.add_shift(actor, made.pk, worker=carers[2].pk, day=sunday, shift="night", reason="补班")
    assert WorkItem.objects.get(kind="homes.roster_short").state != "open"


def test_a_carer_sees_the_own_published_shifts_and_no_others(site_cast, home, carers):
    own = staff(home, "潘燕", user=site_cast.carer_a)
    made = actions.save_week(site_cast.manager_a, home.pk, MONDAY, whole_week([own, carers[0]]))
    assert queries.own_shifts(site_cast.carer_a) == []
    actions.publish(site_cast.manager_a, made.pk, made.version)
    found = queries.own_shifts(site_cast.carer_a)
    assert len(found) == 7 and {one.worker_id for one in found} == {own.pk}
    page = people.client_for(site_cast.carer_a).get(reverse("homes:my_shifts")).content.decode()
    assert page.count("早班 07:00–15:00") == 7
    assert queries.own_shifts(site_cast.manager_a) == []
    desk = people.client_for(site_cast.carer_a).get(reverse("core:desk")).content.decode()
    assert reverse("homes:my_shifts") in desk


def test_the_grid_keeps_what_was_typed_and_says_what_is_wrong_in_its_cell(site_cast, home, carers):
    client = people.client_for(site_cast.manager_a)
    url = reverse("homes:roster", args=[home.pk]) + f"?week={MONDAY}"
    names = [actions.cell_name(carers[0].pk, day) for day in (MONDAY, TUESDAY)]
    assert client.post(url, {names[0]: "early", names[1]: ""}).status_code == 302
    made = Roster.objects.get()
    Post.objects.filter(worker=carers[0]).update(period=(days(-1500), TUESDAY))
    answer = client.post(url, {names[0]: "late", names[1]: "early", "version": made.version})
    text = answer.content.decode()
    assert answer.status_code == 422 and "不在本院任职" in text and made.shifts.get().shift == "early"
    assert f'name="{names[0]}"' in text and '<option value="late" selected' in text
    assert client.post(reverse("homes:roster_publish", args=[made.pk]), {"version": made.version}).status_code == 302
    shift = made.shifts.get()
    page = client.get(reverse("homes:roster_change", args=[shift.pk]))
    assert page.status_code == 200
    sent = client.post(reverse("homes:roster_change", args=[shift.pk]), {"gone": "leave", "reason": "探亲"})
    assert sent.status_code == 302 and "探亲" in client.get(url).content.decode()


def test_the_bureau_finds_the_homes_that_are_short_and_opens_their_roster(
    site_cast, home, beds, published, monkeypatch
):
    ratio_on_file(monkeypatch)
    stay = lies(people.make_person(), beds["1"])
    StayLevel.objects.create(stay=stay, level="full", period=(days(-10), None))
    client = people.client_for(site_cast.bureau)
    text = client.get(reverse("homes:rosters") + f"?week={MONDAY}&stands=short").content.decode()
    assert home.name in text and site_cast.home_b.name not in text
    assert reverse("homes:roster", args=[home.pk]) + f"?week={MONDAY}" in text
    assert [week.home for week in queries.short_homes(site_cast.bureau, MONDAY)] == [home]
    assert queries.short_homes(site_cast.stranger, MONDAY) == []
    page = client.get(reverse("homes:roster", args=[home.pk]) + f"?week={MONDAY}").content.decode()
    assert "《样例规定》三(一)2" in page and "按比例配备" in page
    sheet = client.get(reverse("homes:rosters") + f"?week={MONDAY}&format=xlsx")
    assert sheet.status_code == 200


def gone_free():
    return WorkItem.objects.filter(kind="homes.shifts_free", state="open")


def test_the_end_of_a_post_takes_off_later_shifts_and_tells_the_home(site_cast, home, carers, published):
    later = MONDAY + dt.timedelta(days=7)
    draft = actions.save_week(site_cast.manager_a, home.pk, later, {
        (carers[0].pk, later): "early", (carers[1].pk, later): "late"})
    post, end = Post.objects.get(worker=carers[0]), MONDAY + dt.timedelta(days=3)
    workforce.end_post(site_cast.manager_a, post.pk, end)
    stands = published.shifts.filter(gone="")
    assert set(stands.values_list("day", flat=True)) == {MONDAY + dt.timedelta(days=n) for n in range(3)}
    taken = published.shifts.filter(gone="left")
    assert taken.count() == 4 and all(one.gone_by == site_cast.manager_a and one.gone_reason for one in taken)
    assert [one.worker for one in draft.shifts.all()] == [carers[1]]
    told = gone_free().get()
    assert (told.site_ref, told.role, told.params["n"]) == (home.pk, "home_manager", 5)
    rows = AuditRow.objects.filter(action="homes.roster_post_ended")
    assert sorted(row.detail["shifts"] for row in rows) == [1, 4]
    page = client_for(site_cast.manager_a).get(told.url).content.decode()
    assert "已离岗" in page and page.count(">安排人员<") == 4 and "4个班次" in page
    first = reverse("homes:roster_add", args=[published.pk]) + f"?day={taken[0].day}&amp;shift={taken[0].shift}"
    assert f'href="{first}"' in page
    form = client_for(site_cast.manager_a).get(first.replace("&amp;", "&")).text
    assert f'value="{taken[0].day}" selected' in form and f'value="{taken[0].shift}" selected' in form
    for one in taken:
        assert gone_free().exists()
        actions.add_shift(site_cast.manager_a, published.pk, worker=carers[2].pk, day=one.day, shift=one.shift,
                          reason="顶班")
    assert not gone_free().exists()
    assert "安排人员" not in client_for(site_cast.manager_a).get(told.url).text


def test_two_of_one_name_are_told_apart_by_the_year_of_birth(site_cast, home, carers, published):
    namesake = staff(home, carers[0].name)
    Worker.objects.filter(pk=namesake.pk).update(birth_year=1985)
    address = reverse("homes:roster", args=[home.pk]) + f"?week={MONDAY}"
    page = client_for(site_cast.manager_a).get(address).text
    assert f"{namesake.name}（1985年生）" in page and f"{carers[1].name}（" not in page
    change = client_for(site_cast.manager_a).get(reverse("homes:roster_change", args=[published.shifts.first().pk]))
    assert "（1985年生）" not in change.text  # of those who can come instead, nobody else has the name


def test_a_next_post_in_the_home_and_what_has_begun_keep_their_shifts(site_cast, home, carers, published):
    friday = MONDAY + dt.timedelta(days=4)
    Post.objects.filter(worker=carers[0]).update(period=(days(-1500), friday))
    Post.objects.create(worker=carers[0], site=home, kind="nurse", period=(friday, None))
    workforce.end_post(site_cast.manager_a, Post.objects.get(worker=carers[0], kind="carer").pk, TUESDAY)
    assert {one.day for one in published.shifts.filter(gone="left")} == {TUESDAY + dt.timedelta(days=n) for n in
                                                                          range(3)}
    week = queries.monday_of(days(-7))
    past = Roster.objects.create(site=home, week=week, made_by=site_cast.manager_a)
    span = (timezone.now() - dt.timedelta(days=(days(0) - week).days), None)
    one = RosterShift.objects.create(
        roster=past, worker=carers[1], day=timezone.localdate(span[0]), shift="early", by=site_cast.manager_a,
        span=(span[0], span[0] + dt.timedelta(minutes=1)),
    )
    workforce.end_post(site_cast.manager_a, Post.objects.get(worker=carers[1]).pk, week)
    assert RosterShift.objects.filter(pk=one.pk, gone="").exists()


def test_nobody_says_by_hand_that_a_post_ended(site_cast, published):
    with pytest.raises(Refused) as refused:
        actions.change_shift(site_cast.manager_a, published.shifts.first().pk, gone="left", reason="离职")
    assert "gone" in refused.value.fields
