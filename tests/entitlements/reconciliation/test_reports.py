"""A report of payments, from file to findings to corrections: it adds up, says why, and can be taken back."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.adjustments.conftest import JULY
from tests.entitlements.adjustments.test_recalculation import died, look
from tests.entitlements.reconciliation.conftest import again, checked, report, row, taken_in
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow
from yinian.entitlements.adjustments import actions as corrections
from yinian.entitlements.models import Correction, Finding, PaidBatch, PaidLine, PaidRow, PayItem, Receipt
from yinian.entitlements.reconciliation import actions, findings, reasons

STRANGER = people.make_id_number(dt.date(1941, 3, 3), "female", 77)


def kinds(batch):
    """Who was found with what: person's id (or None) to kind, over and short."""
    return {f.person_id: (f.kind, f.over_fen, f.short_fen) for f in Finding.objects.filter(batch=batch)}


@pytest.fixture
def july(world, cast):
    """The one-card report of July, complete: one of each kind of finding; 'oldest' paid right."""
    w = world
    died(w["elsewhere"], dt.date(2024, 6, 10))
    w["moved"] = people.make_person(people.A2, "何满秀", birth=dt.date(1941, 1, 1))
    people.make_spell(w["moved"], "move", "out", since=dt.date(2024, 5, 1), department="public_security")
    w["young"] = people.make_person(people.A2, "赵学军", "male", birth=dt.date(1960, 1, 1))
    w["twice"] = people.make_person(people.B2, "孙凤英", birth=dt.date(1950, 2, 2))
    file = report(
        row(w["oldest"], yuan=100), row(w["elsewhere"]), row(w["moved"]), row(w["young"]),
        row(w["poor"], item="大额补贴", yuan=60), row(w["poor"], item="大额补贴", yuan=90),
        ("无名氏", STRANGER, "", "高龄津贴", "2024-07", 50),
    )
    return checked(cast.bureau, file, complete=True)


def test_the_check_shows_what_would_be_found_and_writes_nothing_that_counts(july, world, cast):
    counts = july.counts
    assert july.state == "checked" and not PaidLine.objects.exists() and not Finding.objects.exists()
    assert counts["rows"] == 7 and counts["faulty"] == 0 and counts["unmapped"] == 0
    assert {kind: found["n"] for kind, found in counts["kinds"].items()} == {
        "not_due": 1, "unpaid": 1, "twice": 1, "dead": 1, "moved": 1, "unknown": 1}
    assert counts["paid_fen"] == counts["agreed_fen"] + counts["over_fen"] == 45000
    assert counts["lines"] == counts["agreed_lines"] + sum(found["rows"] for found in counts["kinds"].values())


def test_taken_in_every_finding_says_why_and_goes_to_its_town(july, world, cast):
    batch = taken_in(cast.bureau, july)
    assert batch.state == "committed" and PaidLine.objects.filter(batch=batch).count() == 7
    found = {f.kind: f for f in Finding.objects.filter(batch=batch)}
    said = {kind: reasons.sentence(f) for kind, f in found.items()}
    assert said["dead"] == "已于2024年6月10日去世" and "迁出" in said["moved"]
    assert "年满80周岁" in said["not_due"] and "出生日期：1960年1月1日" in said["not_due"]
    assert said["unpaid"] == "当月完整报表中没有此人" and found["unpaid"].person_id == world["old"].pk
    assert said["unknown"] == "档案中没有此身份证号" and "无名氏" in str(found["unknown"].payee)
    assert found["twice"].over_fen == 3000 and found["twice"].basis == "approved"
    items = WorkItem.objects.filter(kind="entitlements.findings", state="open")
    assert {item.region_id: item.params["count"] for item in items} == {
        people.TOWN_A: 3, people.TOWN_B: 2, people.COUNTY: 1}


