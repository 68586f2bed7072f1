"""Decisions in the browser: an application up to its paper, a month from opening to approval, a recovery of two."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ACTED = "您已办理过本申请。提交、受理、审核、审批须由不同的人办理，换角色、换账号均不可。"
NURSING, NOTICED, MONTHLY = "disability-nursing-allowance", "dibao-support", "tekun-care-dispersed"


def _paper(folder: Path) -> Path:
    path = folder / "paper.png"
    Image.new("RGB", (64, 48), "white").save(path, "PNG")
    return path


def _of_village(site, service: str, kind: str, value: str, grade: str, department: str) -> tuple[int, str]:
    """The youngest of the village worker's village to whom ``service`` is due once one more fact is recorded."""
    pk, name = site.python(
        "import datetime as dt\n"
        "from django.db import transaction\n"
        "from yinian.core.models import Posting, User; from yinian.people.models import Person\n"
        "from yinian.people.circumstances.actions import record_spell\n"
        "from yinian.entitlements.explaining import finding_of\n"
        "officer = User.objects.get(username='minzheng')\n"
        "village = Posting.objects.get(user__username='cun').region_id\n"
        "people = Person.objects.filter(region=village, state='living', applications=None)"
        f".exclude(spells__kind='{kind}')\n"
        "for person in people.order_by('-birth_date'):\n"
        "    with transaction.atomic():\n"
        f"        record_spell(officer, person, '{kind}', '{value}', {grade}, dt.date(2026, 1, 1), None,"
        f" '{department}', '合成数据')\n"
        f"        due = finding_of(person, '{service}')['status'] == 'due'\n"
        "        transaction.set_rollback(not due)\n"
        "    if due:\n"
        "        print(person.pk, person.name); break\n"
    ).split()
    return int(pk), name


def _confirm(page: Page, ending: str) -> None:
    """Press a button that says first what follows, and then its own confirmation."""
    box = page.locator("details.confirm", has=page.locator(f"form[action$='{ending}']"))
    box.locator("summary").click()
    box.locator("form button[type=submit]").click()


def _colleague_passes(site, application: int) -> None:
    """Another officer of the town, a human of their own, finds the application in order."""
    site.python(
        "import datetime as dt, os\n"
        "from yinian.core.models import Posting, User\n"
        "from yinian.entitlements.applications.actions import pass_on\n"
        "from yinian.entitlements.models import Application\n"
        "own = Posting.objects.get(user__username='xiangzhen')\n"
        "user = User.objects.create(username='xiangzhen2', full_name='何青', identity_index=os.urandom(32))\n"
        "Posting.objects.create(user=user, role=own.role, region=own.region, period=(dt.date(2024, 1, 1), None))\n"
        f"found = Application.objects.get(pk={application})\n"
        "pass_on(user, found.pk, found.version, '材料齐全')\n"
    )


def _days_of_notice_pass(site, application: int) -> None:
    site.python(
        "import datetime as dt; from django.db.models import F\n"
        "from yinian.entitlements.applications.actions import close_notices\n"
        "from yinian.entitlements.models import Application\n"
        "days = dt.timedelta(days=9)\n"
        f"Application.objects.filter(pk={application}).update("
        "notice_from=F('notice_from') - days, notice_until=F('notice_until') - days)\n"
        "assert close_notices() >= 1\n"
    )


def _is_pdf(page: Page, site, link: Locator) -> None:
    got = page.request.get(f"{site.url}{link.get_attribute('href')}")
    assert got.ok and got.headers["content-type"] == "application/pdf" and got.body().startswith(b"%PDF")


def _lodge(page: Page, site, person: int, service: str, paper: Path) -> str:
    """From the person's page to an application handed in on paper; returns its address."""
    page.goto(f"{site.url}/people/{person}/")
    page.locator(f"a[href='/services/applications/new/{person}/']").click()
    page.locator(f"input[name=service][value='{service}']").check()
    page.locator("input[name=channel][value=person]").check()
    page.locator("main form").get_by_role("button", name="继续").click()
    page.wait_for_url(re.compile(r"/services/applications/\d+/$"))
    address = page.url
    hand_in = page.locator("form[action$='/lodge/']").get_by_role("button", name="提交申请")
    hand_in.click()  # without papers
    expect(page.locator("main")).to_contain_text("尚缺")
    page.goto(address)
    adding = page.locator("form[action$='/paper/']")
    wanted = page.locator("section[aria-labelledby=papers] li", has_text="缺少")
    for left in range(wanted.count(), 0, -1):
        expect(wanted).to_have_count(left)
        adding.locator("input[type=file]").set_input_files(str(paper))
        adding.get_by_role("button", name="添加").click()
    expect(wanted).to_have_count(0)
    hand_in.click()
    expect(page.locator("#alerts")).to_contain_text("已提交，已转下一环节")
    return address


