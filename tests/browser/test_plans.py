"""A plan document in a browser: taken in, read, reviewed with mouse, keyboard and thumb."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

PLAN = (
    "某镇养老服务工作方案\n2026年3月1日\n一、主要任务\n"
    "(一)办好助餐服务。2026年6月底前,建成社区助餐点20个。(责任单位:市民政局、市财政局)\n"
    "(二)改造老年人家庭。2027年底前,完成困难老年人家庭适老化改造300户,逐户建立档案。(责任单位:市民政局)\n"
    "(三)加强监管。建立联合检查制度,每年10月底前开展一次抽查。另行公布举报电话。(责任单位:市民政局)\n"
)


def _take_in(page, site, number: int) -> str:
    page.goto(f"{site.url}/plans/documents/import/")
    page.set_input_files(
        "input[name=file]", {"name": "方案.txt", "mimeType": "text/plain", "buffer": f"{PLAN}第{number}份\n".encode()}
    )
    page.get_by_role("button", name="录入并识别").click()
    # The page asks for the progress itself, and shows the text when the worker is done.
    expect(page.locator("h1")).to_have_text("某镇养老服务工作方案", timeout=60_000)
    return page.url.rstrip("/").rsplit("/", 1)[1]


def test_a_document_is_taken_in_and_reviewed_by_keyboard_mouse_and_selection(as_role, site):
    page = as_role("bureau_officer").page
    pk = _take_in(page, site, 1)
    page.get_by_role("link", name="审核", exact=True).first.click()
    progress = page.locator("#rv-progress strong")
    before = int(re.search(r"\d+", progress.inner_text())[0])
    # A marked stretch leads to its item, the innermost first.
    page.locator("[data-source] span.m-target").first.click()
    expect(page.locator("[data-item].on")).to_have_class(re.compile("ri-target"))
    page.locator("[data-source] span.m-target").first.click()
    expect(page.locator("[data-item].on")).to_have_class(re.compile("ri-task"))
    task = page.locator("[data-item].on").get_attribute("id")
    page.keyboard.press("a")
    expect(page.locator(f"#{task}")).to_have_attribute("data-state", "accepted")
    expect(progress).to_contain_text(str(before - 1))
    expect(page.locator(f'[data-for="{task.split("-")[1]}"]')).to_have_class(re.compile("s-accepted"))
    # Mended in place; what is missing is said beside its field and nothing typed is lost.
    second = page.locator("article.ri-task[data-state=found]").first
    second_id = second.get_attribute("id")
    second.focus()
    page.keyboard.press("e")
    form = page.locator(f"#{second_id} form[data-mend]")
    form.locator("[name=title]").fill("适老化改造")
    form.locator("[name=last]").fill("")
    form.get_by_role("button", name="保存修改").click()
    expect(form.locator(".field-bad")).to_have_count(1)
    expect(form.locator("[name=title]")).to_have_value("适老化改造")
    form.locator("[name=last]").fill("2027-10-31")
    form.get_by_role("button", name="保存修改").click()
    expect(page.locator(f"#{second_id}")).to_have_attribute("data-state", "mended")
    expect(page.locator(f"#{second_id}")).to_contain_text("2027年10月31日前")
    # Left out with a reason, all by keyboard.
    third = page.locator("article.ri-task[data-state=found]").last.get_attribute("id")
    page.locator(f"#{third}").focus()
    page.keyboard.press("r")
    page.keyboard.type("不是任务")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{third}")).to_have_attribute("data-state", "rejected")
    # Split.
    fourth = page.locator("article.ri-task[data-state=found]").first.get_attribute("id")
    page.locator(f"#{fourth}").focus()
    page.keyboard.press("s")
    page.locator(f"#{fourth} .cut").first.click()
    expect(page.locator(f"#{fourth}")).to_have_count(0)
    # A selection becomes an item.
    page.evaluate(
        """() => {
            const spans = [...document.querySelectorAll('[data-source] [data-o]')];
            const host = spans.find((e) => e.textContent.includes('逐户建立'));
            const node = [...host.childNodes].find((n) => n.nodeType === 3 && n.data.includes('逐户建立'));
            const at = node.data.indexOf('逐户建立'), range = document.createRange();
            range.setStart(node, at); range.setEnd(node, at + 6);
            getSelection().removeAllRanges(); getSelection().addRange(range);
        }"""
    )
    page.locator("#pick [data-as=task]").click()
    new = page.locator("#new-item form")
    expect(new.locator(".ri-quote")).to_have_text("逐户建立档案")
    new.get_by_role("button", name="添加").click()
    expect(page.locator("[data-item].on")).to_contain_text("逐户建立档案")
    states = site.python(
        "from yinian.plans.models import Item\n"
        f"print(*sorted(set(Item.objects.filter(document={pk}).values_list('state', flat=True))))"
    )
    assert states.split() == ["accepted", "found", "mended", "rejected", "split"]


def test_on_a_phone_source_and_items_are_two_sides(as_role, site):
    page = as_role("bureau_officer", PHONE).page
    pk = _take_in(page, site, 2)
    page.goto(f"{site.url}/plans/documents/{pk}/review/?s=1")
    source, items = page.locator(".rv-src"), page.locator(".rv-items")
    expect(items).to_be_visible()
    expect(source).to_be_hidden()
    page.get_by_role("link", name="看原文").first.click()
    expect(source).to_be_visible()
    page.locator("[data-source] span.m-task").first.click()
    expect(items).to_be_visible()
    expect(page.locator("[data-item].on")).to_have_count(1)
