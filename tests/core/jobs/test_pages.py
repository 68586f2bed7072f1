"""Jobs as a person sees them."""

import pytest
from tests.cast import COUNTY, TOWN_A, client_for

from yinian.core.models import Job

pytestmark = pytest.mark.django_db


def job(owner, region=COUNTY, **more):
    return Job.objects.create(kind="audit.verify", region_id=region, owner=owner, **more)


def test_a_running_job_asks_for_its_progress_each_second_and_stops_asking_when_over(cast):
    made = job(cast.bureau, state="running", done=3, total=10, step="第三步")
    client = client_for(cast.bureau)
    page = client.get(f"/jobs/{made.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "第三步" in page
    assert 'aria-valuenow="30"' in page
    Job.objects.update(state="done", url="/services/")
    answer = client.get(f"/jobs/{made.pk}/progress/")
    assert answer["HX-Refresh"] == "true"
    assert "hx-trigger" not in answer.content.decode()
    assert 'href="/services/"' in answer.content.decode()


def test_a_failed_job_says_what_to_do(cast):
    made = job(cast.bureau, state="failed", error="名单第 3 列缺表头")
    page = client_for(cast.bureau).get(f"/jobs/{made.pk}/").content.decode()
    assert "名单第 3 列缺表头" in page
    assert "怎么办" in page


def test_the_owner_stops_a_job_without_the_right_to_all_jobs(cast):
    made = job(cast.village_a, TOWN_A)
    answer = client_for(cast.village_a).post(f"/jobs/{made.pk}/stop/")
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.state == "cancelled"


def test_the_jobs_of_others_are_not_found_and_not_stopped(cast):
    made = job(cast.bureau)
    client = client_for(cast.village_a)
    for address in (f"/jobs/{made.pk}/", f"/jobs/{made.pk}/progress/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/jobs/{made.pk}/stop/").status_code == 404
    assert client_for(cast.stranger).get(f"/jobs/{made.pk}/").status_code == 404
    made.refresh_from_db()
    assert not made.cancel_asked


def test_who_may_see_a_job_but_not_stop_it_changes_nothing(cast):
    made = job(cast.bureau)
    assert client_for(cast.auditor).get(f"/jobs/{made.pk}/").status_code == 200
    assert client_for(cast.auditor).post(f"/jobs/{made.pk}/stop/").status_code == 403
    made.refresh_from_db()
    assert not made.cancel_asked


def test_a_job_that_is_over_cannot_be_stopped(cast):
    made = job(cast.bureau, state="done")
    assert client_for(cast.bureau).post(f"/jobs/{made.pk}/stop/").status_code == 422