def test_an_application_goes_from_the_village_to_the_countys_paper_through_three_humans(as_role, site, tmp_path):
    person, name = _of_village(site, NURSING, "disability", "physical", "1", "disabled_federation")
    worker = as_role("cun").page
    address = _lodge(worker, site, person, NURSING, _paper(tmp_path))
    expect(worker.locator("form[action$='/act/pass/']")).to_have_count(0)

    town = as_role("xiangzhen").page
    town.goto(address)
    expect(town.locator("h1")).to_contain_text(name)
    _confirm(town, "/act/pass/")
    expect(town.locator("#alerts")).to_contain_text("已转下一环节")
    expect(town.locator("form[action$='/act/approve/']")).to_have_count(0)

    county = as_role("fuhe").page
    county.goto(address)
    _confirm(county, "/act/approve/")
    expect(county.locator("#alerts")).to_contain_text("决定书已制发")
    county.get_by_role("link", name="查看决定书").click()
    _is_pdf(county, site, county.locator("main a[href^='/files/']"))
    worker.goto(f"{site.url}/people/{person}/")
    grant = worker.locator("ul.due-lines li", has=worker.locator("a[href*='/services/grants/']"))
    expect(grant).to_contain_text("重度残疾人护理补贴")
    expect(worker.locator("main")).to_contain_text(f"{dt.date.today().day}日决定")


def test_whoever_handed_an_application_in_cannot_examine_it_and_it_is_put_up_before_the_county(
    as_role, site, tmp_path
):
    person, name = _of_village(site, NOTICED, "relief", "dibao", "None", "civil_affairs")
    # A town officer helps a visitor to apply; the same human then has the right of the next stage, but not the step.
    town = as_role("xiangzhen").page
    address = _lodge(town, site, person, NOTICED, _paper(tmp_path))
    town.goto(address)
    expect(town.locator("main")).to_contain_text(ACTED)
    expect(town.locator("form[action$='/act/pass/']")).to_have_count(0)
    town.goto(f"{address}act/pass/")
    expect(town.locator("main")).to_contain_text("您现在不能办理这一步：它属于其他环节，或您已办理过本申请。")

    pk = int(address.rstrip("/").rsplit("/", 1)[1])
    _colleague_passes(site, pk)
    county = as_role("fuhe").page
    county.goto(address)
    expect(county.locator("main")).to_contain_text("公示期")
    expect(county.locator("form[action$='/act/approve/']")).to_have_count(0)
    county.goto(f"{site.url}/services/applications/notices/")
    put_up = county.locator("section.notice-of tbody tr", has_text="最低生活保障")
    expect(put_up.filter(has_text=name[0]).first).to_be_visible()
    _days_of_notice_pass(site, pk)
    county.goto(address)
    _confirm(county, "/act/approve/")
    expect(county.locator("#alerts")).to_contain_text("决定书已制发")


def _opened(page: Page, site, service: str) -> tuple[int, str]:
    """The bureau opens this month for one service alone; returns the cycle's key and the service's name."""
    page.goto(f"{site.url}/services/cycles/")
    page.locator("main a[href^='/services/cycles/open/']").first.click()
    for box in page.locator("input[name=services]").all():
        box.set_checked(box.get_attribute("value") == service)
    name = page.locator("label", has=page.locator(f"input[name=services][value='{service}']")).inner_text().strip()
    page.get_by_role("button", name="开立本月").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    done = page.locator("main a[href^='/services/cycles/?']")
    expect(done).to_be_visible(timeout=60_000)
    done.click()
    page.locator("main").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile(r"/services/cycles/\d+/$"))
    return int(page.url.rstrip("/").rsplit("/", 1)[1]), name


def _other_towns_finish(site, cycle: int) -> None:
    """Every town but the standing cast's own accepts its lines, each by its own officer."""
    site.python(
        "from yinian.core.models import Posting; from yinian.entitlements.cycles.actions import finish_town\n"
        "from yinian.entitlements.models import TownReview\n"
        "own = Posting.objects.get(user__username='xiangzhen').region_id\n"
        f"for review in TownReview.objects.filter(cycle={cycle}).exclude(region=own):\n"
        "    officer = Posting.objects.get(region=review.region_id, role='town_officer').user\n"
        f"    finish_town(officer, {cycle}, review.region_id, review.version, accept_rest=True)\n"
    )