def test_the_strangers_name_and_number_are_kept_encrypted(july, cast):
    from django.db import connection

    batch = taken_in(cast.bureau, july)
    with connection.cursor() as cursor:
        cursor.execute("SELECT payee FROM entitlements_paidline WHERE person_id IS NULL AND batch_id = %s", [batch.pk])
        (sealed,) = cursor.fetchone()
    assert STRANGER.encode() not in bytes(sealed) and "无名氏".encode() not in bytes(sealed)
    line = PaidLine.objects.get(batch=batch, person=None)
    assert STRANGER in str(line.payee)


def test_receipts_follow_what_was_paid_and_end_for_whom_the_complete_report_leaves_out(july, world, cast):
    before = Receipt.objects.create(person=world["old"], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                                    department="civil_affairs")
    batch = taken_in(cast.bureau, july)
    made = Receipt.objects.get(person=world["oldest"])
    assert (made.period.lower, made.amount_fen, made.batch_id) == (JULY, 10000, batch.pk)
    before.refresh_from_db()
    assert before.period.upper == JULY and batch.counts["receipts_ended"] == 1
    actions.withdraw(cast.bureau, batch.pk, version=batch.version, reason="传错文件")
    before.refresh_from_db()
    assert before.period.upper is None and not Receipt.objects.filter(batch=batch).exists()


