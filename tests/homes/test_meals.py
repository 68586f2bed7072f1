"""The kitchen: diets that hold once, menus of a week, the sheet of a meal, who ate how much and who eats little."""

import datetime as dt
import io
import uuid

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.homes.care.actions import Entry
from yinian.homes.care.book import BookError
from yinian.homes.living.book import FILE, living
from yinian.homes.living.meals import actions, queries
from yinian.homes.living.meals.forms import names_of
from yinian.homes.models import Absence, Diet, Dish, Intake, Menu, Outing
from yinian.people.duplicates.movers import MOVERS

pytestmark = pytest.mark.django_db

LUNCH = "lunch"


def ordered(cast, stay, kind, on=0, **more):
    return actions.order_diet(
        cast.manager_a, stay.pk, **{"kind": kind, "on": days(on), "origin": "doctor", "reason": "医嘱"} | more
    )


def typed(cast, week, **lunches):
    """Lunches of a week by weekday number."""
    home = cast.home_a
    return actions.keep_menus(
        cast.manager_a, home.pk, week,
        {(week + dt.timedelta(days=int(n[1:])), LUNCH): names for n, names in lunches.items()},
        queries.week_stamp(home, week),
    )


def ate(cast, stay, amount, back=0, meal=LUNCH, reason="appetite"):
    """A record of so many days back, as it was made then."""
    at = timezone.now() - dt.timedelta(days=back)
    local = timezone.localtime(at)
    return Intake.objects.create(
        person=stay.person, site=cast.home_a, day=local.date(), meal=meal, slot=local.hour * 60 + local.minute,
        amount=amount, reason="" if amount == "all" else reason, at=at, recorded_at=at, recorded_by=cast.carer_a,
    )


def test_a_catalogue_whose_usual_diet_is_no_texture_is_refused(tmp_path):
    spoilt = tmp_path / "living.yaml"
    spoilt.write_text(FILE.read_text("utf-8").replace("usual: regular", "usual: halal"), "utf-8")
    with pytest.raises(BookError, match="halal must be one of the textures"):
        living(spoilt)
    spoilt.write_text(FILE.read_text("utf-8").replace("little_meals: 3", "little_meals: 0"), "utf-8")
    with pytest.raises(BookError, match="little_meals"):
        living(spoilt)


def test_a_new_texture_ends_the_old_one_and_a_limit_stands_beside_it(resident, site_cast):
    Diet.objects.create(person=resident.person, site=site_cast.home_a, kind="regular", strand="texture",
                        origin="assessment", held=(days(-5), None), reason="入院", entered_by=site_cast.manager_a)
    ordered(site_cast, resident, "soft")
    ordered(site_cast, resident, "low-salt")
    ordered(site_cast, resident, "allergy-peanut")
    old = Diet.objects.get(kind="regular")
    assert old.held.upper == days(0) and old.stopped_by == site_cast.manager_a and old.stop_reason
    mine = queries.eats(queries.diets_on([resident.person_id], days(0))[resident.person_id])
    assert (mine.kinds, mine.avoids) == (("soft", "low-salt"), ("allergy-peanut",))
    assert (mine.label, mine.foods) == ("软食 · 低盐", "花生")


def test_the_same_diet_is_not_ordered_twice_and_the_database_holds_it(resident, site_cast):
    ordered(site_cast, resident, "low-salt")
    with pytest.raises(Refused) as refusal:
        ordered(site_cast, resident, "low-salt", on=3)
    assert "kind" in refusal.value.fields
    for kind, strand in (("low-salt", "low-salt"), ("minced", "texture"), ("pureed", "texture")):
        def write(kind=kind, strand=strand):
            return Diet.objects.create(
                person=resident.person, site=site_cast.home_a, kind=kind, strand=strand, origin="doctor",
                held=(days(0), None), reason="x", entered_by=site_cast.manager_a,
            )
        if kind == "minced":
            write()
            continue
        with pytest.raises(IntegrityError, match="one_diet_of_a_kind_at_a_time"), transaction.atomic():
            write()


def test_an_order_before_one_that_begins_later_needs_an_end(resident, site_cast):
    ordered(site_cast, resident, "soft", on=5)
    with pytest.raises(Refused) as refusal:
        ordered(site_cast, resident, "pureed")
    assert "on" in refusal.value.fields
    assert ordered(site_cast, resident, "pureed", until=days(4)).held.upper == days(5)