def test_a_month_is_opened_reviewed_checked_and_approved_by_four_humans_and_then_stands(as_role, site):
    bureau = as_role("minzheng").page
    cycle, name = _opened(bureau, site, MONTHLY)
    address = f"{site.url}/services/cycles/{cycle}/"
    _other_towns_finish(site, cycle)

    town = as_role("xiangzhen").page
    town.goto(address)
    town.locator("td.acts-cell").get_by_role("link", name="审核").click()
    rows = town.locator("#bulk tbody tr")
    expect(rows.first).to_be_visible()
    count = rows.count()
    lines, person_line = town.url, rows.first.locator("th a").get_attribute("href")
    # A second window with the same lines, left open until all is over.
    left_open = town.context.new_page()
    left_open.goto(lines)
    left_open.locator("#bulk [name=ids]").first.check()
    town.locator("#bulk [data-pick-all]").check()
    town.locator(".bulk-acts").get_by_role("button", name="通过", exact=True).click()
    expect(town.locator("#alerts")).to_contain_text(f"已通过{count}条")
    expect(rows.locator("td", has_text="待审核")).to_have_count(0)
    _confirm(town, "/finish/")
    expect(town.locator("#alerts")).to_contain_text("审核已完成")

    bureau.goto(address)
    expect(bureau.locator("main")).to_contain_text("您已办理过本期审核，本环节须由他人办理。")
    expect(bureau.locator("form[action$='/check/']")).to_have_count(0)
    second = as_role("fuhe").page
    second.goto(address)
    _confirm(second, "/check/")
    expect(second.locator("#alerts")).to_contain_text("已复核，请由另一人审批。")
    expect(second.locator("main")).to_contain_text("您已办理过本期审核，本环节须由他人办理。")
    expect(second.locator("form[action$='/approve/']")).to_have_count(0)
    third = as_role("shenpi").page
    third.goto(address)
    _confirm(third, "/approve/")
    third.wait_for_url(re.compile(r"/jobs/\d+/$"))
    done = third.locator(f"main a[href='/services/cycles/{cycle}/']")
    expect(done.first).to_be_visible(timeout=60_000)
    done.first.click()
    expect(third.locator("main")).to_contain_text("审批通过")

    town.goto(lines)
    expect(town.locator("table.list-table tbody tr")).to_have_count(count)
    expect(town.locator(".bulk-acts")).to_have_count(0)
    left_open.locator(".bulk-acts").get_by_role("button", name="通过", exact=True).click()
    expect(left_open.locator("main")).to_contain_text("本期审核已不在这一环节")

    town.goto(f"{site.url}{person_line}")
    town.locator("main a[href^='/people/']", has_text="档案").first.click()
    grant = town.locator("ul.due-lines li", has=town.locator("a[href*='/services/grants/']", has_text=name))
    expect(grant).to_contain_text(str(dt.date.today().year))


def _payments(site, folder: Path) -> tuple[Path, int]:
    """A department's workbook that paid last month's old-age allowance to somebody far too young; and who that is."""
    pk, name, number, month = site.python(
        "import datetime as dt\n"
        "from yinian.core.models import Posting; from yinian.people.models import Person\n"
        "village = Posting.objects.get(user__username='cun').region_id\n"
        "person = Person.objects.filter(region=village, state='living', id_number__isnull=False)"
        ".order_by('-birth_date')[2]\n"
        "month = dt.date.today().replace(day=1) - dt.timedelta(days=1)\n"
        "print(person.pk, person.name, person.id_number, f'{month:%Y-%m}')"
    ).split()
    book = openpyxl.Workbook()
    book.active.append(["姓名", "身份证号", "村(社区)", "发放项目", "月份", "金额(元)"])
    book.active.append([name, number, None, "高龄津贴", month, 100])
    path = folder / "发放明细.xlsx"
    book.save(path)
    return path, int(pk)


def test_a_payment_that_was_not_due_becomes_a_recovery_that_two_humans_decide(as_role, site, tmp_path):
    book, person = _payments(site, tmp_path)
    bureau = as_role("minzheng").page
    bureau.goto(f"{site.url}/services/paid/new/")
    bureau.locator("select[name=department]").select_option("civil_affairs")
    bureau.locator("select[name=source]").select_option("department")
    bureau.locator("input[type=file]").set_input_files(str(book))
    bureau.get_by_role("button", name="上传并检查").click()
    expect(bureau.locator("details.confirm form[action$='/commit/']")).to_have_count(1, timeout=60_000)
    _confirm(bureau, "/commit/")
    findings = bureau.get_by_role("link", name="查看全部差异")
    expect(findings).to_be_visible(timeout=60_000)
    findings.click()
    expect(bureau.locator("table.list-table tbody tr")).to_have_count(1)
    bureau.locator("table.list-table tbody th a").click()
    expect(bureau.locator("p.lead-text")).not_to_be_empty()
    bureau.get_by_role("button", name="提出补发或追回").click()
    expect(bureau.locator("#alerts")).to_contain_text("已就1条差异提出补发或追回，等待确认。")
    correction = bureau.get_by_role("link", name="查看补发或追回").get_attribute("href")

    town = as_role("xiangzhen").page
    town.goto(f"{site.url}{correction}")
    expect(town.locator("tfoot")).to_contain_text("-100")
    town.locator("input[name=method][value=at_once]").check()
    town.locator("form[action$='/confirm/']").get_by_role("button", name="确认").click()
    expect(town.locator("#alerts")).to_contain_text("已确认，转由另一名工作人员复核。")
    expect(town.locator("form[action$='/approve/']")).to_have_count(0)

    second = as_role("fuhe").page
    second.goto(f"{site.url}{correction}")
    _confirm(second, "/approve/")
    expect(second.locator("#alerts")).to_contain_text("复核通过，已出具通知书")
    _is_pdf(second, site, second.locator("p.paper-line a"))
    town.goto(f"{site.url}/services/person/{person}/months/")
    expect(town.locator("main")).to_contain_text("高龄津贴")
