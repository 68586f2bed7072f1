"""The wall screen in a browser: it goes on when the line is lost, and comes back by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
WALL = {"width": 1920, "height": 1080}


def test_the_wall_keeps_its_figures_without_a_line_and_takes_new_ones_when_it_is_back(as_role, site):
    page = as_role("screen", WALL).page
    page.clock.install()
    page.goto(f"{site.url}/desk/")
    expect(page).to_have_url(re.compile("/indicators/wall/"))
    people = page.locator("[data-wall=people]")
    expect(people).to_have_text(re.compile(r"[\d,]+"))
    stood = people.inner_text()
    line = page.locator("[data-wall=line]")
    expect(line).to_have_text("已连接")
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    # Towns take turns.
    first = page.locator("[data-wall=town]").inner_text()
    page.clock.run_for(10_500)
    expect(page.locator("[data-wall=town]")).not_to_have_text(first)
    # The line goes: the figures stay, and the screen says since when they stand.
    page.route("**/wall/feed/**", lambda route: route.abort())
    page.clock.run_for(31_000)
    expect(line).to_have_class(re.compile("lost"))
    expect(line).to_contain_text("连接中断")
    expect(people).to_have_text(stood)
    # And it comes back without a hand.
    page.unroute("**/wall/feed/**")
    # It asks 15 s after the first failure and gives an answer 20 s: in one leap over both none could come in time.
    page.clock.run_for(16_000)
    expect(line).to_have_text("已连接", timeout=30_000)
