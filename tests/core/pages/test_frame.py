"""The frame, the search, settings, health, and the pages that say no."""

import re

import pytest
from django.test import Client
from tests.cast import A1, TOWN_A, client_for

from yinian.core import figures, search

pytestmark = pytest.mark.django_db


def test_the_side_bar_holds_what_the_role_may_open_and_no_more_than_nine_and_the_settings(cast):
    for name, user in vars(cast).items():
        if not user.may("inbox.view") and not user.may("own.view"):
            continue  # the account of a screen has no frame
        page = client_for(user).get("/settings/" if user.may("inbox.view") else "/people/own/").content.decode()
        rail = page.split('class="rail"')[1].split("</nav>")[0]
        assert rail.count("<li") - rail.count('class="rail-foot"') <= 9, name
        assert 'aria-current="page"' in rail
    village = client_for(cast.village_a).get("/settings/").content.decode()
    assert "用户与权限" not in village
    assert "审计留痕" in client_for(cast.auditor).get("/settings/").content.decode()


def test_the_area_is_a_path_of_links_within_reach(cast):
    page = client_for(cast.bureau).get(f"/work/?region={A1}&state=open").content.decode()
    where = page.split('id="where"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', where) == [
        f"/work/?region={code}&amp;state=open" for code in ("430681", TOWN_A, A1)
    ]
    page = client_for(cast.village_a).get("/work/").content.decode()
    where = page.split('id="where"')[1].split("</nav>")[0]
    assert "<span>汨罗市</span>" in where
    assert "<span>汨罗镇</span>" in where


def test_an_area_out_of_reach_is_not_taken(cast):
    page = client_for(cast.village_a).get("/work/?region=430621").content.decode()
    assert "岳阳县" not in page.split('id="where"')[1].split("</nav>")[0]


def test_from_one_thing_the_area_leads_to_its_list(cast):
    page = client_for(cast.bureau).get(f"/users/{cast.village_a.pk}/").content.decode()
    where = page.split('id="where"')[1].split("</nav>")[0]
    assert "/settings/?region=" in where


def test_pages_speak_chinese_unless_english_is_chosen(cast):
    client = client_for(cast.bureau)
    assert '<html lang="zh-Hans"' in client.get("/desk/", headers={"Accept-Language": "en"}).content.decode()
    client.cookies["yinian_language"] = "en"
    assert '<html lang="en"' in client.get("/desk/").content.decode()


def test_search_asks_only_the_rooms_the_reader_may_see(cast, monkeypatch):
    monkeypatch.setattr(search, "_sources", {})
    search.register("a", "人员", "people.view", lambda actor, text: [search.Hit("李桂花", "/people/1/", "汴塘村")])
    search.register("b", "审计", "audit.view", lambda actor, text: [search.Hit("秘密", "/audit/")])
    page = client_for(cast.village_a).get("/search/?q= li ").content.decode()
    assert "李桂花" in page
    assert "秘密" not in page
    assert "没有找到" in client_for(cast.admin).get("/search/?q=li").content.decode().replace("秘密", "没有找到")
    assert "要找什么" in client_for(cast.village_a).get("/search/").content.decode()


def test_what_is_searched_is_never_markup(cast, monkeypatch):
    monkeypatch.setattr(search, "_sources", {})
    page = client_for(cast.bureau).get("/search/?q=<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page


def test_the_desk_shows_four_figures_at_most(cast, monkeypatch):
    monkeypatch.setattr(figures, "_providers", {})
    figures.register("t", "people.view", lambda actor: [figures.Stat(f"指标{n}", n) for n in range(6)])
    page = client_for(cast.bureau).get("/desk/").content.decode()
    assert "指标3" in page
    assert "指标4" not in page


def test_health_tells_of_database_and_worker_and_nothing_else(cast):
    answer = Client().get("/health/")
    assert answer.json() == {"database": "ok", "worker": "none", "worker_heartbeat_seconds": None}


def test_pages_that_say_no_say_why_and_what_to_do(cast):
    client = client_for(cast.village_a)
    forbidden = client.get("/audit/")
    assert (forbidden.status_code, "没有权限" in forbidden.content.decode()) == (403, True)
    missing = client.get("/nowhere/")
    assert (missing.status_code, "没有您可以查看的内容" in missing.content.decode()) == (404, True)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.village_a, backend="django.contrib.auth.backends.ModelBackend")
    refused = strict.post("/explained/", {"key": "desk"})
    assert (refused.status_code, "页面停留时间过长" in refused.content.decode()) == (403, True)


def test_a_refusal_for_htmx_goes_to_the_alerts(cast):
    answer = client_for(cast.bureau).post("/calendar/clear/", {"day": "2027-01-01"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#alerts"
    assert "<html" not in answer.content.decode()


def test_a_fault_of_ours_shows_a_page_that_needs_no_database(cast, monkeypatch):
    def fall(actor, text):
        raise RuntimeError("boom")

    monkeypatch.setattr(search, "_sources", {})
    search.register("a", "人员", "people.view", fall)
    client = client_for(cast.bureau)
    client.raise_request_exception = False
    answer = client.get("/search/?q=x")
    assert (answer.status_code, "系统出错了" in answer.content.decode()) == (500, True)
    assert "boom" not in answer.content.decode()


def test_a_stranger_is_led_to_the_login_and_back(cast):
    answer = Client().get("/work/?state=open")
    assert answer["Location"] == "/login/?next=/work/%3Fstate%3Dopen"
    partial = Client().get("/work/", headers={"HX-Request": "true"})
    assert (partial.status_code, partial["HX-Redirect"]) == (204, "/login/?next=/work/")


def test_regions_are_found_by_initials_within_reach(cast):
    found = client_for(cast.bureau).get("/regions/find/?q=btc&levels=5").json()["regions"]
    assert [(r["code"], r["path"]) for r in found] == [(A1, "汨罗市 › 汨罗镇")]
    assert client_for(cast.village_b).get("/regions/find/?q=btc&levels=5").json()["regions"] == []
    assert client_for(cast.bureau).get("/regions/find/?q=&levels=5,x,").status_code == 200


def test_no_page_carries_script_of_its_own(cast):
    client = client_for(cast.bureau)
    for address in ("/desk/", "/work/", "/users/", f"/users/{cast.village_a.pk}/", "/calendar/", "/settings/"):
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page), address
        assert not re.search(r"\son[a-z]+=", page), address
        assert page.count("<h1") == 1, address
