"""A long list's workbook: made by the worker as the person who asked, kept for them alone, gone after a day."""

import io

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import A1, B1, TOWN_A, client_for, make_person

from yinian.core import exports
from yinian.core.attachments import vault
from yinian.core.jobs import actions
from yinian.core.models import AuditRow, Job, Posting
from yinian.core.users.queries import platform_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    """Five women and two men in town A's first village, one woman in town B."""
    made = [make_person(A1, sex="female") for _n in range(5)]
    return [*made, *(make_person(A1, sex="male") for _n in range(2)), make_person(B1, sex="female")]


@pytest.fixture
def long_lists(monkeypatch, settings, tmp_path):
    """Every list counts as long."""
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    settings.DATA = tmp_path


@pytest.fixture
def asked(cast, people, long_lists):
    """The bureau's list of people, asked for as a workbook."""
    answer = client_for(cast.bureau).get("/people/?format=xlsx&sex=female")
    assert answer.status_code == 302
    job = Job.objects.get(kind=exports.KIND)
    assert answer["Location"] == f"/jobs/{job.pk}/"
    return job


def run(job, monkeypatch):
    """As the worker runs it, in the test's own connection."""
    monkeypatch.setattr(connection, "close", lambda: None)
    actions.run(job.pk)
    job.refresh_from_db()
    return job


def rows_of(answer):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_a_long_list_is_made_by_the_worker_with_the_same_filters(cast, asked, monkeypatch):
    job = run(asked, monkeypatch)
    assert job.state == "done", job.error
    client = client_for(cast.bureau)
    assert f"/jobs/{job.pk}/file/" in client.get(f"/jobs/{job.pk}/").content.decode()
    answer = client.get(f"/jobs/{job.pk}/file/")
    rows = rows_of(answer)
    assert len(rows) - 1 == job.result["rows"] == 6
    sex = rows[0].index("性别")
    assert {row[sex] for row in rows[1:]} == {"女"}
    kept = AuditRow.objects.get(action="people.export")
    assert kept.detail["filters"] == {"sex": "female"}
    assert AuditRow.objects.filter(action="jobs.file").count() == 1


def test_asking_twice_is_the_same_work(cast, asked):
    client_for(cast.bureau).get("/people/?format=xlsx&sex=female")
    assert Job.objects.filter(kind=exports.KIND).count() == 1


def test_nobody_else_gets_the_file(cast, asked, monkeypatch):
    job = run(asked, monkeypatch)
    assert client_for(cast.admin).get(f"/jobs/{job.pk}/file/").status_code == 404
    assert client_for(cast.stranger).get(f"/jobs/{job.pk}/file/").status_code == 404
    page = client_for(cast.admin).get(f"/jobs/{job.pk}/").content.decode()
    assert "/file/" not in page


def test_who_lost_the_right_meanwhile_gets_nothing(cast, asked, monkeypatch):
    Posting.objects.filter(user=cast.bureau).delete()
    job = run(asked, monkeypatch)
    assert job.state == "failed"
    assert "权限" in job.error
    assert not list(vault.path_of("0" * 64).parent.parent.rglob("*"))


def test_a_stopped_export_leaves_no_file_to_fetch(cast, asked, monkeypatch):
    actions.cancel(cast.bureau, asked.pk)
    job = run(asked, monkeypatch)
    assert job.state == "cancelled"
    assert client_for(cast.bureau).get(f"/jobs/{job.pk}/file/").status_code == 422


def test_the_file_goes_after_a_day(cast, asked, monkeypatch):
    job = run(asked, monkeypatch)
    assert exports.clear_away() == 0
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - exports.KEPT)
    answer = client_for(cast.bureau).get(f"/jobs/{job.pk}/file/")
    assert answer.status_code == 422
    assert "只保留一天" in answer.content.decode()
    assert exports.clear_away() == 1
    note = AuditRow.objects.get(action="jobs.file_clear")
    assert (note.actor_id, note.detail["size"]) == (platform_user().pk, job.result["file"]["size"])
    assert not vault.path_of(job.result["file"]["sha256"]).exists()
    assert exports.clear_away() == 0


def test_what_was_searched_for_is_made_at_once_and_kept_nowhere(cast, people, long_lists):
    answer = client_for(cast.bureau).get("/people/", {"format": "xlsx", "q": "王"})
    assert answer.status_code == 200
    assert not Job.objects.filter(kind=exports.KIND).exists()


def test_an_export_reaches_no_further_than_its_owner(cast, people, long_lists, monkeypatch):
    client_for(cast.town_a).get("/people/?format=xlsx")
    job = run(Job.objects.get(owner=cast.town_a, kind=exports.KIND), monkeypatch)
    assert job.state == "done", job.error
    assert job.region_id == TOWN_A
    assert len(rows_of(client_for(cast.town_a).get(f"/jobs/{job.pk}/file/"))) - 1 == 7


def test_work_stopped_midway_leaves_no_rows_on_the_disk(cast, asked, monkeypatch, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    seen = []

    def stop(self, done, total, step=""):
        seen.extend(path for path in (tmp_path / "tmp").rglob("*") if path.is_file() and path.name != ".lock")
        raise actions.Stopped

    monkeypatch.setattr(actions.JobContext, "progress", stop)
    job = run(asked, monkeypatch)
    assert job.state == "cancelled"
    assert seen
    assert [path.name for path in (tmp_path / "tmp").rglob("*")] == [".lock"]


def test_work_stopped_after_its_file_was_kept_leaves_no_file(cast, asked, monkeypatch, tmp_path):
    kept = exports._keep

    def keep_and_stop(file, name):
        found = kept(file, name)
        Job.objects.filter(pk=asked.pk).update(cancel_asked=True)
        assert vault.path_of(found["sha256"]).exists()
        return found

    monkeypatch.setattr(exports, "_keep", keep_and_stop)
    job = run(asked, monkeypatch)
    assert job.state == "cancelled"
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
