"""Two workers at once, and a worker that dies: a list is loaded once or not at all."""

import threading

import pytest
from django.db import connection
from tests.cast import A1, COUNTY, make_person
from tests.people.imports.tools import row_of, run, upload

from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.people.imports import actions, loading
from yinian.people.models import ImportBatch, Spell

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_loadings_of_one_content_at_once_make_one(cast):
    people = [make_person(A1, name) for name in ("李桂花", "周建国", "陈秀英")]
    rows = [row_of(person, relief="dibao") for person in people]
    batches = [upload(cast.bureau, "relief", rows, COUNTY) for _ in range(2)]
    started = [actions.start_commit(cast.bureau, batch.pk) for batch in batches]
    threads = [threading.Thread(target=jobs.run, args=[job.pk]) for job in started]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(ImportBatch.objects.values_list("state", flat=True))
    assert states == ["checked", "committed"]
    assert Spell.objects.filter(kind="relief").count() == 3
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_worker_killed_while_writing_leaves_nothing_and_the_job_is_done_when_it_comes_back(cast, monkeypatch):
    person = make_person(A1)
    batch = upload(cast.bureau, "relief", [row_of(person, relief="dibao")], COUNTY)
    job = actions.start_commit(cast.bureau, batch.pk)

    def die(*args):
        # What a kill does to the transaction: the server ends it with the connection.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(loading, "_set_beside", die)
    with pytest.raises(Exception, match=r"terminat|clos"):
        run(job)
    connection.close()
    monkeypatch.undo()
    assert not Spell.objects.exists() and ImportBatch.objects.get().state == "checked"
    Job.objects.filter(pk=job.pk).update(state="running")
    jobs.run(job.pk)
    assert Spell.objects.count() == 1 and ImportBatch.objects.get().state == "committed"