def test_a_diet_is_ordered_by_the_manager_of_the_home_alone(resident, site_cast):
    with pytest.raises(Forbidden):
        actions.order_diet(site_cast.carer_a, resident.pk, kind="soft", on=days(0), origin="doctor", reason="x")
    with pytest.raises(NotVisible):
        actions.order_diet(site_cast.manager_b, resident.pk, kind="soft", on=days(0), origin="doctor", reason="x")
    assert not Diet.objects.exists()


def test_a_diet_is_ended_with_a_reason_and_never_written_over(resident, site_cast):
    diet = ordered(site_cast, resident, "soft")
    with pytest.raises(Refused):
        actions.end_diet(site_cast.manager_a, diet.pk, 1, " ")
    with pytest.raises(Changed):
        actions.end_diet(site_cast.manager_a, diet.pk, 7, "好转")
    actions.end_diet(site_cast.manager_a, diet.pk, 1, "好转")
    diet.refresh_from_db()
    assert diet.held.upper == days(1) and diet.stop_reason == "好转"
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Diet.objects.filter(pk=diet.pk).update(kind="liquid")


def test_an_allergy_goes_along_to_the_next_home(resident, site_cast):
    ordered(site_cast, resident, "allergy-fish")
    type(resident).objects.filter(pk=resident.pk).update(period=(days(-30), days(0)), end_kind="other_home")
    there = lies(resident.person, site_cast.home_b.beds.earliest("pk"), since=0)
    sheet = queries.kitchen(site_cast.manager_b, site_cast.home_b, days(0), living().meals[LUNCH])
    assert sheet.special[0].stay == there and sheet.special[0].eats.foods == "鱼"


def test_a_week_is_typed_copied_and_published(resident, site_cast):
    week = queries.monday(days(0))
    assert typed(site_cast, week, d0=["红烧豆腐", "青菜", "红烧豆腐"], d1=["鸡蛋羹"]) == 2
    assert Dish.objects.filter(allergens=None).count() == 3
    later = week + dt.timedelta(days=7)
    assert typed(site_cast, later, d0=["面条"]) == 1
    assert actions.copy_week(site_cast.manager_a, site_cast.home_a.pk, later) == 1
    found = queries.menus_of(site_cast.home_a, later)
    assert [line.dish.name for line in found[later + dt.timedelta(days=1), LUNCH].lines.all()] == ["鸡蛋羹"]
    assert [line.dish.name for line in found[later, LUNCH].lines.all()] == ["面条"]
    assert actions.publish_week(site_cast.manager_a, site_cast.home_a.pk, later) == 2
    with pytest.raises(Refused):
        actions.publish_week(site_cast.manager_a, site_cast.home_a.pk, later)
    assert not queries.menus_of(site_cast.home_a, week, published=True)


def test_a_menu_that_somebody_changed_meanwhile_is_looked_at_again(resident, site_cast):
    week = queries.monday(days(0))
    seen = queries.week_stamp(site_cast.home_a, week)
    typed(site_cast, week, d0=["青菜"])
    with pytest.raises(Changed):
        actions.keep_menus(site_cast.manager_a, site_cast.home_a.pk, week, {(week, LUNCH): ["萝卜"]}, seen)
    assert typed(site_cast, week, d0=[]) == 1 and not Menu.objects.exists()


def test_the_database_keeps_one_menu_a_meal(site_cast):
    given = {"site": site_cast.home_a, "day": days(0), "meal": LUNCH, "changed_by": site_cast.manager_a}
    Menu.objects.create(**given)
    with pytest.raises(IntegrityError, match="one_menu_a_meal"), transaction.atomic():
        Menu.objects.create(**given)


def test_names_of_dishes_are_read_line_by_line_or_with_commas():
    assert names_of(" 豆腐\n青菜、萝卜,  鱼\n\n") == ["豆腐", "青菜", "萝卜", "鱼"]


@pytest.fixture
def table(resident, beds, site_cast):
    """Three more residents: one on soft food, one away, one out at lunch; and one by day."""
    from yinian.places.models import Bed

    soft = lies(people.make_person(name="王大爷", sex="male"), beds["2"])
    ordered(site_cast, soft, "soft")
    ordered(site_cast, soft, "allergy-peanut")
    away = lies(people.make_person(name="赵奶奶"), beds["3"])
    Absence.objects.create(stay=away, kind="leave", period=(days(0), None), reason="回家")
    out = lies(people.make_person(name="钱奶奶"), beds["4"])
    now = timezone.now()
    Outing.objects.create(
        person=out.person, site=site_cast.home_a, left_at=now - dt.timedelta(minutes=5),
        expected_back=queries.local(days(2), 0), relation="alone", reason="走亲戚",
        recorded_by=site_cast.carer_a,
    )
    place = Bed.objects.create(site=site_cast.home_a, kind="day", label="日托1")
    by_day = lies(people.make_person(name="孙奶奶"), place, kind="day")
    return {"soft": soft, "away": away, "out": out, "by_day": by_day}


