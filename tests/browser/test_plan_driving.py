"""A plan driven in the browser: a unit reports on a phone, the lead confirms, the office checks; a letter is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Hand

pytestmark = pytest.mark.browser


@pytest.fixture
def as_user(site, chromium):
    """``as_user("caizhengju")``: a hand logged in under a name of the demo."""
    contexts = []

    def login(username: str, viewport: dict[str, int] = DESKTOP) -> Hand:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{site.url}/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", site.logins["bureau_officer"]["password"])
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login/" not in url)
        return Hand(page, site)

    yield login
    for context in contexts:
        context.close()


def _assisted(site) -> tuple[int, int]:
    """A task being done in which the finance bureau assists the office's own unit, and its turn."""
    task, turn = site.python(
        "from yinian.core.models import User; from yinian.plans.models import Turn\n"
        "from yinian.plans.units.queries import spoken_for\n"
        "mine = spoken_for(User.objects.get(username='caizhengju')).values('pk')\n"
        "lead = spoken_for(User.objects.get(username='minzheng')).values('pk')\n"
        "t = Turn.objects.filter(state='open', task__state='running', task__units__unit__in=mine,\n"
        "    task__units__role='assist').filter(task__units__in=__import__('yinian.plans.models',\n"
        "    fromlist=['TaskUnit']).TaskUnit.objects.filter(unit__in=lead, role='lead')).first()\n"
        "print(t.task_id, t.pk)"
    ).split()
    return int(task), int(turn)


def test_a_unit_reports_with_evidence_the_lead_confirms_and_the_office_checks(as_user, site, tmp_path: Path, capsys):
    task, turn = _assisted(site)
    proof = tmp_path / "proof.png"
    Image.new("RGB", (64, 48), "white").save(proof, "PNG")
    hand = as_user("caizhengju", PHONE)
    page = hand.page
    page.goto(f"{site.url}/plans/mine/")
    hand.click(page.locator(f"a[href='/plans/turns/{turn}/report/']"))
    hand.fill(page.locator("textarea[name=text]"), "资金已全部拨付到位")
    hand.upload(page.locator("input[name=proof]"), proof)
    hand.click(page.locator("button[name=finished]"))
    expect(page.locator(".time")).to_contain_text("资金已全部拨付到位")
    hand.done(capsys, "report a task as done with evidence, on a phone", 4)

    lead = as_user("minzheng").page
    lead.goto(f"{site.url}/plans/tasks/{task}/")
    expect(lead.locator(".pd-files a").first).to_be_visible()
    lead.locator(f"form[action='/plans/turns/{turn}/confirm/'] button").click()
    expect(lead.locator("main")).to_contain_text("等待督办办公室核查")
    # Whoever confirmed it does not check it.
    lead.locator(f"form[action='/plans/turns/{turn}/check/'] button").click()
    expect(lead.locator("main")).to_contain_text("须由另一名工作人员核查")

    office = as_user("fuhe").page
    office.goto(f"{site.url}/plans/tasks/{task}/")
    office.locator(f"form[action='/plans/turns/{turn}/check/'] button").click()
    expect(office.locator("main")).to_contain_text("已办结")


def test_what_is_overdue_becomes_a_letter_that_the_office_sends(as_user, site):
    site.python(
        "from yinian.plans.models import LetterLine, Letter; from yinian.plans.tasks import nightly\n"
        "LetterLine.objects.filter(letter__state='draft').delete(); Letter.objects.filter(state='draft').delete()\n"
        "nightly.look_after()"
    )
    page = as_user("minzheng").page
    page.goto(f"{site.url}/plans/letters/?state=draft")
    page.locator("table.list-table tbody th a").first.click()
    expect(page.locator(".pd-lines li").first).to_be_visible()
    page.fill("textarea[name=words]", "请主要负责同志亲自抓")
    page.locator("button[name=send]").click()
    expect(page.locator("main")).to_contain_text("养督〔")
    with page.expect_download() as download:
        page.locator("a[href$='/paper/']").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
