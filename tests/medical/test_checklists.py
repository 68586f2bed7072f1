"""A list of check-ups: checked row by row, taken in whole or not at all, taken back whole."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from tests.entitlements.conftest import doing
from tests.homes.conftest import days, lies
from yinian.core.attachments.actions import content_of
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.core.sheets.spec import fold
from yinian.medical.checklists import actions
from yinian.medical.checklists.models import CheckList
from yinian.medical.checklists.sheet import SHEET
from yinian.medical.models import CheckUp
from yinian.people.persons import keys

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "身份证号", "体检日期", "体检机构", "费用来源", "体检结果", "异常情况", "处理意见", "完成期限")


def with_number(person):
    number = people.make_id_number(person.birth_date, person.sex)
    person.id_number, person.id_index = number, keys.id_index(number)
    person.save()
    return person


@pytest.fixture
def two(site_cast, clinic):
    return [
        with_number(people.make_person(people.A1, "李桂花", birth=dt.date(1940, 5, 2))),
        with_number(people.make_person(people.A2, "刘长庚", birth=dt.date(1944, 3, 1), sex="male")),
    ]


def line(person, on=None, where="汨罗市人民医院", result="正常", *more, name=None, number=None):
    day = f"{on or days(-3):%Y-%m-%d}"
    return name or person.name, number or person.id_number, day, where, "基本公共卫生", result, *more


def book(*rows, head=HEAD):
    made = openpyxl.Workbook()
    for row in (head, *rows):
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    stream.seek(0)
    stream.name = "体检.xlsx"
    return stream


def fresh(found):
    return CheckList.objects.get(pk=found.pk)


def checked(actor, *rows, region=people.COUNTY):
    made = actions.upload(actor, book(*rows), region)
    actions.check(doing(made.job))
    return fresh(made)


def taken(actor, found):
    actions.take(doing(actions.start_taking(actor, found.pk, found.version)))
    return fresh(found)


def test_a_sound_list_is_entered_and_what_is_found_goes_to_the_village(site_cast, two):
    found = checked(site_cast.bureau, line(two[0]),
                    line(two[1], None, "汨罗市人民医院", "异常", "血压偏高", "复查血压", f"{days(20):%Y-%m-%d}"))
    assert found.counts == {"rows": 2, "faulty": 0, "known": 0, "fresh": 2, "abnormal": 1}
    assert not CheckUp.objects.exists()
    done = taken(site_cast.bureau, found)
    assert done.state == "taken" and done.taken_by == site_cast.bureau
    assert set(CheckUp.objects.values_list("person", "result")) == {(two[0].pk, "normal"), (two[1].pk, "abnormal")}
    one = CheckUp.objects.get(person=two[1])
    assert (one.findings, one.follow, one.follow_by) == ("血压偏高", "复查血压", days(20))
    item = WorkItem.objects.get(kind="medical.follow_up", state="open")
    assert item.region_id == people.A2
    assert AuditRow.objects.get(action="medical.check_list_take").detail["fresh"] == 2


def test_one_faulty_row_keeps_the_whole_list_out_and_each_fault_names_its_row(site_cast, two):
    nobody = people.make_id_number(dt.date(1950, 1, 1), "male")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    found = checked(
        site_cast.bureau, line(two[0]), line(two[1], name="刘长根"), line(two[1], number=nobody),
        line(two[1], where="无名医院"), line(two[1], None, "汨罗市人民医院", "异常", "血压偏高"),
        line(two[1], tomorrow), line(two[0]),
    )
    assert found.counts["faulty"] == 6
    assert {(row, key) for row, key, _code, _params in found.faults} == {
        (3, "name"), (4, "id_number"), (5, "institution"), (6, "follow"), (6, "follow_by"),
        (6, "done_on"), (7, "done_on"), (8, "done_on"),  # the rows 6 and 8 are there twice
    }
    with pytest.raises(Refused):
        actions.start_taking(site_cast.bureau, found.pk, found.version)
    assert not CheckUp.objects.exists()
    page = client_for(site_cast.bureau).get(reverse("medical:checklist", args=[found.pk])).content.decode()
    assert "没有登记过该名称的医疗机构" in page and two[0].id_number not in page
    with content_of(found.returned) as file:
        back = openpyxl.load_workbook(io.BytesIO(file.read()))
    words = [str(cell.value) for row in back.worksheets[0].iter_rows() for cell in row if cell.value]
    assert any("没有登记过该名称的医疗机构" in text for text in words)


def test_a_mended_list_enters_only_what_is_not_entered_yet(site_cast, two):
    taken(site_cast.bureau, checked(site_cast.bureau, line(two[0])))
    again = checked(site_cast.bureau, line(two[0]), line(two[1]))
    assert (again.counts["known"], again.counts["fresh"]) == (1, 1)
    taken(site_cast.bureau, again)
    assert CheckUp.objects.count() == 2
    same = checked(site_cast.bureau, line(two[0]), line(two[1]))
    with pytest.raises(Refused):
        actions.start_taking(site_cast.bureau, same.pk, same.version)


def test_nothing_is_taken_in_where_the_register_changed_since_the_check(site_cast, two):
    found = checked(site_cast.bureau, line(two[0]), line(two[1]))
    job = actions.start_taking(site_cast.bureau, found.pk, found.version)
    type(two[1]).objects.filter(pk=two[1].pk).update(name="刘长根")
    with pytest.raises(Refused):
        actions.take(doing(job))
    assert not CheckUp.objects.exists() and fresh(found).state == "checked"


def test_a_list_reaches_only_people_of_its_area_and_officers_of_it(site_cast, two):
    town = checked(site_cast.town_a, line(two[0]), region=people.TOWN_A)
    assert town.counts["faulty"] == 0
    stranger = with_number(people.make_person(people.B1, "何满姑"))
    other = checked(site_cast.town_a, line(stranger), region=people.TOWN_A)
    assert [code for _row, _key, code, _params in other.faults] == ["checked_nobody"]
    with pytest.raises(NotVisible):
        actions.upload(site_cast.town_a, book(line(two[0])), people.TOWN_B)
    with pytest.raises(NotVisible):
        actions.start_taking(site_cast.town_b, town.pk, town.version)
    with pytest.raises((Forbidden, NotVisible)):
        actions.upload(site_cast.manager_a, book(line(two[0])), people.TOWN_A)


BARE = ("姓名", "出生日期", "村(社区)", "养老机构", "体检日期", "体检机构", "费用来源", "体检结果", "身份证号")


def bare(name, birth, village="", home="", number="", on=None):
    day = f"{on or days(-3):%Y-%m-%d}"
    born = f"{birth:%Y-%m-%d}" if birth else ""
    return name, born, village, home, day, "汨罗市人民医院", "基本公共卫生", "正常", number


def bare_checked(actor, *rows, region=people.COUNTY):
    made = actions.upload(actor, book(*rows, head=BARE), region)
    actions.check(doing(made.job))
    return fresh(made)


def test_a_row_without_an_id_number_is_whose_name_birth_and_village_or_home_fit_only_one(site_cast, two):
    woman, man = two
    lies(man, site_cast.home_b.beds.earliest("pk"), since=-10)
    woman.id_number = woman.id_index = woman.id_tail_index = None  # never known
    woman.save()
    people.make_person(people.B1, "李桂花", birth=woman.birth_date)  # of another village
    found = bare_checked(
        site_cast.bureau, bare("李桂花", woman.birth_date, village="汨罗镇汴塘村"),
        bare("刘长庚", man.birth_date, home=site_cast.home_b.name),
    )
    assert (found.counts["faulty"], found.counts["fresh"]) == (0, 2), found.faults
    taken(site_cast.bureau, found)
    assert set(CheckUp.objects.values_list("person", flat=True)) == {woman.pk, man.pk}


def test_a_row_that_fits_nobody_or_several_comes_back_with_its_reason(site_cast, two):
    woman, man = two
    people.make_person(people.A1, "李桂花", birth=woman.birth_date)  # a namesake of the same village and day
    lies(man, site_cast.home_b.beds.earliest("pk"), since=-2)
    found = bare_checked(
        site_cast.bureau,
        bare("李桂花", woman.birth_date, village="汴塘村"),  # 2: two of them
        bare("李桂花", woman.birth_date, village="大托村"),  # 3: not there
        bare("刘长庚", man.birth_date, home=site_cast.home_a.name),  # 4: in the other home
        bare("刘长庚", man.birth_date, home=site_cast.home_b.name, on=days(-3)),  # 5: not yet there on that day
        bare("刘长庚", man.birth_date, home="无名养老院"),  # 6: no such home
        bare("刘长庚", man.birth_date),  # 7: nowhere said
        bare("刘长庚", None, village="蟠龙桥村"),  # 8: no birth date
        bare("刘长庚", dt.date(1944, 3, 2), village="蟠龙桥村"),  # 9: another day
    )
    assert [(row, code) for row, _key, code, _params in found.faults] == [
        (2, "checked_several"), (3, "checked_nobody_there"), (4, "checked_nobody_there"), (5, "checked_nobody_there"),
        (6, "checked_no_home"), (7, "checked_too_thin"), (8, "checked_too_thin"), (9, "checked_nobody_there"),
    ]
    page = client_for(site_cast.bureau).get(reverse("medical:checklist", args=[found.pk])).text
    assert "该处有2人姓名和出生日期相同" in page and "无名养老院" not in page
    with content_of(found.returned) as file:
        back = openpyxl.load_workbook(io.BytesIO(file.read()))
    words = [str(cell.value) for row in back.worksheets[0].iter_rows() for cell in row if cell.value]
    assert any("没有身份证号的" in text for text in words)


def test_a_list_of_a_town_finds_nobody_of_another_by_name_and_one_person_only_once(site_cast, two):
    stranger = people.make_person(people.B1, "何满姑", birth=dt.date(1941, 1, 1))
    town = bare_checked(site_cast.town_a, bare("何满姑", stranger.birth_date, village="大托村"), region=people.TOWN_A)
    assert [code for _row, _key, code, _params in town.faults] == ["checked_nobody_there"]
    twice = bare_checked(
        site_cast.bureau, bare("刘长庚", two[1].birth_date, village="蟠龙桥村"),
        bare("刘长庚", two[1].birth_date, number=two[1].id_number),
        bare("李桂花", dt.date(1939, 1, 1), number=two[0].id_number),
    )
    assert [(row, code) for row, _key, code, _params in twice.faults] == [
        (3, "checked_twice"), (4, "checked_other_birth")]


def test_a_wrong_list_is_taken_back_whole_with_a_reason(site_cast, two):
    ill = line(two[1], None, "汨罗市人民医院", "异常", "血压偏高", "复查", f"{days(9):%Y-%m-%d}")
    done = taken(site_cast.bureau, checked(site_cast.bureau, line(two[0]), ill))
    with pytest.raises(Refused):
        actions.take_back(site_cast.bureau, done.pk, done.version, " ")
    with pytest.raises(Changed):
        actions.take_back(site_cast.bureau, done.pk, done.version - 1, "传错文件")
    back = actions.take_back(site_cast.bureau, done.pk, done.version, "传错文件")
    assert back.state == "back" and not CheckUp.objects.filter(error_at__isnull=True).exists()
    assert CheckUp.objects.filter(error_reason="传错文件").count() == 2
    assert not WorkItem.objects.filter(kind="medical.follow_up", state="open").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckList.objects.filter(pk=done.pk).update(back_reason="")


def test_a_page_text_of_what_is_no_list_is_refused_beside_the_file(site_cast, two):
    client = client_for(site_cast.bureau)
    assert client.get(reverse("medical:checklist_template")).status_code == 200
    sent = {"region": people.COUNTY, "file": SimpleUploadedFile("x.xlsx", b"%PDF-1.4")}
    assert client.post(reverse("medical:checklist_new"), sent).status_code == 422
    file = SimpleUploadedFile("体检.xlsx", book(line(two[0])).read())
    answer = client.post(reverse("medical:checklist_new"), {"region": people.COUNTY, "file": file})
    made = CheckList.objects.get()
    assert answer.url == reverse("medical:checklist", args=[made.pk])
    assert made.file.name in client.get(reverse("medical:checklists")).content.decode()


def test_the_template_is_read_again_as_it_was_filled(site_cast, two):
    filled = openpyxl.load_workbook(io.BytesIO(actions.template(site_cast.bureau)))
    sheet = filled.worksheets[0]
    head = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if "身份证号" in str(row))
    for heading, value in zip(HEAD, line(two[0]), strict=False):
        place = next(n for n, column in enumerate(SHEET.columns, 1) if fold(heading) in column.headings())
        sheet.cell(head + 1, place, value)
    stream = io.BytesIO()
    filled.save(stream)
    stream.seek(0)
    stream.name = "体检名单.xlsx"
    made = actions.upload(site_cast.bureau, stream, people.COUNTY)
    actions.check(doing(made.job))
    assert fresh(made).counts["fresh"] == 1, fresh(made).faults


def test_taking_back_by_the_page_asks_why(site_cast, two):
    done = taken(site_cast.bureau, checked(site_cast.bureau, line(two[0])))
    client, address = client_for(site_cast.bureau), reverse("medical:checklist_back", args=[done.pk])
    assert client.post(address, {"version": done.version, "reason": ""}).status_code == 422
    assert client.post(address, {"version": done.version, "reason": "传错文件"}).status_code == 302
    assert "传错文件" in client.get(reverse("medical:checklist", args=[done.pk])).content.decode()
