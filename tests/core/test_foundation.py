"""The base floor: ciphers, scope, the audit chain as the database keeps it, jobs that happen once."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests import cast as people

from yinian.core import crypto
from yinian.core.audit import actions as audit
from yinian.core.audit import queries as chain
from yinian.core.calendar.queries import add_working_days, working_days_between
from yinian.core.errors import Forbidden, NotVisible
from yinian.core.inbox import actions as inbox
from yinian.core.inbox.kinds import work_kind
from yinian.core.inbox.models import WorkItem
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.kinds import KINDS, job_kind
from yinian.core.jobs.models import Job
from yinian.core.models import AuditLink, AuditRow, Holiday, Posting
from yinian.core.roles import Role

CASE = work_kind("test.case", "Look at %(what)s", "Open", Role.VILLAGE_WORKER, 3)


def test_a_cipher_opens_only_in_its_own_column():
    stored = crypto.encrypt("990681194005020020", "a.b")
    assert b"990681" not in stored
    assert crypto.decrypt(stored, "a.b") == "990681194005020020"
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(stored, "a.c")
    damaged = bytearray(stored)
    damaged[20] ^= 1
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(bytes(damaged), "a.b")


def test_two_ciphers_of_one_text_differ_and_its_index_does_not():
    assert crypto.encrypt("x", "a.b") != crypto.encrypt("x", "a.b")
    assert crypto.blind_index("x", "p") == crypto.blind_index("x", "p") != crypto.blind_index("x", "q")


def test_personal_columns_are_unreadable_in_the_database(county):
    person = people.make_person(phone="10000123456")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, phone FROM people_person WHERE id = %s", [person.pk])
        number, phone = cursor.fetchone()
    assert person.id_number.encode() not in bytes(number)
    assert b"10000123456" not in bytes(phone)
    person.refresh_from_db()
    assert person.phone == "10000123456"


def test_scope_is_the_region_and_what_lies_below(cast):
    cast.town_a.require("people.view", people.A1)
    with pytest.raises(NotVisible):
        cast.town_a.require("people.view", people.B1)
    with pytest.raises(Forbidden):
        cast.admin.require("people.view", people.A1)


def test_a_posting_that_ended_gives_nothing(cast):
    Posting.objects.filter(user=cast.town_a).update(period=(dt.date(2020, 1, 1), dt.date(2021, 1, 1)))
    user = type(cast.town_a).objects.get(pk=cast.town_a.pk)
    assert not user.may("people.view")


def test_one_role_cannot_be_held_twice_in_one_place_at_one_time(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(
            user=cast.town_a, role=Role.TOWN_OFFICER, region_id=people.TOWN_A, period=(dt.date(2024, 1, 1), None)
        )


def test_raising_the_epoch_ends_every_session_at_once(cast):
    client = people.client_for(cast.bureau)
    session = client.session
    assert session["_auth_user_hash"] == cast.bureau.get_session_auth_hash()
    cast.bureau.session_epoch += 1
    cast.bureau.save()
    assert session["_auth_user_hash"] != cast.bureau.get_session_auth_hash()


@pytest.mark.django_db(transaction=True)
class TestAuditChain:
    def _write(self, count: int = 3):
        from tests.cast import COUNTY, make_region, make_user

        for code, name, level in (("43", "湖南省", 1), ("4306", "岳阳市", 2), (COUNTY, "汨罗市", 3)):
            make_region(code, name, level)
        user = make_user("bureau", Role.BUREAU_OFFICER)
        for n in range(count):
            with transaction.atomic():
                audit.record(user, "test.act", region=COUNTY, detail={"n": n, "词": "值"})
        return user

    def test_rows_are_linked_at_commit_and_the_chain_is_whole(self):
        self._write()
        verdict = chain.verify()
        assert verdict.whole and verdict.rows == 3
        assert AuditLink.objects.count() == 3

    def test_a_rolled_back_act_leaves_no_row_and_no_gap(self):
        user = self._write(1)
        with pytest.raises(RuntimeError, match="on purpose"), transaction.atomic():
            audit.record(user, "test.act")
            raise RuntimeError("on purpose")
        with transaction.atomic():
            audit.record(user, "test.act")
        assert chain.verify().whole and chain.verify().rows == 2

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE core_auditrow SET action = 'x'",
            "DELETE FROM core_auditrow",
            "UPDATE core_auditlink SET hash = 'x'",
            "TRUNCATE core_auditrow CASCADE",
        ],
    )
    def test_the_database_refuses_to_change_history(self, sql):
        self._write()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert chain.verify().whole

    def test_a_forced_change_is_found_and_placed(self):
        self._write()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE core_auditrow SET action = 'x' WHERE id = (SELECT min(id) + 1 FROM core_auditrow)")
            cursor.execute("SET session_replication_role = DEFAULT")
        verdict = chain.verify()
        assert not verdict.whole and verdict.broken_at == 2

    def test_a_cut_end_is_found_by_the_exported_head(self):
        self._write()
        head = chain.verify().head
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM core_auditlink WHERE position = 3")
            cursor.execute("DELETE FROM core_auditrow WHERE id = (SELECT max(id) FROM core_auditrow)")
            cursor.execute("SET session_replication_role = DEFAULT")
        assert chain.verify().whole
        assert not chain.verify(expected_head=head).whole


def test_an_act_outside_a_transaction_is_refused(monkeypatch):
    class Outside:
        in_atomic_block = False

    monkeypatch.setattr(transaction, "get_connection", Outside)
    with pytest.raises(RuntimeError):
        audit.record(None, "test.act")  # type: ignore[arg-type]


def test_a_deadline_counts_working_days_and_the_countys_exceptions(county):
    friday = dt.date(2026, 9, 25)
    assert add_working_days(friday, 1) == dt.date(2026, 9, 28)
    Holiday.objects.create(day=dt.date(2026, 9, 28), works=False, name="测试假日")
    Holiday.objects.create(day=dt.date(2026, 9, 27), works=True, name="调休上班")
    assert add_working_days(friday, 1) == dt.date(2026, 9, 27)
    assert add_working_days(friday, 2) == dt.date(2026, 9, 29)
    assert working_days_between(friday, dt.date(2026, 9, 29)) == 2


def _ask(cast, key="k1", **more):
    with transaction.atomic():
        return inbox.ask(cast.bureau, "test.case", key=key, region=people.A1, params={"what": "1"}, url="/", **more)


def test_the_same_finding_asks_once(cast):
    first, second = _ask(cast), _ask(cast)
    assert first.pk == second.pk
    with transaction.atomic():
        inbox.settle(cast.bureau, "k1", "done")
    assert _ask(cast).pk != first.pk


def test_an_overdue_item_rises_from_village_to_town_to_bureau_and_stops(cast):
    item = _ask(cast, due_on=dt.date(2026, 1, 5))
    day = dt.date(2026, 2, 2)
    reached = []
    for _step in range(4):
        inbox.escalate_overdue(day)
        item.refresh_from_db()
        reached.append((item.region_id, item.role))
        day = item.due_on + dt.timedelta(days=1)
    assert reached == [
        (people.TOWN_A, Role.TOWN_OFFICER),
        (people.COUNTY, Role.BUREAU_OFFICER),
        (people.COUNTY, Role.BUREAU_OFFICER),
        (people.COUNTY, Role.BUREAU_OFFICER),
    ]
    assert item.escalations == 2


def test_an_item_handed_over_leaves_the_first_desk(cast):
    from yinian.core.inbox.queries import mine

    item = _ask(cast)
    assert item in mine(cast.village_a)
    inbox.hand_over(cast.village_a, item.pk, item.version, cast.town_a, "外出培训")
    assert item not in mine(cast.village_a)
    assert item in mine(cast.town_a)
    assert not mine(cast.village_b).exists()


@pytest.fixture
def counted():
    """A job kind whose effect can be counted: one work item a run."""
    calls = []

    @job_kind("test.count", "Count")
    def handler(context):
        calls.append(context.job.pk)
        context.progress(1, 2)
        with context.effect() as result:
            inbox.ask(
                context.actor, "test.case", key=f"job{context.job.pk}", region=people.A1, params={"what": "x"}, url="/"
            )
            result["calls"] = len(calls)

    yield calls
    del KINDS["test.count"]


@pytest.mark.django_db(transaction=True)
class TestJobs:
    @pytest.fixture
    def bureau(self):
        for code, name, level, kind in people.REGIONS:
            people.make_region(code, name, level, kind)
        return people.make_user("bureau", Role.BUREAU_OFFICER)

    def test_a_job_run_again_after_its_commit_has_no_second_effect(self, bureau, counted):
        job = jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY)
        jobs.run(job.pk)
        # As if the worker had died before telling the queue: the row says running, the effect is there or not.
        jobs.run(job.pk)
        assert counted == [job.pk]
        assert WorkItem.objects.count() == 1
        job.refresh_from_db()
        assert job.state == Job.State.DONE and job.result == {"calls": 1}

    def test_a_fault_in_the_effect_leaves_nothing(self, bureau, monkeypatch, counted):
        def broken(*args, **kwargs):
            raise ValueError("on purpose")

        monkeypatch.setattr(inbox, "record", broken)
        monkeypatch.setattr(inbox, "ask", broken)
        job = jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.FAILED and "ValueError" in job.error and "on purpose" not in job.error
        assert not WorkItem.objects.exists()

    def test_a_job_asked_to_stop_stops_at_its_next_report(self, bureau, counted):
        job = jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY)
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.CANCELLED and counted == []

    def test_one_key_runs_once_at_a_time(self, bureau, counted):
        first = jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY, key="nightly")
        assert jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY, key="nightly").pk == first.pk
        jobs.run(first.pk)
        assert jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY, key="nightly").pk != first.pk

    def test_a_job_whose_worker_dies_again_and_again_is_given_up(self, bureau, counted):
        job = jobs.enqueue(bureau, "test.count", {}, region=people.COUNTY)
        Job.objects.filter(pk=job.pk).update(attempts=jobs.MAX_ATTEMPTS)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.FAILED and counted == []


def test_audit_rows_hold_the_actor_and_never_lose_the_region(cast):
    with transaction.atomic():
        row = audit.record(cast.bureau, "test.act", region=people.A1, reason="因为")
    assert AuditRow.objects.get(pk=row.pk).region_code == people.A1
    assert row in chain.visible_to(cast.auditor)
    with pytest.raises(Forbidden):
        chain.visible_to(cast.village_a)
