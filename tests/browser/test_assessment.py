"""An assessment on a phone: saved bit by bit, kept without signal, two at one record, signed, reviewed, issued."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


def _waiting(site, username, skip=0):
    """A request that waits for the visit of this assessor and pinggu2: its key, the person's name."""
    found = site.python(
        "from yinian.assessments.models import Request\n"
        f"mine = Request.objects.filter(state='assigned', visit__isnull=True,"
        f" seats__assessor__user__username='{username}', seats__released_at__isnull=True)"
        ".filter(pk__in=Request.objects.filter("
        "seats__assessor__user__username='pinggu2', seats__released_at__isnull=True))\n"
        f"r = mine.order_by('pk')[{skip}]\n"
        "print(r.pk, r.person.name)"
    ).split()
    return int(found[0]), found[1]


def _saved(page):
    expect(page.locator("[data-save]")).to_contain_text("已保存")


def _choose(page, code, score):
    page.locator(f"#q-{code.replace('.', chr(92) + '.')} input[value='{score}']").check()


def _fill_the_rest(page):
    """Every question without an answer gets its first choice, as quick thumbs would."""
    page.evaluate(
        """() => document.querySelectorAll('fieldset.asr-q').forEach(q => {
            const fields = q.querySelectorAll('input[type=radio], input[type=checkbox]');
            if (fields.length && !Array.from(fields).some(f => f.checked)) fields[0].click();
        })"""
    )


def _sign(page):
    pad = page.locator("canvas#pad-own")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    for n in range(12):
        page.mouse.move(box["x"] + 30 + 15 * n, box["y"] + 40 + (n % 3) * 15)
    page.mouse.up()


def test_a_visit_on_a_phone_is_kept_without_signal_signed_by_both_reviewed_and_issued(as_role, site):
    pk, name = _waiting(site, "pinggu")
    page = as_role("pinggu", PHONE).page
    page.goto(f"{site.url}/assessments/mine/")
    page.locator(f"a.asr-card[href='/assessments/{pk}/visit/']").click()
    page.get_by_role("button", name="开始评估").click()
    total = page.locator("[data-total]")
    _choose(page, "B.1.1", 2)
    _choose(page, "B.1.2", 3)
    expect(total).to_have_text("5")
    _saved(page)

    page.context.set_offline(True)
    _choose(page, "B.1.3", 1)
    page.fill("#q-notes", "住二楼,电话13800001111")
    page.locator("#q-notes").blur()
    expect(page.locator("[data-save]")).to_contain_text("网络不通")
    expect(total).to_have_text("6")
    kept = page.evaluate("Object.entries(localStorage)")
    text = json.dumps(kept, ensure_ascii=False)
    assert "B.1.3" in text and name not in text and "13800001111" not in text
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    _saved(page)
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('visit:')).length") == 0
    page.reload()
    expect(total).to_have_text("6")
    assert page.input_value("#q-notes").startswith("住二楼")

    _fill_the_rest(page)
    expect(page.locator("#visit-missing")).to_have_text("各项均已填写。", timeout=20_000)
    page.get_by_role("button", name="填写完成").click()
    page.wait_for_url(f"**/assessments/{pk}/confirm/")
    expect(page.locator("main")).to_contain_text("轻度失能")
    _sign(page)
    page.get_by_role("button", name="确认并签名").click()
    page.wait_for_url(f"**/assessments/{pk}/")

    second = as_role("pinggu2").page
    second.goto(f"{site.url}/assessments/{pk}/confirm/")
    second.get_by_text("改用姓名和密码签署").click()
    second.fill("input[name=name]", "蒋玉兰")
    second.fill("input[name=password]", site.logins["pinggu2"]["password"])
    second.get_by_role("button", name="确认并签名").click()
    expect(second.locator("#alerts")).to_contain_text("进入审核")

    officer = as_role("fuhe").page
    officer.goto(f"{site.url}/assessments/{pk}/")
    officer.get_by_role("link", name="评估结果", exact=True).first.click()
    officer.get_by_role("button", name="出具结果").click()
    expect(officer.locator("#alerts")).to_contain_text("养评〔")
    with officer.expect_download() as download:
        officer.get_by_role("link", name="告知书(PDF)").or_(officer.get_by_role("link", name="告知书（PDF）")).click()
    assert download.value.suggested_filename.endswith(".pdf")


def test_two_phones_at_one_record_see_each_others_answers_and_decide_where_they_differ(as_role, site):
    pk, _name = _waiting(site, "pinggu", 1)
    one, two = as_role("pinggu", PHONE).page, as_role("pinggu2", PHONE).page
    one.goto(f"{site.url}/assessments/{pk}/visit/")
    one.get_by_role("button", name="开始评估").click()
    two.goto(f"{site.url}/assessments/{pk}/visit/")
    _choose(one, "B.2.1", 4)
    _saved(one)
    _choose(two, "B.2.2", 3)
    expect(two.locator("#visit-conflicts")).to_contain_text("另一名评估员填写了")
    expect(two.locator("[data-total]")).to_have_text("7")
    _choose(one, "B.2.3", 4)
    _saved(one)
    # The second has not seen that answer yet and gives another.
    _choose(two, "B.2.3", 1)
    clash = two.locator("#visit-conflicts .notice-warn")
    expect(clash).to_contain_text("徐明")
    clash.get_by_role("button", name="以我为准").click()
    _saved(two)
    one.reload()
    assert one.locator("#q-B\\.2\\.3 input[value='1']").is_checked()


def test_the_whole_list_of_those_who_wait_is_given_assessors_in_two_clicks(as_role, site):
    hand = as_role("dispatcher")
    page = hand.page
    page.goto(f"{site.url}/assessments/assigning/")
    rows = page.locator("table tbody tr")
    waiting = rows.count()
    assert waiting >= 5
    hand.click(page.get_by_role("button", name="指派所勾选的申请"))
    expect(page.locator("#alerts")).to_contain_text(f"已为{waiting}件")
    expect(page.locator(".empty-state")).to_be_visible()
