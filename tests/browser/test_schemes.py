"""An evaluation in the browser, from the county's application to the award, each side at its own screen.

The site runs in this process, so that the test can turn the calendar: an evaluation takes three months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.cast import client_for
from tests.oversight.land import EAST, pdf, picture
from yinian.oversight.models import Application, Reading, Round, Score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session", autouse=True)
def _tables_beside_a_loop() -> Iterator[None]:
    """Playwright's loop runs in this very thread, and the tables are read beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def at_screen(land: Any, live_server: Any, chromium: Browser) -> Iterator[Any]:
    """``at_screen("east_1")``: that person's page, logged in; on a phone where asked."""
    contexts = []

    def sit(name: str, viewport: dict[str, int] = DESKTOP) -> Page:
        session = client_for(getattr(land, name)).cookies["sessionid"].value
        context = chromium.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai",
                                       base_url=live_server.url)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield sit
    for context in contexts:
        context.close()


def _confirm(page: Page, words: str) -> None:
    """Press a button that says first what follows, and then its own confirmation."""
    box = page.locator("details.confirm", has=page.locator("summary", has_text=words))
    box.locator("summary").click()
    box.locator("button[type=submit]").click()


def _file(folder: Path, made: Any) -> str:
    path = folder / made.name
    path.write_bytes(made.read())
    return str(path)


def _apply(page: Page, round_pk: int, plan: str) -> None:
    page.goto(f"/oversight/rounds/{round_pk}/")
    page.get_by_role("button", name="开始申报").click()
    expect(page.get_by_text("还缺3项")).to_be_visible()
    page.select_option("#id_kind", "plan")
    page.set_input_files("#id_file", plan)
    page.get_by_role("button", name="上传").click()
    page.get_by_role("link", name="填写概要与承诺").click()
    page.fill("#id_summary", "建成县、乡、村三级养老网络。")
    page.check("input[name=affirmed]")
    page.get_by_role("button", name="保存").click()
    _confirm(page, "提交申报")
    expect(page.get_by_text("的工作台上已有待办")).to_be_visible()