def test_the_same_report_counts_once(july, world, cast):
    taken_in(cast.bureau, july)
    rows = [(line.person.name, line.person.id_number, "", line.item, "2024年7月", line.amount_fen / 100)
            for line in PaidLine.objects.filter(person__isnull=False)]
    rows.append(("无名氏", STRANGER, "", "高龄津贴", "202407", 50))
    second = checked(cast.bureau, report(*reversed(rows)), complete=True)
    assert second.counts["already"]
    with pytest.raises(Refused):
        actions.start_commit(cast.bureau, second.pk, second.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        first = PaidBatch.objects.get(state="committed")
        PaidBatch.objects.filter(pk=second.pk).update(
            state="committed", content_sha256=first.content_sha256, committed_by=cast.bureau,
            committed_at=timezone.now())


def test_a_second_report_of_the_same_month_is_one_payment_too_many(july, world, cast):
    taken_in(cast.bureau, july)
    second = taken_in(cast.bureau, checked(cast.bureau, report(row(world["oldest"], yuan=30))))
    found = Finding.objects.get(batch=second)
    assert (found.kind, found.over_fen) == ("twice", 3000) and "另一份报表" in reasons.sentence(found)


def test_faulty_rows_come_back_red_and_the_rest_goes_on(world, cast):
    w = world
    batch = checked(cast.bureau, report(
        row(w["old"]), row(w["oldest"], yuan="一百"), row(w["poor"], month="去年"),
        row(w["alone"], number="990681190001010000"),
        ("李四", "", "", "高龄津贴", "2024-07", 50), row(w["elsewhere"], month="2199-01"),
    ))
    assert batch.counts["faulty"] == 5 and batch.returned_id is not None and batch.counts["lines"] == 1
    assert batch.counts["left"]["faulty"]["rows"] == 5


def test_a_file_that_is_no_table_is_refused_in_words(world, cast):
    batch = checked(cast.bureau, report())
    assert batch.state == "refused" and batch.problem


def test_items_of_another_name_are_mapped_once_for_the_department(world, cast):
    gift = row(world["oldest"], item="春节慰问", yuan=200)
    batch = checked(cast.bureau, report(row(world["old"], item="高龄 补贴"), gift))
    assert batch.counts["unmapped"] == 2 and batch.counts["lines"] == 0
    job = actions.map_items(cast.bureau, batch.pk, {"高龄补贴": "age-allowance", "春节慰问": ""}, batch.version)
    assert job.kind == actions.CHECK
    job.state = "done"
    job.save()
    batch = again(cast.bureau, batch)
    assert (batch.counts["unmapped"], batch.counts["lines"]) == (0, 1)
    assert batch.counts["left"]["foreign"]["fen"] == 20000
    with pytest.raises(Refused):
        actions.map_items(cast.bureau, batch.pk, {"高龄补贴": "no-such"}, batch.version)
    with pytest.raises(Changed):
        actions.map_items(cast.bureau, batch.pk, {}, batch.version - 1)
    assert PayItem.objects.count() == 2
    other = checked(cast.bureau, report(row(world["poor"], item="高龄补贴")))
    assert other.counts["unmapped"] == 0


def test_one_item_and_month_for_the_whole_list(world, cast):
    batch = checked(cast.bureau, report(row(world["old"], item="", month="")), item="高龄津贴")
    assert batch.counts["lines"] == 1 and batch.counts["months"] == ["2024-07-01"]


def test_a_doubtful_payee_waits_for_a_person(world, cast):
    batch = checked(cast.bureau, report(row(world["old"], name="王大锤"), row(world["oldest"], yuan=100)))
    assert batch.counts["waiting"] == 1 and batch.counts["lines"] == 1
    doubt = PaidRow.objects.get()
    with pytest.raises(Refused):
        actions.decide(cast.bureau, doubt.pk, "same", world["poor"].pk)
    with pytest.raises(NotVisible):
        actions.decide(cast.stranger, doubt.pk, "new")
    actions.decide(cast.bureau, doubt.pk, "same", world["old"].pk)
    batch = again(cast.bureau, batch)
    assert batch.counts["waiting"] == 0 and batch.counts["lines"] == 2
    actions.decide(cast.bureau, PaidRow.objects.get().pk, "new")
    batch = taken_in(cast.bureau, again(cast.bureau, batch))
    assert kinds(batch) == {None: ("unknown", 5000, 0)}


def test_without_a_cycle_the_rules_say_what_was_due(world, cast):
    batch = taken_in(cast.bureau, checked(cast.bureau, report(
        row(world["old"], month="2024-05"), row(world["alone"], month="2024-05"),
        row(world["poor"], item="小额补贴", yuan=30, month="2024-05")), complete=True))
    found = kinds(batch)
    assert found[world["alone"].pk] == ("not_due", 5000, 0) and world["old"].pk not in found
    assert found[world["oldest"].pk] == ("unpaid", 0, 10000)
    poor = Finding.objects.get(person=world["poor"])
    assert poor.reason == "superseded" and "大额补贴" in reasons.sentence(poor) and poor.basis == "rules"


def test_a_refused_line_and_a_fact_not_known_are_told_apart(world, cast, months):
    from django.db import connection

    from yinian.entitlements.models import CycleLine

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        CycleLine.objects.filter(person=world["old"], month=JULY).update(
            state="refused", reason="公示有异议", paid=False)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    world["poor"].spells.filter(kind="ability").update(retracted_at=timezone.now(), retracted_by=cast.bureau,
                                                       retract_reason="作废")
    batch = taken_in(cast.bureau, checked(cast.bureau, report(
        row(world["old"]), row(world["poor"], item="大额补贴", yuan=120, month="2024-05"))))
    said = {f.person_id: (f.reason, f.step, reasons.sentence(f)) for f in Finding.objects.filter(batch=batch)}
    assert said[world["old"].pk] == ("refused", "recover", "当月审核未通过：公示有异议")
    assert said[world["poor"].pk][:2] == ("check", "find_out") and "能力等级" in said[world["poor"].pk][2]


def test_findings_are_explained_told_or_proposed_and_leave_the_desk(july, world, cast):
    batch = taken_in(cast.bureau, july)
    by_kind = {f.kind: f for f in Finding.objects.filter(batch=batch)}
    with pytest.raises(Refused):
        findings.explain(cast.town_a, [by_kind["moved"].pk], " ")
    with pytest.raises(NotVisible):
        findings.explain(cast.town_b, [by_kind["moved"].pk], "说明")
    with pytest.raises(Forbidden):
        findings.explain(cast.village_a, [by_kind["moved"].pk], "说明")
    assert findings.explain(cast.town_a, [by_kind["moved"].pk], "6月补发") == 1
    assert findings.tell(cast.bureau, [by_kind["unpaid"].pk]) == 1
    with pytest.raises(Refused):
        findings.propose(cast.bureau, [by_kind["unknown"].pk])
    assert findings.propose(cast.bureau, [by_kind["dead"].pk, by_kind["not_due"].pk]) == (2, 0)
    dead = Correction.objects.get(person=world["elsewhere"])
    assert (dead.kind, dead.amount_fen, dead.origin, dead.deceased) == ("recovery", 5000, "finding", True)
    by_kind["dead"].refresh_from_db()
    assert by_kind["dead"].correction_id == dead.pk and by_kind["dead"].state == "proposed"
    assert AuditRow.objects.filter(action="entitlements.finding_propose").exists()
    a = WorkItem.objects.get(key=f"paid:{batch.pk}/{people.TOWN_A}")
    assert a.state == "done"


def test_what_was_reported_takes_the_place_of_what_was_approved_in_past_months(july, world, cast):
    """oldest is paid right; old, in the complete report not at all; poor too much: the recalculation says the same."""
    taken_in(cast.bureau, july)
    look(cast.bureau)
    old = Correction.objects.get(person=world["old"])
    assert (old.kind, [(a.month, a.held_fen, a.due_fen) for a in old.adjustments.all()]) == (
        "arrears", [(JULY, 0, 5000)])
    poor = Correction.objects.get(person=world["poor"])
    assert (poor.kind, poor.amount_fen) == ("recovery", 3000)
    assert not Correction.objects.filter(person=world["oldest"]).exists()


def test_a_report_taken_back_takes_its_undecided_proposals_along(july, world, cast):
    batch = taken_in(cast.bureau, july)
    found = Finding.objects.get(batch=batch, kind="not_due")
    findings.propose(cast.bureau, [found.pk])
    actions.withdraw(cast.bureau, batch.pk, version=batch.version, reason="传错文件")
    assert Correction.objects.get(person=world["young"]).state == "dropped"
    assert not Finding.objects.filter(batch=batch, state="open").exists()
    assert not WorkItem.objects.filter(kind="entitlements.findings", state="open").exists()
    assert look(cast.bureau, whole=True)["made"] == 0


def test_a_decided_correction_holds_its_report_fast(july, world, cast):
    batch = taken_in(cast.bureau, july)
    found = Finding.objects.get(batch=batch, kind="not_due")
    findings.propose(cast.bureau, [found.pk])
    row_ = Correction.objects.get(person=world["young"])
    done = corrections.confirm(cast.town_a, row_.pk, version=row_.version, method="at_once")
    corrections.approve(cast.bureau, done.pk, version=done.version)
    with pytest.raises(Refused, match="已经办结"):
        actions.withdraw(cast.bureau, batch.pk, version=batch.version, reason="传错文件")
    with pytest.raises(Refused):
        actions.withdraw(cast.bureau, batch.pk, version=batch.version, reason=" ")


def test_proposing_twice_or_where_nothing_is_left_makes_nothing(july, world, cast):
    batch = taken_in(cast.bureau, july)
    found = Finding.objects.get(batch=batch, kind="not_due")
    assert findings.propose(cast.bureau, [found.pk]) == (1, 0)
    assert findings.propose(cast.bureau, [found.pk]) == (0, 0)
    row_ = Correction.objects.get(person=world["young"])
    assert row_.amount_fen == 5000 and row_.adjustments.count() == 1


def test_lines_and_findings_stay_and_a_crash_leaves_nothing(july, world, cast, monkeypatch):
    from tests.entitlements.conftest import doing

    job = actions.start_commit(cast.bureau, july.pk, july.version)

    def broken(*args):
        raise OSError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(actions, "refresh_desks", broken)
        with pytest.raises(OSError, match="on purpose"):
            actions.commit(doing(job))
    assert not PaidLine.objects.exists() and not Finding.objects.exists() and not Receipt.objects.filter(
        batch=july).exists()
    actions.commit(doing(job))
    assert PaidLine.objects.count() == 7
    for thing in (PaidLine.objects, Finding.objects):
        with pytest.raises(Exception, match=r"stay|protect|Cannot"), transaction.atomic():
            thing.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        PaidLine.objects.update(amount_fen=1)


def test_a_town_reconciles_its_own_people_and_sends_the_rest_to_the_bureau(world, cast):
    batch = checked(cast.town_a, report(row(world["old"]), row(world["poor"])), region=people.TOWN_A)
    assert batch.counts["faulty"] == 1 and batch.counts["lines"] == 1
    with pytest.raises(NotVisible):
        actions.check_again(cast.town_b, batch.pk)
    with pytest.raises(NotVisible):
        checked(cast.town_a, report(row(world["old"])), region=people.COUNTY)


def test_pages_lead_from_upload_to_proposal(world, cast):
    from tests.entitlements.conftest import doing
    from yinian.core.models import Job

    base = "/services/paid/"
    client = people.client_for(cast.bureau)
    assert client.get(f"{base}new/").status_code == 200
    assert client.get(f"{base}template/")["Content-Type"].startswith("application/vnd.openxml")
    bad = client.post(f"{base}new/", {"department": "", "month": "七月"})
    assert bad.status_code == 422 and "2026-07" in bad.content.decode()
    sent = client.post(f"{base}new/", {
        "department": "civil_affairs", "source": "one_card", "region": people.COUNTY, "month": "2024-07",
        "file": report(row(world["young_"] if "young_" in world else world["alone"]), row(world["oldest"], yuan=100)),
    })
    batch = PaidBatch.objects.get()
    assert sent.status_code == 302 and sent["Location"] == f"{base}{batch.pk}/"
    actions.check(doing(batch.job))
    Job.objects.filter(pk=batch.job_id).update(state="done")
    page = client.get(f"{base}{batch.pk}/").content.decode()
    assert "账目是否相符" in page and "不应发而已发" in page and "入账" in page
    batch.refresh_from_db()
    client.post(f"{base}{batch.pk}/commit/", {"version": batch.version})
    batch.refresh_from_db()
    actions.commit(doing(batch.job))
    listed = client.get(f"{base}{batch.pk}/findings/?kind=not_due").content.decode()
    assert world["alone"].name in listed and "年满80周岁" in listed
    found = Finding.objects.get()
    one = client.get(f"{base}findings/{found.pk}/").content.decode()
    assert "提出追回" in one and "提出补发或追回" in one
    ask = client.post(f"{base}{batch.pk}/findings/explain/", {"ids": [found.pk]})
    assert ask.status_code in (200, 422) and "说明差异" in ask.content.decode()
    done = client.post(f"{base}{batch.pk}/findings/propose/", {"ids": [found.pk]}, follow=True).content.decode()
    assert "已就1条差异提出补发或追回" in done
    assert client.get(f"{base}").status_code == 200 and client.get(f"{base}{batch.pk}/items/").status_code == 200
    assert client.get(f"{base}{batch.pk}/payees/").status_code == 200
    got = client.get(f"/api/entitlements/reports/{batch.pk}/findings").json()
    assert got[0]["kind"] == "not_due" and got[0]["correction"] is not None
    for user, status in ((cast.stranger, 404), (cast.reviewer, 403), (cast.town_b, 200)):
        assert people.client_for(user).get(f"{base}{batch.pk}/").status_code == status
    assert world["alone"].name not in people.client_for(cast.town_b).get(
        f"{base}{batch.pk}/findings/").content.decode()
