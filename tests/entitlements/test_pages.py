"""Pages about dues: who may see what, what they say, and how many queries they cost."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast as people
from tests.entitlements.conftest import NEXT
from yinian.core.inbox.queries import sentence
from yinian.core.models import AuditRow, WorkItem
from yinian.entitlements.models import Receipt

BASE = "/services/"


@pytest.fixture
def done(run, cast, folk):
    Receipt.objects.create(person=folk["old"], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                           department="civil_affairs")
    run(cast.bureau)
    return run(cast.bureau, NEXT)


def text_of(response) -> str:
    return response.content.decode()


def test_a_stranger_of_the_area_finds_nothing_and_a_role_without_the_right_is_refused(done, cast, folk):
    person = f"{BASE}person/{folk['old'].pk}/"
    cases = [
        (cast.village_b, f"{BASE}?region={people.A1}", 404), (cast.village_b, person, 404),
        (cast.village_b, f"{BASE}people/?region={people.A1}", 404), (cast.stranger, person, 404),
        (cast.village_b, f"{BASE}check/?region={people.TOWN_A}", 404), (cast.stranger, f"{BASE}runs/{done.pk}/", 404),
        (cast.reviewer, person, 403), (cast.reviewer, f"{BASE}people/", 403), (cast.reviewer, f"{BASE}check/", 403),
        (cast.admin, BASE, 403), (cast.member, person, 403), (cast.town_a, f"{BASE}runs/start/", 403),
        (cast.reviewer, BASE, 200), (cast.village_a, person, 200), (cast.assessor, f"{BASE}check/", 200),
        (cast.village_a, f"{BASE}runs/{done.pk}/", 200),
    ]  # fmt: skip
    for user, path, status in cases:
        assert people.client_for(user).get(path).status_code == status, (user.username, path)


def test_the_countys_figure_leads_to_one_person_in_four_clicks(done, cast, folk):
    client = people.client_for(cast.bureau)
    county = text_of(client.get(BASE))
    assert f"?region={people.TOWN_A}" in county
    town = text_of(client.get(f"{BASE}?region={people.TOWN_A}"))
    assert f"?region={people.A1}" in town
    village = text_of(client.get(f"{BASE}?region={people.A1}"))
    address = f"{BASE}people/?region={people.A1}&amp;service=age-allowance&amp;measure=due"
    assert address in village
    names = text_of(client.get(address.replace("&amp;", "&")))
    assert f"{BASE}person/{folk['old'].pk}/" in names and folk["poor"].name not in names


def test_a_persons_page_gives_reason_fact_source_and_clause(done, cast, folk):
    page = text_of(people.client_for(cast.village_a).get(f"{BASE}person/{folk['oldest'].pk}/"))
    for words in ("高龄津贴", "年满80周岁", "每月100元", "测试通知", "第一条", "未享受", "探访关爱"):
        assert words in page
    poor = text_of(people.client_for(cast.village_b).get(f"{BASE}person/{folk['poor'].pk}/"))
    assert "待核查" in poor and "居住状况" in poor and f"/people/{folk['poor'].pk}/record/living/" in poor


def test_the_list_to_take_along_names_whom_to_ask_and_what(done, cast, folk):
    page = text_of(people.client_for(cast.village_b).get(f"{BASE}check/"))
    assert folk["poor"].name in page and "居住状况" in page and "探访关爱" in page and "盖章" in page
    county = text_of(people.client_for(cast.bureau).get(f"{BASE}check/"))
    assert folk["poor"].name not in county and f"region={people.TOWN_B}" in county


def test_the_work_item_is_a_sentence_and_leads_to_its_list(done, cast, folk):
    item = WorkItem.objects.get(key=f"check:{people.B1}:living")
    assert sentence(item) == "核实“居住状况”，涉及1人"
    assert people.client_for(cast.village_b).get(item.url).status_code == 200


def test_workbooks_hold_what_the_pages_show_and_are_put_on_record(done, cast, folk):
    client = people.client_for(cast.bureau)
    for path, words in (("?format=xlsx", "高龄津贴"), ("check/?format=xlsx", folk["poor"].name),
                        ("people/?service=age-allowance&format=xlsx", folk["old"].name)):
        response = client.get(BASE + path)
        assert response.status_code == 200
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        cells = [str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
        assert words in cells, path
    assert AuditRow.objects.filter(action="entitlements.export").count() == 3


def test_starting_a_run_by_the_page_leads_to_its_job_and_refusals_stand_by_the_field(pack, cast, folk):
    client = people.client_for(cast.bureau)
    assert client.get(f"{BASE}runs/start/").status_code == 200
    late = client.post(f"{BASE}runs/start/", {"region": people.COUNTY, "as_of": "2199-01-01"})
    assert late.status_code == 422 and "不能晚于今天" in text_of(late)
    started = client.post(f"{BASE}runs/start/", {"region": people.COUNTY, "as_of": "2024-06-01"})
    assert started.status_code == 302 and "/jobs/" in started["Location"]


def test_a_pack_with_a_fault_is_named_on_the_page(pack, cast, folk):
    (pack / "services" / "10.yaml").write_text("- id: Bad Id\n", "utf-8")
    page = text_of(people.client_for(cast.bureau).get(BASE))
    assert "政策包有误" in page and "10.yaml" in page
    assert people.client_for(cast.bureau).get(f"{BASE}list/").status_code == 200


def test_before_the_first_run_the_pages_say_so(pack, cast):
    client = people.client_for(cast.bureau)
    for path in ("", "changes/", "check/", "people/", "runs/", "list/"):
        response = client.get(BASE + path)
        assert response.status_code == 200, path


@pytest.mark.parametrize(("path", "budget"), [
    ("", 14), ("list/", 14), ("list/age-allowance/", 14), ("changes/", 14), ("check/", 14), ("runs/", 14),
    ("people/?measure=due", 14), ("people/?measure=missing&service=age-allowance", 14), ("people/?measure=newly", 14),
    ("person/{old}/", 20),
])  # fmt: skip
def test_pages_keep_to_their_query_budget(done, cast, folk, path, budget):
    client = people.client_for(cast.bureau)
    address = BASE + path.format(old=folk["old"].pk)
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    assert len(found) <= budget, [query["sql"][:120] for query in found]


def test_the_rest_door_tells_the_same_as_the_pages(done, cast, folk):
    client = people.client_for(cast.bureau)
    runs = client.get("/api/entitlements/runs").json()
    assert runs[0]["id"] == done.pk and runs[0]["people"] == 5
    figures = {row["service"]: row for row in client.get("/api/entitlements/figures").json()}
    assert figures["age-allowance"]["due"] == 2 and figures["age-allowance"]["missing"] == 1
    dues = client.get(f"/api/entitlements/people/{folk['old'].pk}").json()
    assert {row["service"]: row["status"] for row in dues}["age-allowance"] == "due"
    assert people.client_for(cast.stranger).get(f"/api/entitlements/people/{folk['old'].pk}").status_code == 404
    assert people.client_for(cast.reviewer).get(f"/api/entitlements/people/{folk['old'].pk}").status_code == 403
    body = {"region": people.COUNTY, "as_of": NEXT.isoformat()}
    refused = people.client_for(cast.town_a).post("/api/entitlements/runs", body, content_type="application/json")
    assert refused.status_code == 403
