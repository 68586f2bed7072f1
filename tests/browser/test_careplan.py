"""A care plan in a browser: kept while it is typed, printed and agreed; a family agrees on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, fits

pytestmark = pytest.mark.browser


def _waiting(site):
    """Somebody of the town officer's town for whom a plan is to be drawn up: key and name."""
    found = site.python(
        "from yinian.core.models import Posting; from yinian.assessments.careplans import queries\n"
        "town = Posting.objects.get(user__username='xiangzhen').region_id\n"
        "r = queries.without_plan(town).select_related('person').order_by('-final', 'pk')[0]\n"
        "print(r.person_id, r.person.name)"
    ).split()
    return int(found[0]), found[1]


def _state(site, person):
    return site.python(
        "from yinian.assessments.models import CarePlan\n"
        f"print(CarePlan.objects.filter(person={person}).latest('pk').state)"
    )


def test_a_planner_draws_up_a_plan_that_keeps_itself_prints_it_and_records_the_agreement(as_role, site):
    person, name = _waiting(site)
    page = as_role("town_officer").page
    page.goto(f"{site.url}/assessments/plans/wanted/")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("button", name="开始拟定").click()
    expect(page.locator("h1")).to_have_text("拟定照护计划")
    ticked = page.locator("#plan-ticked")
    before = int(ticked.inner_text())
    assert before > 0
    # What is typed is kept without a button.
    page.locator("textarea[name=wishes]").fill("想一直住在自己家里")
    state = page.locator("#plan-state")
    expect(state).to_contain_text(re.compile(r"已保存 \d\d:\d\d:\d\d"))
    page.reload()
    expect(page.locator("textarea[name=wishes]")).to_have_value("想一直住在自己家里")
    # A suggestion is left out, and its part folds away.
    last = page.locator(".plan-need").last
    last.locator("header .plan-tick input").uncheck()
    expect(ticked).to_have_text(str(before - 1))
    expect(last.locator(".plan-body")).to_be_hidden()
    expect(state).to_contain_text("内容齐全")
    # A need of one's own, first with a gap that is named at its field.
    page.get_by_role("button", name="添加一项需要").click()
    own = page.locator(".plan-need").filter(has_text="自行填写").first
    own.locator("header input[type=text], header input.plan-text").fill("想每天听戏")
    page.get_by_role("button", name="完成").click()
    expect(page.locator(".plan-faults")).to_be_visible()
    own = page.locator(".plan-need").filter(has_text="自行填写").first
    own.locator("input[name$='.g0.text']").fill("每天听一段戏")
    own.locator("input[name$='.g0.measure']").fill("每周听戏天数")
    own.locator("input[name$='.g0.target']").fill("7天")
    own.locator("select[name$='.s0.service']").select_option("comfort")
    page.get_by_role("button", name="完成").click()
    expect(page.locator("main")).to_contain_text("想每天听戏")
    page.get_by_role("button", name="制作签字文书").click()
    expect(page.locator("main")).to_contain_text("养照〔")
    page.get_by_role("link", name="登记同意情况").click()
    page.get_by_label("口头同意，有见证人").check()
    page.locator("input[name=witness]").fill("村医老周")
    page.get_by_role("button", name="登记同意情况").click()
    expect(page.locator("main")).to_contain_text("执行中")
    assert _state(site, person) == "in_force"
    # The person's page says who looks after by which plan.
    page.goto(f"{site.url}/people/{person}/")
    expect(page.locator(".answers")).to_contain_text("照护计划")


def test_typing_without_a_connection_is_said_and_kept_once_it_is_back(as_role, site):
    pk = site.python(
        "from yinian.core.models import Posting; from yinian.assessments.models import CarePlan\n"
        "print(CarePlan.objects.filter(state='draft', paper__isnull=True).order_by('pk')[0].pk)"
    )
    page = as_role("dispatcher").page
    page.goto(f"{site.url}/assessments/plans/{pk}/edit/")
    state = page.locator("#plan-state")
    page.context.set_offline(True)
    page.locator("textarea[name=situation]").fill("断网时写的")
    expect(state).to_contain_text("尚未保存")
    page.context.set_offline(False)
    expect(state).to_contain_text(re.compile(r"已保存 \d\d:\d\d:\d\d"), timeout=20_000)
    page.reload()
    expect(page.locator("textarea[name=situation]")).to_have_value("断网时写的")


def test_a_family_reads_the_plan_on_a_phone_and_agrees(as_role, site):
    person = site.python(
        "from yinian.assessments.models import CarePlan\n"
        "print(CarePlan.objects.filter(state='draft', paper__isnull=False,"
        " person__representatives__user__username='jiashu').get().person_id)"
    )
    page = as_role("member", PHONE).page
    page.goto(f"{site.url}/people/own/{person}/")
    page.locator("a.own-act").filter(has_text="照护计划").click()
    expect(page.get_by_role("button", name="同意这份计划")).to_be_visible()
    fits(page)
    for need in page.get_by_label("同意这一项").all():
        need.check()
    page.get_by_label("您的姓名").fill(site.python(
        "from yinian.core.models import User\nprint(User.objects.get(username='jiashu').full_name)"
    ))
    page.get_by_role("button", name="同意这份计划").click()
    expect(page.locator("main")).to_contain_text("执行中")
    assert _state(site, person) == "in_force"
    page.goto(f"{site.url}/people/own/{person}/")
    expect(page.locator("main")).to_contain_text("查看全部")