def test_the_kitchen_sheet_counts_by_diet_and_leaves_out_who_is_away_or_out(table, resident, site_cast):
    tomorrow = days(1)  # whose lunch the outing still covers
    sheet = queries.kitchen(site_cast.manager_a, site_cast.home_a, tomorrow, living().meals[LUNCH])
    assert [(label, total) for label, _counts, total in sheet.rows()] == [("普食", 2), ("软食", 1)]
    assert sheet.all == 3 and sum(sheet.by_floor()) == 3
    assert {stay.person.name for stay, _why in sheet.left_out} == {"赵奶奶", "钱奶奶"}
    supper = queries.kitchen(site_cast.manager_a, site_cast.home_a, tomorrow, living().meals["supper"])
    assert "孙奶奶" not in {plate.stay.person.name for plate in supper.plates}


def test_the_kitchen_sheet_warns_of_a_dish_that_is_not_for_somebody(table, site_cast):
    week = queries.monday(days(1))
    actions.keep_menus(
        site_cast.manager_a, site_cast.home_a.pk, week, {(days(1), LUNCH): ["宫保鸡丁", "青菜", "炒花生", "硬饼"]},
        queries.week_stamp(site_cast.home_a, week),
    )
    for name, allergens, unfit in (("宫保鸡丁", ["allergy-peanut"], []), ("青菜", [], []), ("硬饼", [], ["soft"])):
        actions.describe_dish(
            site_cast.manager_a, Dish.objects.get(name=name).pk, allergens=allergens, unfit=unfit
        )
    sheet = queries.kitchen(site_cast.manager_a, site_cast.home_a, days(1), living().meals[LUNCH])
    assert [(p.clash, p.unsure) for p in sheet.special] == [(("宫保鸡丁", "硬饼"), ("炒花生",))]
    with pytest.raises(Refused):
        actions.describe_dish(site_cast.manager_a, Dish.objects.first().pk, allergens=["soft"], unfit=[])


def test_the_sheet_is_printed_and_goes_out_as_a_workbook(table, site_cast):
    client, home = people.client_for(site_cast.manager_a), site_cast.home_a
    asked = f"?day={days(1)}&meal={LUNCH}"
    page = client.get(reverse("homes:kitchen", args=[home.pk]) + asked)
    assert page.status_code == 200 and "王大爷" in page.text and "忌" not in page.text.split("<main")[0]
    printed = client.get(reverse("homes:kitchen_print", args=[home.pk]) + asked)
    assert printed.content.startswith(b"%PDF")
    excel = client.get(reverse("homes:kitchen_excel", args=[home.pk]) + asked)
    book = openpyxl.load_workbook(io.BytesIO(excel.content))
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)] == ["普食", "软食"]
    assert [cell.value for cell in book.worksheets[1][2]][:2] == ["101-2", "王大爷"]
    assert AuditRow.objects.filter(action="homes.kitchen_out", actor=site_cast.manager_a).count() == 1
    assert people.client_for(site_cast.bureau).get(
        reverse("homes:kitchen_excel", args=[home.pk]) + asked).status_code == 403
    assert client.get(reverse("homes:kitchen", args=[home.pk]) + "?day=morgen").status_code == 404


def last_served():
    """The day, meal and moment of the meal whose time passed last."""
    served = [(queries.local(day, meal.minute), day, meal.id) for day in (days(-1), days(0))
              for meal in living().meals.values()]
    at, day, meal = max(one for one in served if one[0] <= timezone.now())
    return day, meal, at


