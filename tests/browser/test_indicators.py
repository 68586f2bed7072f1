"""Indicators in the browser: from a figure to the people behind it, a figure reported by hand, a report opened."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_officer_goes_from_a_figure_to_those_it_leaves_out_and_opens_one(site, as_role):
    page = as_role("bureau_officer").page
    page.goto(f"{site.url}/indicators/")
    page.get_by_role("link", name="65周岁以上老年人能力评估率").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("65周岁以上老年人能力评估率")
    left_out = page.locator(".parts a", has_text="未计入")
    count = left_out.locator("b").inner_text()
    left_out.click()
    expect(page.locator(".list")).to_contain_text(count)
    page.locator(".list tbody tr a").first.click()
    page.wait_for_url(re.compile(r"/people/\d+/"))
    # The chart of the trend is drawn, and its words stand in the table below.
    page.goto(f"{site.url}/indicators/of/older-people/")
    expect(page.locator("#trend-line svg")).to_be_visible()
    expect(page.locator("#area-bars svg")).to_be_visible()


def test_a_figure_is_reported_by_hand_and_a_report_is_opened_in_word(site, as_role, tmp_path):
    page = as_role("bureau_officer").page
    page.goto(f"{site.url}/indicators/of/visit-rate-month/")
    page.get_by_role("link", name="填报数据").click()
    page.fill("#id_counted", "95")
    page.fill("#id_of", "100")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("alert")).to_contain_text("信息来源")  # what was typed is kept, the source is asked for
    expect(page.locator("#id_counted")).to_have_value("95")
    page.fill("#id_note", "各镇探访月报汇总")
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".stat-value").first).to_have_text("95%")
    page.goto(f"{site.url}/indicators/reports/")
    page.locator(".report-name").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    file = tmp_path / "report.docx"
    download.value.save_as(file)
    words = Document(io.BytesIO(Path(file).read_bytes()))
    assert "养老服务" in words.paragraphs[0].text and len(words.tables) > 3
