"""Ten everyday tasks, done as the person who does them would, with the actions each takes after login."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

# All browser tests share one site, so they stay on one worker (xdist reads the group while it collects).
pytestmark = pytest.mark.browser


def _first_person(site, where=""):
    """A living person (id, name, initials) of the village worker's village; ``where`` narrows the queryset."""
    text = site.python(
        "from yinian.core.models import Posting; from yinian.people.models import Person\n"
        "village = Posting.objects.get(user__username='cun').region_id\n"
        "people = Person.objects.filter(region__code__startswith=village, state='living')\n"
        f"p = people{where}.order_by('birth_date')[0]\n"
        "print(p.pk, p.name, p.name_initials)"
    )
    pk, name, initials = text.split()
    return int(pk), name, initials


def test_a_village_worker_finds_a_person_by_initials_and_says_what_she_is_due_and_why(as_role, site, capsys):
    pk, name, initials = _first_person(site)
    hand = as_role("village_worker")
    page = hand.page
    hand.type_and_enter(page.locator("#find"), initials)
    hand.click(page.locator(f"main a[href='/people/{pk}/']"))
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator("ul.due-lines:not(.plain)")).to_contain_text(re.compile("享受|核查"))
    hand.click(page.locator(f"a[href*='/services/person/{pk}/']"))
    expect(page.locator("main")).to_contain_text(re.compile("依据|清单"))
    hand.done(capsys, "find a person by initials, say what she is due and why", 3)


def test_a_village_worker_sees_who_must_be_checked_and_prints_the_list(as_role, capsys):
    hand = as_role("village_worker")
    page = hand.page
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1 }")
    page.reload()
    hand.click(page.locator("ul.work a.btn[href*='check']"))
    expect(page.locator("table.check-table tbody tr").first).to_be_visible()
    hand.click(page.locator("[data-print]"))
    assert page.evaluate("window.printed") == 1
    hand.done(capsys, "see who in my village must be checked and print the list", 3)


def _faulty_list(site, folder: Path) -> Path:
    """A relief list from the template: eight rows of real entries, five of them with one fault each."""
    rows = site.python(
        "from yinian.people.models import Person\n"
        "for p in Person.objects.filter(state='living', id_number__isnull=False).order_by('pk')[40:48]:\n"
        "    print(p.id_number, p.name, sep='|')"
    ).splitlines()
    people = [row.split("|") for row in rows]
    template = folder / "template.xlsx"
    template.write_bytes(
        bytes.fromhex(
            site.python(
                "import io; from django.utils import translation; translation.activate('zh-hans')\n"
                "from yinian.core.sheets import write_template; from yinian.people.imports.lists import LISTS\n"
                "out = io.BytesIO(); write_template(LISTS['relief'].sheet, out); print(out.getvalue().hex())"
            )
        )
    )
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    header_row = next(r for r in range(1, 8) if any("身份证" in str(c.value or "") for c in sheet[r]))
    column = {str(c.value).strip("* ＊（必填）"): c.column for c in sheet[header_row] if c.value}
    number = next(v for k, v in column.items() if "身份证" in k)
    name = next(v for k, v in column.items() if "姓名" in k)
    relief = next(v for k, v in column.items() if "救助" in k)
    since = next(v for k, v in column.items() if "起" in k or "日期" in k)
    for offset, (id_number, who) in enumerate(people, 1):
        row = header_row + offset
        sheet.cell(row, number, id_number)
        sheet.cell(row, name, who)
        sheet.cell(row, relief, "低保")
        sheet.cell(row, since, "2026-01-01")
    first = header_row + 1
    digit = people[0][0]
    sheet.cell(first, number, digit[:-1] + ("1" if digit[-1] != "1" else "2"))  # a wrong check digit
    sheet.cell(first + 1, since, "2026-02-30")  # an impossible date
    sheet.cell(first + 2, relief, "很困难")  # not a kind of relief
    sheet.cell(first + 3, name).value = None  # a name left out
    sheet.cell(first + 4, number, people[4][0][:10])  # too short a number
    path = folder / "faulty.xlsx"
    book.save(path)
    return path


