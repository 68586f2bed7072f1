"""One of everything of care planning inside town A, for the permission matrix (tests/samples.py)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.assessments.models import CarePlan, PlanReview, Request, Result

PAGES = ("careplan", "careplan_edit", "careplan_print", "careplan_paper", "careplan_signed", "careplan_agree",
         "careplan_discard", "careplan_ask", "careplan_review", "careplan_end")


def careplan_samples(cast: SimpleNamespace, person: Any, attachment: Any, paper: Any) -> dict[str, Any]:
    """What to put into each address of care plans: a plan under review, with its paper and signed page."""
    today = timezone.localdate()
    result = Result.objects.create(
        request=Request.objects.get(person=person, state="assigned"), person=person, scale="gbt42195",
        items={"B.1.3": 1}, total=40, initial=3, final=3, assessed_on=today, state="in_force", in_force_on=today,
        issued_on=today, reviewed_by=cast.bureau, reviewed_at=timezone.now(),
    )
    plan = CarePlan.objects.create(
        person=person, result=result, seen_result=result, seen_region_id=person.region_id, scale="gbt42195",
        level=3, edition=1, planner=cast.town_a, saved_by=cast.town_a, draft_due=today, catalogue="", complete=True,
        start=today, review_due=today + dt.timedelta(90), paper=paper, signature=attachment, agreed_on=today,
        agreed_by="person",
        agreed_name="李桂花", agreed_how="signature", agreed_entry=cast.village_a, state="under_review",
        held=(today, None), rules={"agree": 5, "ahead": 10, "change": 5, "months": {"3": 3}},
    )
    PlanReview.objects.create(plan=plan, why="asked", note="住院", opened_on=today, opened_by=cast.village_a,
                              due_on=today)
    return {
        **{f"assessments:{name}": {"pk": (plan.pk,)} for name in PAGES},
        **{f"api:{name}": {"pk": (plan.pk,)} for name in (
            "GET /assessments/plans/{int:pk}", "POST /assessments/plans/{int:pk}/reviews",
            "POST /assessments/plans/{int:pk}/review",
        )},
        "api:GET /assessments/plans/people/{int:pk}/suggestions": {"pk": (person.pk,)},
        "assessments:careplan_draft": {"person_pk": (person.pk,)},
        "assessments:own_careplan": {"pk": (plan.pk,), "person_pk": (person.pk,)},
        "assessments:own_careplan_paper": {"pk": (plan.pk,), "person_pk": (person.pk,)},
    }
