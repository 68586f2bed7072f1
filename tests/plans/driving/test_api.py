"""Driven plans over REST: the same rights and scope as the pages."""

import json

import pytest

from tests.cast import client_for
from tests.plans.driving.making import reported, turn_of

pytestmark = pytest.mark.django_db


def get(user, path):
    return client_for(user).get(f"/api/plans/{path}")


def post(user, path, **body):
    return client_for(user).post(f"/api/plans/{path}", json.dumps(body), content_type="application/json")


def test_tasks_are_listed_and_shown_with_their_units_and_turns(driven):
    plan = driven.plan
    found = {row["task"]: row for row in get(driven.bureau, "tasks").json()}
    assert found[plan.homes_task.pk]["colour"] == "red" and found[plan.homes_task.pk]["title"] == plan.homes_task.title
    assert [row["task"] for row in get(driven.bureau, "tasks?colour=red").json()] == [plan.homes_task.pk]
    assert [row["task"] for row in get(driven.money, "tasks").json()] == [plan.meals_task.pk]
    one = get(driven.money, f"tasks/{plan.meals_task.pk}").json()
    assert [part["role"] for part in one["units"]] == ["lead", "assist"] and one["turns"][0]["number"] == 1
    assert get(driven.money, f"tasks/{plan.homes_task.pk}").status_code == 404


def test_a_report_is_confirmed_and_checked_over_rest(driven):
    plan = driven.plan
    turn = turn_of(plan.meals_task)
    answer = post(driven.money, f"turns/{turn.pk}/report", unit=plan.money.pk, text="过半", percent=60)
    assert (answer.status_code, answer.json()["state"]) == (201, "open")
    turn = reported(driven, plan)
    assert post(driven.money, f"turns/{turn.pk}/confirm", version=turn.version).status_code == 422
    turn_out = post(driven.civil, f"turns/{turn.pk}/confirm", version=turn.version).json()
    assert turn_out["state"] == "confirmed"
    assert post(driven.second, f"turns/{turn.pk}/check", version=1).status_code == 409
    assert post(driven.second, f"turns/{turn.pk}/check", version=turn_out["version"]).json()["state"] == "checked"
    assert post(driven.second, f"turns/{turn.pk}/return", version=1, reason="x").status_code in (409, 422)


def test_targets_and_projects_are_listed(driven):
    (target,) = get(driven.auditor, "targets").json()
    assert float(target["value"]) == 60 and get(driven.auditor, f"targets/{target['id']}").status_code == 200
    assert {row["name"] for row in get(driven.auditor, "projects").json()} == {"中心敬老院", "旧敬老院"}
    assert get(driven.money, "projects").status_code == 403