def _mend(site, returned: Path, folder: Path) -> Path:
    """Mend what the returned workbook marks, in the workbook itself."""
    book = openpyxl.load_workbook(returned)
    sheet = book.worksheets[0]
    header_row = next(r for r in range(1, 8) if any("身份证" in str(c.value or "") for c in sheet[r]))
    titles = {str(c.value): c.column for c in sheet[header_row] if c.value}
    number = next(v for k, v in titles.items() if "身份证" in k)
    name = next(v for k, v in titles.items() if "姓名" in k)
    relief = next(v for k, v in titles.items() if "救助" in k)
    since = next(v for k, v in titles.items() if "起" in k or "日期" in k)
    right = site.python(
        "from yinian.people.models import Person\n"
        "for p in Person.objects.filter(state='living', id_number__isnull=False).order_by('pk')[40:48]:\n"
        "    print(p.id_number, p.name, sep='|')"
    ).splitlines()
    problem = next(v for k, v in titles.items() if "问题" in k)
    faults = [r for r in range(header_row + 1, header_row + 9) if sheet.cell(r, problem).value]
    assert len(faults) == 5, f"five faults were made, {len(faults)} came back with a reason"
    for offset, line in enumerate(right, 1):
        id_number, who = line.split("|")
        row = header_row + offset
        sheet.cell(row, number).value = id_number
        sheet.cell(row, name).value = who
        sheet.cell(row, relief).value = "低保"
        sheet.cell(row, since).value = "2026-01-01"
    path = folder / "mended.xlsx"
    book.save(path)
    return path


def test_a_bureau_officer_loads_a_list_with_five_faults_mends_it_and_finishes(as_role, site, tmp_path, capsys):
    faulty = _faulty_list(site, tmp_path)
    hand = as_role("bureau_officer")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/people/imports/']"))
    hand.click(page.locator("main a[href*='/imports/new/?list=relief']"))
    hand.upload(page.locator("input[type=file]"), faulty)
    hand.click(page.locator("main form .acts button[type=submit], main form .acts button.btn-primary"))
    returned_link = page.locator("a[href*='/returned/']")
    expect(returned_link.first).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        hand.click(returned_link)
    returned = tmp_path / "returned.xlsx"
    download.value.save_as(returned)
    mended = _mend(site, returned, tmp_path)
    faulty_page = page.url
    hand.upload(page.locator("input[type=file]"), mended)
    page.wait_for_url(lambda url: url != faulty_page and re.search(r"/people/imports/\d+/$", url) is not None)
    load = page.locator("[data-consequence], details.confirm summary, form[action*='/load/'] button, [data-confirm]")
    expect(load.first).to_be_visible(timeout=60_000)
    hand.click(load)
    sure = page.locator("form[action*='/load/'] button:visible")
    if sure.count():
        sure.first.click()  # the one question asked before loading
        hand.actions += 1
        hand.steps.append("click")
    expect(page.locator("main")).to_contain_text("已导入", timeout=60_000)
    hand.done(capsys, "load a departmental list with five faults, mend them, finish", 8)


def test_a_dispatcher_finds_the_free_nursing_beds_nearest_to_a_village(as_role, site, capsys):
    hand = as_role("dispatcher")
    page = hand.page
    village = site.python(
        "from yinian.core.models import Posting; print(Posting.objects.get(user__username='cun').region_id)"
    )
    hand.click(page.locator("nav.rail a[href='/homes/']"))
    hand.click(page.locator("main a[href*='free']"))
    hand.choose(page.locator("select[name=near]"), village)
    first = page.locator("#offers li.offer").first
    expect(first).to_contain_text("公里")
    hand.click(page.locator("#offers li.offer h2 a"))
    expect(page.locator("table tbody tr").first).to_contain_text("护理")
    hand.done(capsys, "find the free nursing beds nearest to a village", 4)


def test_a_bureau_officer_follows_the_countys_figure_down_to_one_person(as_role, capsys):
    hand = as_role("bureau_officer")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/services/']"))
    row = page.locator("table.figures tbody tr", has=page.locator("a[href*='advanced-age-allowance']")).first
    hand.click(row.locator("td a"))
    expect(page.locator("table tbody tr").first).to_be_visible()
    hand.click(page.locator("main table.list-table tbody a"))
    expect(page.locator("main")).to_contain_text("高龄津贴")
    hand.done(capsys, "follow the county's figure of people due an allowance down to one person", 4)


def test_a_town_officer_records_that_a_person_lives_alone(as_role, site, capsys):
    pk, _name, initials = _first_person(site, ".exclude(spells__kind='living', spells__value='alone')")
    hand = as_role("town_officer")
    page = hand.page
    hand.type_and_enter(page.locator("#find"), initials)
    hand.click(page.locator(f"main a[href='/people/{pk}/']"))
    hand.click(page.locator(f"a[href='/people/{pk}/record/']"))
    hand.click(page.locator(f"a[href*='/people/{pk}/'][href*='living']"))
    hand.click(page.locator("input[name=value][value=alone]"))
    if not page.locator("input[name=from_date]").input_value():
        hand.fill(page.locator("input[name=from_date]"), "2026-11-01")
    hand.click(page.locator("main form .acts button.btn-primary"))
    page.wait_for_url(re.compile(rf"/people/{pk}/"))
    expect(page.locator("#facts, main").first).to_contain_text("独居")
    hand.done(capsys, "record that a person lives alone", 7)


