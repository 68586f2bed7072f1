"""The pages: an entry edited in place, errors beside the field, figures that open their lists, exports, the review."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from tests import cast as people
from tests.entitlements.drafts.conftest import PAPER, START, scan
from yinian.entitlements.drafts import actions, review
from yinian.entitlements.drafts.models import Amendment, Draft

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(cast):
    return people.client_for(cast.bureau)


def at(name: str, draft: Draft, *more: str) -> str:
    return reverse(f"entitlements:{name}", args=[draft.pk, *more])


def test_a_figure_is_changed_in_place_and_the_page_hears_of_it(client, draft):
    page = client.get(at("draft_standard", draft, "age_from"), **HTMX).content.decode()
    assert 'name="value"' in page and 'value="80"' in page and "<html" not in page
    wrong = client.post(at("draft_standard", draft, "age_from"), {"value": "180", "note": ""}, **HTMX)
    text = wrong.content.decode()
    assert wrong.status_code == 422 and "年龄应在0到150之间" in text and 'value="180"' in text
    saved = client.post(at("draft_standard", draft, "age_from"), {"value": "75", "note": ""}, **HTMX)
    text = saved.content.decode()
    assert saved["HX-Trigger"] == "draft-changed" and "80周岁" in text and "75周岁" in text
    changes = client.get(at("draft", draft), HTTP_HX_TARGET="changes", **HTMX).content.decode()
    assert "<html" not in changes and "75周岁" in changes
    assert "年满80周岁" in changes  # the wording of the condition still says 80


def test_a_service_is_changed_by_knobs_and_its_wording_follows(client, draft, ran):
    address = at("draft_service", draft, "visit")
    page = client.get(address, **HTMX).content.decode()
    assert "独居" in page and 'type="checkbox"' in page
    form = {
        "name": "探访关爱", "t0-label": "独居", "t0-k0": ["alone", "spouse"], "t0-text": "living = 'alone'",
        "a-text": "", "period": "", "apply": "automatic", "start": "", "end": "", "description": "", "note": "",
        "new-fact": "age", "new-op": ">=", "new-value": "70", "new-label": "",
    }
    wrong = client.post(address, form | {"t0-text": "living = 'moon'"}, **HTMX)
    assert wrong.status_code == 422 and "可能的值有" in wrong.content.decode()
    wrong = client.post(address, form | {"new-value": "七十"}, **HTMX)
    assert wrong.status_code == 422 and "可填" in wrong.content.decode()
    saved = client.post(address, form, **HTMX)
    assert saved.status_code == 200, saved.content.decode()[:3000]
    entry = actions.current(draft, "service", "visit")
    assert [t["test"] for t in entry["who"]] == ["living IN ('alone', 'spouse')", "age >= 70"]
    assert entry["who"][1]["label"] == {"zh": "年龄不小于70"} and entry["source"]["document"] == "draft"


def test_an_amounts_ages_and_sums_are_turned_without_an_expression(client, draft, ran):
    address = at("draft_service", draft, "age-allowance")
    text = actions.current(draft, "service", "age-allowance")["gives"]["amount"]
    form = {
        "name": "高龄津贴", "t0-label": "年满80周岁", "t0-text": "age >= param('age_from')",
        "t1-label": "本市户籍", "t1-text": "hukou_region LIKE '430681%'", "a-k0": "95", "a-k1": "120.50", "a-k2": "50",
        "a-text": text, "period": "month", "apply": "automatic",
    }
    assert client.post(address, form, **HTMX).status_code == 200
    assert actions.current(draft, "service", "age-allowance")["gives"]["amount"] == (
        "CASE WHEN age >= 95 THEN 12050 ELSE 5000 END"
    )


def test_an_entry_as_text_says_line_and_reason_and_keeps_what_was_typed(client, draft):
    address = at("draft_text", draft, "service", "visit")
    typed = "label: {zh: 探访}\nwho:\n  - {id: a, test: agee > 3\nsource: {document: notice, confidence: verified}\n"
    wrong = client.post(address, {"text": typed})
    page = wrong.content.decode()
    assert wrong.status_code == 422 and "行" in page and "agee &gt; 3" in page
    wrong = client.post(address, {"text": typed.replace("agee > 3", "agee > 3}")})
    assert "是不是想写 age（年龄）" in wrong.content.decode()
    right = client.post(address, {"text": typed.replace("agee > 3", "age > 70}")})
    assert right.status_code == 302


def test_the_strip_and_the_results_show_figures_that_open_their_lists(client, draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    strip = client.get(at("draft_outcome", draft), **HTMX).content.decode()
    assert "新增享受" in strip or "金额增加的人" in strip
    for by in ("town", "age", "relief", "level", "sex", "urban"):
        page = client.get(at("draft_results", draft), {"by": by, "service": "age-allowance"})
        assert page.status_code == 200
    text = page.content.decode()
    assert at("draft_people", draft) in text and "经费测算" in text and "group-chart-data" in text
    names = client.get(at("draft_people", draft), {"measure": "gained", "service": "age-allowance"}).content.decode()
    assert "陈建国" in names and "杨玉兰" in names and "李桂花" not in names
    finance = people.client_for(ran.cast.finance)
    actions.share(ran.cast.bureau, draft.pk, True)
    assert finance.get(at("draft_results", draft)).status_code == 200
    assert finance.post(at("draft_standard", draft, "age_from"), {"value": "60"}).status_code == 403


def test_an_absurd_draft_says_so_instead_of_figures(client, draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 200)
    text = client.get(at("draft_results", draft)).content.decode()
    assert "年龄不可能是200" in text and "经费测算" not in text
    strip = client.get(at("draft_outcome", draft), **HTMX).content.decode()
    assert "请先改正以上问题" in strip


def test_the_comparison_goes_out_as_a_workbook_and_as_a_paper(client, draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    answer = client.get(at("draft_results", draft), {"format": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert {"改动内容", "经费测算"} <= set(book.sheetnames) and len(book.sheetnames) == 12
    rows = list(book["改动内容"].iter_rows(values_only=True))
    assert [row[2:] for row in rows[1:]] == [("80周岁", "70周岁")]
    paper = client.get(at("draft_results", draft), {"format": "pdf"})
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF-")


def test_two_drafts_stand_beside_each_other(client, draft, ran):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    other = actions.duplicate(ran.cast.bureau, draft.pk, "再低一点")
    actions.set_value(ran.cast.bureau, other.pk, "age_from", 65)
    address = reverse("entitlements:draft_compare")
    assert client.get(address).status_code == 200
    text = client.get(address, {"a": draft.pk, "b": other.pk}).content.decode()
    assert "70周岁" in text and "65周岁" in text and "再低一点" in text
    answer = client.get(address, {"a": draft.pk, "b": other.pk, "format": "xlsx"})
    assert len(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).sheetnames) == 3


def test_from_submission_to_force_by_the_pages(client, draft, ran, second):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    draft.refresh_from_db()
    page = client.post(at("draft_submit", draft), {"version": draft.version, "title": "", "dated": ""})
    assert page.status_code == 422
    sent = {**PAPER, "dated": PAPER["dated"].isoformat(), "version": draft.version, "paper": scan()}
    assert client.post(at("draft_submit", draft), sent).status_code == 302
    draft.refresh_from_db()
    mine = client.post(at("draft_review", draft), {"version": draft.version})
    assert mine.status_code == 422 and "须由他人审核" in mine.content.decode()
    reviewer = people.client_for(second)
    assert "审核通过并施行" in reviewer.get(at("draft_review", draft)).content.decode()
    assert reviewer.post(at("draft_review", draft), {"version": draft.version}).status_code == 302
    amendment = Amendment.objects.get()
    services = client.get(reverse("entitlements:services")).content.decode()
    assert "修订" in services and PAPER["title"] in services
    assert PAPER["number"] in client.get(reverse("entitlements:amendment", args=[amendment.pk])).content.decode()
    page = client.get(reverse("entitlements:service", args=["age-allowance"])).content.decode()
    assert PAPER["title"] in page and reverse("entitlements:amendment", args=[amendment.pk]) in page
    ended = reviewer.post(reverse("entitlements:amendment_end", args=[amendment.pk]),
                          {"version": amendment.version, "on": START.isoformat(), "reason": "政策到期"})
    assert ended.status_code == 302


def test_the_endpoints_make_change_reckon_and_put_in_force(client, ran, second):
    wanted = {"region": people.COUNTY, "name": "接口试算", "effective_from": START.isoformat()}
    made = client.post("/api/entitlements/drafts", wanted, content_type="application/json")
    assert made.status_code == 201
    pk = made.json()["id"]
    base = f"/api/entitlements/drafts/{pk}"
    assert client.put(f"{base}/standards/age_from", {"value": 70}, content_type="application/json").status_code == 200
    wrong = client.put(f"{base}/standards/age_from", {"value": "param('x')"}, content_type="application/json")
    assert wrong.status_code == 422 and "没有“x”这项标准" in wrong.json()["error"]
    assert client.get(f"{base}/changes").json()[0]["after"] == "70周岁"
    found = client.get(f"{base}/results", {"by": "town"}).json()
    whole = next(row for row in found["rows"] if row["dimension"] == "" and row["service"] == "")["figures"]
    towns = [row["figures"] for row in found["rows"] if row["dimension"] == "town" and row["service"] == ""]
    assert whole["gained"] == sum(row["gained"] for row in towns) == 2
    version = client.get(base).json()["version"]
    sent = client.post(f"{base}/submit", {**PAPER, "dated": PAPER["dated"].isoformat(), "version": version,
                                          "paper": scan()})
    assert sent.status_code == 200, sent.json()
    other = people.client_for(second)
    force = other.post(f"{base}/promote", {"version": sent.json()["version"]}, content_type="application/json")
    assert force.status_code == 201 and force.json()["entries"][0]["key"] == "age_from"
    assert client.get("/api/entitlements/amendments").json()[0]["title"] == PAPER["title"]


def test_a_large_county_is_reckoned_by_a_job(client, draft, ran, monkeypatch):
    from yinian.core.jobs import actions as jobs
    from yinian.core.jobs.models import Job
    from yinian.entitlements.drafts import reckoning

    monkeypatch.setattr(reckoning, "LIVE_PEOPLE", 1)
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    assert "job-" in client.get(at("draft_outcome", draft), **HTMX).content.decode()
    job = Job.objects.get(kind="entitlements.whatif")
    monkeypatch.setattr("yinian.core.jobs.actions.connection.close", lambda: None)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert "经费测算" in client.get(at("draft_results", draft)).content.decode()


def test_a_draft_is_renewed_returned_and_discarded_by_the_pages(client, draft, ran, second):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    assert client.get(at("draft_renew", draft)).status_code == 200
    draft.refresh_from_db()
    waiting = review.submit(ran.cast.bureau, draft.pk, draft.version, **{**PAPER, "paper": scan()})
    reviewer = people.client_for(second)
    back = {"return": "1", "version": waiting.version}
    assert reviewer.post(at("draft_review", draft), back | {"reason": ""}).status_code == 422
    assert reviewer.post(at("draft_review", draft), back | {"reason": "缺依据"}).status_code == 302
    assert client.get(at("draft_discard", draft)).status_code == 200
    assert client.post(at("draft_discard", draft)).status_code == 302
    assert "已作废" in client.get(reverse("entitlements:drafts")).content.decode()


def test_a_service_is_put_together_from_nothing_and_shows_whom_it_reaches(client, draft, ran):
    address = at("draft_blank", draft)
    page = client.get(address).content.decode()
    assert "适用对象" in page or "享受对象" in page or "c0-fact" in page
    row = client.get(address, {"row": "1", "c1-fact": "living"}, **HTMX).content.decode()
    assert "<html" not in row and 'type="checkbox"' in row and "独居" in row and 'name="c1-value"' in row
    form = {"name": "独居老人补贴", "key": "", "kind": "cash", "group": "关爱服务", "apply": "automatic", "amount": "",
            "period": "", "clause": "第二条", "description": "", "c0-fact": "", "c1-fact": ""}
    wrong = client.post(address, form)
    text = wrong.content.decode()
    assert wrong.status_code == 422 and "至少一项条件" in text and "独居老人补贴" in text
    wrong = client.post(address, form | {"c0-fact": "age", "c0-op": ">=", "c0-value": "七十", "amount": "50"})
    assert wrong.status_code == 422 and "可填" in wrong.content.decode() and "请选择" in wrong.content.decode()
    good = form | {"c0-fact": "age", "c0-op": ">=", "c0-value": "70", "c1-fact": "living", "c1-op": "=",
                   "c1-value": ["alone", "spouse"], "amount": "50.5", "period": "month"}
    for key, words in (("Grosse", "小写"), ("age-allowance", "已被使用")):
        wrong = client.post(address, good | {"key": key})
        assert wrong.status_code == 422 and words in wrong.content.decode()
    saved = client.post(address, good, follow=True)
    assert saved.status_code == 200 and "独居老人补贴" in saved.content.decode()
    (key,) = draft.entries.values_list("key", flat=True)
    entry = actions.current(draft, "service", key)
    assert [t["test"] for t in entry["who"]] == ["age >= 70", "living IN ('alone', 'spouse')"]
    assert entry["gives"] == {"amount": 5050, "period": "month"} and entry["source"]["clause"] == "第二条"
    assert entry["who"][1]["label"]["zh"].endswith("独居、与配偶同住") or "独居" in entry["who"][1]["label"]["zh"]
    client.post(address, good | {"key": "own-code", "kind": "service", "amount": "", "period": ""})
    assert draft.entries.filter(key="own-code").exists()
