"""The audit pages: rows in words, the chain's state, the check, the head."""

import pytest
from django.db import transaction
from tests.cast import A1, NEIGHBOUR, client_for

from yinian.core.audit.actions import record, reveal
from yinian.core.audit.labels import action_words, kind_words
from yinian.core.jobs.actions import run
from yinian.core.models import AuditRow, Job

pytestmark = pytest.mark.django_db


def write(actor, action, region="", **more):
    with transaction.atomic():
        return record(actor, action, actor, region=region, **more)


def test_acts_are_shown_in_words_and_never_as_code(cast):
    write(cast.bureau, "users.lock", A1, reason="调离"), write(cast.bureau, "people.some_new_act", A1)
    page = client_for(cast.auditor).get("/audit/").content.decode()
    table = page.split('id="list"')[1]
    assert "停用账号" in table
    assert "老年人：留痕操作" in table
    assert "some_new_act" not in table
    assert "汴塘村" in table


def test_words_exist_for_what_nobody_named():
    assert action_words("never.heard") == "留痕操作"
    assert kind_words("never.heard") == "记录"
    assert kind_words("") == ""


def test_rows_of_another_county_are_not_shown(cast):
    write(cast.stranger, "users.lock", NEIGHBOUR)
    table = client_for(cast.auditor).get("/audit/").content.decode().split('id="list"')[1]
    assert "停用账号" not in table


def test_rows_are_found_by_person_act_and_day(cast):
    write(cast.bureau, "users.lock", A1), write(cast.town_a, "users.create", A1)
    client = client_for(cast.auditor)
    for query, found, missing in (
        ("who=bureau", "停用账号", "新建用户"), ("action=users.create", "新建用户", "停用账号"),
    ):
        table = client.get(f"/audit/?{query}").content.decode().split("<tbody>")[1]
        assert found in table
        assert missing not in table
    assert "没有符合条件的数据" in client.get("/audit/?until=2001-01-01").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_check_runs_as_a_job_and_its_finding_joins_the_chain(cast):
    write(cast.bureau, "users.lock", A1)
    client = client_for(cast.auditor)
    assert "从未核验" in client.get("/audit/").content.decode()
    answer = client.post("/audit/verify/")
    made = Job.objects.get()
    assert answer["Location"] == f"/jobs/{made.pk}/"
    run(made.pk)
    made.refresh_from_db()
    assert (made.state, made.result["whole"]) == ("done", True)
    assert AuditRow.objects.get(action="audit.verify").detail["rows"] == made.result["rows"]
    assert "完整" in client.get("/audit/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_head_leaves_as_text(cast):
    write(cast.bureau, "users.lock", A1)
    answer = client_for(cast.auditor).get("/audit/head/")
    assert "attachment" in answer["Content-Disposition"]
    head = AuditRow.objects.get().link.hash
    assert head in answer.content.decode()
    assert "汨罗市" in answer.content.decode()


def test_showings_of_masked_values_are_listed_with_their_reasons(cast):
    cast.village_a.office = "secret"
    reveal(cast.bureau, "people.reveal", cast.village_a, "office", region=A1, reason="核对住址")
    page = client_for(cast.auditor).get("/audit/reveals/").content.decode()
    assert "核对住址" in page
    assert "secret" not in page


def test_who_keeps_no_audit_reads_none(cast):
    for user in (cast.bureau, cast.village_a, cast.reviewer):
        client = client_for(user)
        assert [client.get(a).status_code for a in ("/audit/", "/audit/reveals/", "/audit/head/")] == [403] * 3
        assert client.post("/audit/verify/").status_code == 403
    assert not Job.objects.exists()