def test_a_bureau_officer_merges_a_person_entered_twice(as_role, capsys):
    hand = as_role("bureau_officer")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/people/']"))
    hand.click(page.locator("main a[href*='/people/duplicates/']"))
    hand.click(page.locator("main table tbody a[href*='/people/duplicates/']"))
    hand.click(page.locator("input[name=decision]"))
    hand.fill(page.locator("textarea[name=reason]"), "同一人,证件号录错一位")
    hand.click(page.locator("main form .acts button.btn-primary"))
    expect(page.locator("main")).to_contain_text(re.compile("已合并|合并"))
    hand.done(capsys, "merge a person entered twice", 6)


def test_a_home_manager_admits_a_person_to_a_free_bed(as_role, site, capsys):
    name = site.python(
        "from yinian.people.models import Person\n"
        "from yinian.core.models import Posting; from yinian.places.models import Site\n"
        "site = Site.objects.get(pk=Posting.objects.get(user__username='jigou').site_ref)\n"
        "p = Person.objects.filter(state='living', stays__isnull=True, birth_date__lt='1950-01-01').order_by('pk')[7]\n"
        "print(p.id_number)"
    )
    hand = as_role("home_manager")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/homes/']"))
    hand.click(page.locator("main table tbody a[href*='/homes/']"))
    hand.click(page.locator("main a[href*='/admit/']"))
    hand.type_and_enter(page.locator("input[name=find]"), name)
    expect(page.locator("fieldset.found")).to_be_visible()
    free = page.locator("select[name=bed] option[value]:not([value=''])").first.get_attribute("value")
    hand.choose(page.locator("select[name=bed]"), free)
    hand.click(page.locator("main form .form-acts button.btn-primary, main form .acts button.btn-primary"))
    page.wait_for_url(re.compile(r"/homes/"))
    expect(page.locator("main")).to_contain_text(re.compile("入住"))
    hand.done(capsys, "admit a person to a free bed", 8)


def test_a_town_officer_decides_between_two_departments(as_role, site, capsys):
    site.python(
        "from yinian.core.models import Posting, User; from yinian.people.models import Conflict, Spell\n"
        "from yinian.people.circumstances.actions import raise_conflict\n"
        "from yinian.people.kinds import Department\n"
        "import datetime as dt\n"
        "town = Posting.objects.get(user__username='xiangzhen').region_id\n"
        "if not Conflict.objects.filter(state='open', person__region__code__startswith=town).exists():\n"
        "    s = Spell.objects.filter(kind='pension', retracted_at__isnull=True, person__state='living',"
        " person__region__code__startswith=town)[0]\n"
        "    raise_conflict(User.objects.get(username='minzheng'), s.person, s.kind, s, 'none', None,"
        " dt.date(2026, 10, 1), 'medical_insurance')\n"
    )
    hand = as_role("town_officer")
    page = hand.page
    hand.click(page.locator("ul.work a.btn[href*='/people/conflicts/'], ul.work a.btn[href*='/conflict']"))
    hand.click(page.locator("input[name=decision][value=keep]"))
    hand.fill(page.locator("textarea[name=reason]"), "电话核实,原记录无误")
    hand.click(page.locator("main form .acts button.btn-primary"))
    page.wait_for_load_state("networkidle")
    kept = "from yinian.people.models import Conflict; print(Conflict.objects.filter(state='kept').count())"
    assert site.python(kept) != "0"
    hand.done(capsys, "decide between two departments that disagree", 4)


def test_a_bureau_officer_starts_a_run_and_sees_what_changed(as_role, capsys):
    hand = as_role("bureau_officer")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/services/']"))
    hand.click(page.locator("main a[href*='/services/runs/start']"))
    hand.click(page.locator("main form .acts button.btn-primary"))
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    done = page.locator("main a[href*='/services/runs/']")
    expect(done.first).to_be_visible(timeout=60_000)
    hand.click(done)
    expect(page.locator("h1")).to_be_visible()
    hand.done(capsys, "start a run over the county and see its outcome", 4)


def test_an_auditor_sees_who_looked_at_a_masked_number(as_role, site, capsys):
    pk, _name, _initials = _first_person(site)
    worker = as_role("village_worker").page
    worker.goto(f"{site.url}/people/{pk}/")
    worker.locator("details.reveal-ask summary").first.click()
    reason = worker.locator("input[name=reason]:visible, textarea[name=reason]:visible").first
    reason.fill("核对身份证件")
    reason.press("Enter")
    worker.wait_for_timeout(500)
    hand = as_role("auditor")
    page = hand.page
    hand.click(page.locator("nav.rail a[href='/settings/']"))
    hand.click(page.locator("main a[href='/audit/']"))
    hand.click(page.locator("main a[href*='reveals']"))
    expect(page.locator("main table tbody tr").first).to_contain_text("核对身份证件")
    hand.done(capsys, "see who looked at a masked number, and why", 3)
