"""One of everything of the room inside town A, for the permission matrix (tests/samples.py)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests import cast as people
from yinian.assessments.models import (
    Assessor,
    Body,
    Exhibit,
    Objection,
    Recognition,
    Request,
    Result,
    Seat,
    ServedArea,
    Visit,
)
from yinian.core.roles import Role

DAY = dt.date(2026, 1, 5)


def assessment_samples(cast: SimpleNamespace, person: Any, attachment: Any) -> dict[str, Any]:
    """What to put into each address of the room."""
    assessed = _things(cast, person, attachment)

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {name: {"pk": (value,), **{key: (other,) for key, other in more.items()}} for name in names}

    return {
        **all_of(
            assessed.request.pk, "assessments:request", "assessments:withdraw", "assessments:assign",
            "assessments:step_back", "assessments:plan", "assessments:visit", "assessments:begin",
            "assessments:visit_save", "assessments:visit_locate", "assessments:finish", "assessments:exhibit_add",
            "assessments:confirm", "assessments:reopen", "assessments:record",
            "api:GET /assessments/requests/{int:pk}", "api:POST /assessments/requests/{int:pk}/assessors",
            "api:POST /assessments/requests/{int:pk}/withdraw", "api:POST /assessments/requests/{int:pk}/record",
        ),
        **all_of(assessed.request.pk, "assessments:exhibit", "assessments:exhibit_remove",
                 exhibit_pk=assessed.exhibit.pk),
        **all_of(
            assessed.result.pk, "assessments:result", "assessments:issue", "assessments:send_back",
            "assessments:deliver", "assessments:void", "assessments:object",
            "api:GET /assessments/results/{int:pk}", "api:POST /assessments/results/{int:pk}/issue",
            "api:POST /assessments/results/{int:pk}/return", "api:POST /assessments/results/{int:pk}/objections",
        ),
        **all_of(assessed.objection.pk, "assessments:objection", "assessments:object_withdraw"),
        **all_of(
            assessed.recognition.pk, "assessments:recognition", "assessments:recognition_accept",
            "assessments:recognition_refuse",
        ),
        **all_of(assessed.body.pk, "assessments:body_edit"),
        **all_of(assessed.assessor.pk, "assessments:assessor", "assessments:assessor_edit"),
        **all_of(assessed.assessor.pk, "assessments:recuse", person_pk=person.pk),
        **all_of(assessed.result.pk, "assessments:own_notice", "assessments:own_object", person_pk=person.pk),
        **{name: {"person_pk": (person.pk,)} for name in (
            "assessments:ask", "assessments:recognise", "assessments:own_ask",
        )},
        "assessments:assessor_new": {"user_pk": (cast.assessor.pk,)},
    }


def _things(cast: SimpleNamespace, person: Any, attachment: Any) -> SimpleNamespace:
    """A request under way with its record, and a result with an objection; by two assessors of the county."""
    pair = []
    for n in range(2):
        user = people.make_user(f"sample_assessor_{n}", Role.ASSESSOR)
        assessor = Assessor.objects.create(user=user, qualification="评估员", medical=n == 0, scales=["gbt42195"])
        ServedArea.objects.create(assessor=assessor, region_id=people.COUNTY)
        pair.append(assessor)

    def request(scale: str, state: str) -> Request:
        made = Request.objects.create(
            person=person, scale=scale, kind="first", channel="village", reason="行动不便", state=state,
            requested_on=DAY, requested_by=cast.village_a, due_on=DAY, result_due_on=DAY,
            rules={"assessors": 2, "medical": 1, "visit": 10, "result": 5, "objection": 10, "months": {}},
        )
        for place, assessor in enumerate(pair, 1):
            Seat.objects.create(request=made, assessor=assessor, place=place, medical=assessor.medical,
                                assigned_by=cast.dispatcher)
        return made

    under_way, done = request("gbt42195", "assigned"), request("tekun", "done")
    visit = Visit.objects.create(request=under_way, started_at=timezone.now())
    exhibit = Exhibit.objects.create(visit=visit, kind="photo", attachment=attachment, added_by=pair[0].user)
    result = Result.objects.create(
        request=done, person=person, scale="tekun", items={}, total=6, initial=0, final=0, assessed_on=DAY,
        state="in_force", in_force_on=DAY, issued_on=DAY, reviewed_by=cast.bureau, reviewed_at=timezone.now(),
    )
    objection = Objection.objects.create(
        result=result, by="family", by_name="李小明", reason="不对", lodged_on=DAY, due_on=DAY, request=under_way,
        entered_by=cast.village_a,
    )
    body = Body.objects.create(county_id=people.COUNTY, name="邻县民政局", kind="other-county", scales=["gbt42195"],
                               basis="协议", since=DAY, entered_by=cast.bureau)
    recognition = Recognition.objects.create(
        person=person, scale="gbt42195", body=body, number="1", assessed_on=DAY, level=2, paper=attachment, due_on=DAY,
        entered_by=cast.village_a,
    )
    return SimpleNamespace(request=under_way, exhibit=exhibit, result=result, objection=objection, body=body,
                           recognition=recognition, assessor=pair[0])