def test_from_the_application_to_the_award(at_screen, land, clock, tmp_path):
    plan, photo = _file(tmp_path, pdf("plan.pdf")), _file(tmp_path, picture("seen.png"))
    province = at_screen("province")
    province.goto("/oversight/")
    province.get_by_role("link", name="启动评选").click()
    province.fill("#id_points_supply", "60")
    province.get_by_role("button", name="启动").click()
    expect(province.get_by_role("heading", level=1)).to_contain_text("样例示范县 2026")
    round_pk = Round.objects.get().pk

    # Two counties of the east apply, each at its own screen.
    for name in ("east_1", "east_2"):
        _apply(at_screen(name), round_pk, plan)

    # Its prefecture marks, visits, puts them in order; a second human sends.
    clock(dt.date(2026, 11, 3))
    east = at_screen("east")
    for one in Application.objects.order_by("region_id"):
        east.goto(f"/oversight/applications/{one.pk}/marks/")
        for n, field in enumerate(east.locator("input[name^=points_]").all()):
            field.fill(("30", "50")[n])
        east.get_by_role("button", name="保存").click()
        east.goto(f"/oversight/applications/{one.pk}/visits/new/")
        east.fill("#id_text", "实地查看两处设施，床位属实。")
        east.set_input_files("#id_photos", photo)
        east.get_by_role("button", name="保存考察记录").click()
        expect(east.locator("#visits img")).to_have_count(1)
        east.goto(f"/oversight/rounds/{round_pk}/prefectures/{EAST}/")
        east.get_by_role("button", name=f"将{one.region.name}列入名单").click()
    east.get_by_role("button", name="乙县上移一位").click()
    expect(east.locator("tbody tr").first).to_contain_text("乙县")
    east.get_by_role("link", name="拟定推荐名单").click()
    east.fill("#id_report", "按评价得分和考察情况排序。")
    east.get_by_role("button", name="拟定").click()
    expect(east.get_by_text("名单由您拟定，须由同事报送")).to_be_visible()
    other = at_screen("east_too")
    other.goto(f"/oversight/rounds/{round_pk}/prefectures/{EAST}/")
    _confirm(other, "报送")
    expect(other.get_by_text("已报送组织单位")).to_be_visible()

    # The province calls two experts; the readings are assigned as proposed.
    clock(dt.date(2026, 11, 12))
    province = at_screen("province")  # a session does not last from September to November
    province.goto(f"/oversight/rounds/{round_pk}/panel/")
    _confirm(province, "开始评审")
    for user in (land.expert_1, land.expert_2):
        province.select_option("#id_expert", str(user.pk))
        province.get_by_role("button", name="加入专家组").click()
        expect(province.get_by_text("专家已加入专家组")).to_be_visible()
    _confirm(province, "按建议指派")
    expect(province.get_by_text("已指派4件")).to_be_visible()

    # Both score on their phones, blind; what is typed is kept by itself.
    for name in ("expert_1", "expert_2"):
        phone = at_screen(name, PHONE)
        for reading in Reading.objects.filter(member__user=getattr(land, name)).order_by("pk"):
            phone.goto("/oversight/readings/")
            phone.goto(f"/oversight/readings/{reading.pk}/")
            expect(phone.get_by_text(f"{'expert_2' if name == 'expert_1' else 'expert_1'}同志")).to_have_count(0)
            phone.fill("#id_points_policy", "35")
            phone.fill("#id_remark_policy", "政策配套较全")
            expect(phone.locator("[data-state]")).to_contain_text("已保存")
            phone.reload()
            expect(phone.locator("#id_remark_policy")).to_have_value("政策配套较全")
            phone.fill("#id_points_supply", "55" if reading.application.region.name == "甲县" else "50")
            expect(phone.locator("[data-sum]")).to_contain_text("/ 100")
            phone.get_by_role("button", name="完成评分").click()
            expect(phone.get_by_text("评分已完成，不再更改")).to_be_visible()
    assert Score.objects.count() == 8

    # Ranking, list by two humans, public notice, recognition.
    province.goto(f"/oversight/rounds/{round_pk}/panel/")
    _confirm(province, "结束评分")
    expect(province.locator(".ovs-place").first).to_contain_text("甲县")
    province.get_by_role("link", name="拟定认定名单").click()
    province.check("input[name=chosen] >> nth=0")
    province.fill("#id_text", "按得分择优。")
    province.get_by_role("button", name="拟定").click()
    clock(dt.date(2026, 11, 20))
    second = at_screen("province_too")
    second.goto(f"/oversight/rounds/{round_pk}/ranking/")
    _confirm(second, "批准名单")
    rival = at_screen("west_1")
    rival.goto(f"/oversight/rounds/{round_pk}/notice/")
    expect(rival.locator(".ovs-names")).to_contain_text("甲县")
    clock(dt.date(2026, 11, 30))
    second, province = at_screen("province_too"), at_screen("province")
    second.goto(f"/oversight/rounds/{round_pk}/notice/")
    _confirm(second, "认定")
    second.get_by_role("link", name="核定奖励").click()
    second.fill("#id_base", "1000000")
    second.fill("#id_share", "30")
    second.fill("#id_reason", "排名第一。")
    second.get_by_role("button", name="核定奖励").click()
    province.goto("/oversight/awards/")
    province.locator("#list").get_by_role("link", name="甲县").click()
    _confirm(province, "审批通过")
    county = at_screen("east_1")
    county.goto("/oversight/awards/")
    county.locator("#list").get_by_role("link", name="甲县").click()
    expect(county.get_by_text("1,000,000 × 30% = 300,000元")).to_be_visible()
    expect(county.get_by_role("link", name="报告使用情况")).to_be_visible()