def test_a_meal_is_recorded_once_with_a_reason_for_less_than_all(resident, site_cast):
    day, meal, at = last_served()
    entry = Entry(at, nonce=uuid.uuid4())
    with pytest.raises(Refused) as refusal:
        actions.record_intake(site_cast.carer_a, resident.pk, meal, day, "half", entry=entry)
    assert "reason" in refusal.value.fields
    made = actions.record_intake(site_cast.carer_a, resident.pk, meal, day, "half", reason="appetite", entry=entry)
    again = actions.record_intake(site_cast.carer_a, resident.pk, meal, day, "half", reason="appetite", entry=entry)
    assert made.pk == again.pk
    with pytest.raises(Changed):
        actions.record_intake(site_cast.manager_a, resident.pk, meal, day, "all", entry=Entry(at))
    with pytest.raises(Refused):
        actions.record_intake(site_cast.carer_a, resident.pk, meal, day - dt.timedelta(days=2), "all")
    better = actions.correct_intake(site_cast.manager_a, made.pk, "all", why="看错了床号")
    assert better.corrects == made and better.reason == ""
    with pytest.raises(Changed):
        actions.correct_intake(site_cast.manager_a, made.pk, "none", reason="unwell", why="x")
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Intake.objects.filter(pk=made.pk).update(amount="all", reason="")


def test_who_ate_little_at_several_meals_in_a_row_stands_on_the_list(resident, beds, site_cast):
    other = lies(people.make_person(name="王大爷", sex="male"), beds["2"])
    for back in (3, 2, 1):
        ate(site_cast, resident, "little" if back != 2 else "none", back)
        ate(site_cast, other, "little", back)
    ate(site_cast, other, "all", 0)
    found, rows, _least = queries.eat_little(site_cast.manager_a, site_cast.home_a)
    assert [stay.person_id for stay in found] == [resident.person_id] and rows[resident.person_id].meals == 3
    page = people.client_for(site_cast.carer_a).get(reverse("homes:eat_little", args=[site_cast.home_a.pk]))
    assert "李桂花" in page.text and "王大爷" not in page.text


def test_the_bedside_shows_diet_and_allergy_and_takes_how_much_was_eaten(resident, site_cast):
    ordered(site_cast, resident, "soft")
    ordered(site_cast, resident, "allergy-egg")
    client = people.client_for(site_cast.carer_a)
    page = client.get(reverse("homes:sheet", args=[resident.pk])).text
    assert "软食" in page and "鸡蛋" in page
    now = timezone.localtime()
    sent = {"meal": "lunch", "day": now.date().isoformat(), "slot": "690", "amount": "little"}
    answer = client.post(reverse("homes:intake", args=[resident.pk]), sent, headers={"X-Bedside": "1"})
    assert answer.status_code == 422 and not Intake.objects.exists()


def test_pages_of_the_kitchen_open_for_manager_and_carer(table, resident, site_cast):
    typed(site_cast, queries.monday(days(0)), d0=["青菜"])
    ate(site_cast, resident, "half")
    for user, edit in ((site_cast.manager_a, 200), (site_cast.carer_a, 403)):
        client, home = people.client_for(user), site_cast.home_a
        for name in ("meals", "diets", "dishes", "intakes"):
            assert client.get(reverse(f"homes:{name}", args=[home.pk])).status_code == 200
        assert client.get(reverse("homes:diets", args=[home.pk]) + "?allergic=1&kind=soft").text.count("王大爷") == 1
        assert client.get(reverse("homes:menu_edit", args=[home.pk])).status_code == edit
        assert client.get(reverse("homes:diet", args=[table["soft"].pk])).status_code == 200
        assert client.get(reverse("homes:stay", args=[table["out"].pk])).status_code == 200


def test_a_menu_typed_on_the_page_comes_back_with_what_was_typed_when_somebody_was_faster(site_cast):
    client, home = people.client_for(site_cast.manager_a), site_cast.home_a
    week = queries.monday(days(0))
    url = reverse("homes:menu_edit", args=[home.pk]) + f"?week={week}"
    sent = {"stamp": queries.week_stamp(home, week), f"{week:%Y%m%d}-lunch": "豆腐\n青菜"}
    assert client.post(url, sent).status_code == 302
    again = client.post(url, sent | {f"{week:%Y%m%d}-lunch": "冬瓜汤"})
    assert again.status_code == 409 and "冬瓜汤" in again.text


def test_what_was_eaten_and_ordered_goes_to_the_kept_entry_and_comes_back(resident, site_cast):
    kept = people.make_person(name="李桂华")
    ordered(site_cast, resident, "soft")
    ate(site_cast, resident, "all")
    mover = MOVERS["homes.living"]
    moved = mover.move(site_cast.bureau, kept, resident.person, "同一人")
    assert Diet.objects.get().person == kept and Intake.objects.get().person == kept
    mover.restore(site_cast.bureau, kept, resident.person, moved, "误并")
    assert Diet.objects.get().person == resident.person
