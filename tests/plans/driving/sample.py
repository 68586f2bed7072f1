"""One of everything that is driven, of the county, for the permission matrix: its towns have no part in it."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests.plans.driving.making import make_plan, png, turn_of
from yinian.plans.meetings import actions as meetings
from yinian.plans.models import Letter, LetterLine, Project, ProjectPhoto, Standard, Target, TaskEvidence, UnitUser
from yinian.plans.projects import actions as projects
from yinian.plans.reports import dispatches
from yinian.plans.tasks import actions as tasks


def driving_samples(cast: SimpleNamespace) -> dict[str, Any]:
    plan = make_plan(cast)
    task, turn = plan.meals_task, turn_of(plan.meals_task)
    report = tasks.report(cast.money, turn.pk, plan.money.pk, "已拨一半", 50, files=[png()])
    letter = Letter.objects.create(document=plan.document, unit=plan.civil, drafted_by=cast.bureau)
    LetterLine.objects.create(letter=letter, turn=turn_of(plan.homes_task))
    today = timezone.localdate()
    project = Project.objects.get(name="中心敬老院")
    progress = projects.report(cast.bureau, project.pk, project.version, on=today, percent=10, spent_fen=0, text="开工",
                               photos=[png()])
    meeting = meetings.save(cast.bureau, plan.document.pk, title="联席会议", held_on=today - dt.timedelta(days=1),
                            venue="会议室", chair="主持人", present="民政局", minutes="")
    dispatch = dispatches.draft(cast.bureau, plan.document.pk, today)

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {f"plans:{name}": {"pk": (value,), **{key: (other,) for key, other in more.items()}} for name in names}

    speaker = UnitUser.objects.get(unit=plan.civil, user=cast.civil)
    return {
        **all_of(plan.document.pk, "adopt"),
        **all_of(task.pk, "task", "task_edit", "task_withdraw"),
        **all_of(turn.pk, "report", "turn_confirm", "turn_check", "turn_return", "turn_deadline"),
        **all_of(TaskEvidence.objects.get(report=report).pk, "evidence"),
        **all_of(plan.civil.pk, "unit", "unit_edit", "unit_speaker"),
        **all_of(plan.civil.pk, "unit_speaker_end", speaker_pk=speaker.pk),
        **all_of(Target.objects.get(document=plan.document).pk, "target", "target_edit", "target_value"),
        **all_of(Standard.objects.get(document=plan.document).pk, "standard"),
        **all_of(project.pk, "project", "project_edit", "project_progress", "project_stop"),
        **all_of(ProjectPhoto.objects.get(progress=progress).pk, "project_photo", "project_photo_small"),
        **all_of(meeting.pk, "meeting", "meeting_edit", "meeting_decide", "meeting_issue", "meeting_paper",
                 "meeting_docx"),
        **all_of(letter.pk, "letter", "letter_send", "letter_answer", "letter_drop", "letter_paper"),
        **all_of(dispatch.pk, "dispatch", "dispatch_paper", "dispatch_docx"),
        "plans:feed_file": {"token": ("nobody-knows-this",)},
        "api:GET /plans/tasks/{int:pk}": {"pk": (task.pk,)},
        "api:POST /plans/turns/{int:pk}/report": {"pk": (turn.pk,)},
        "api:POST /plans/turns/{int:pk}/confirm": {"pk": (turn.pk,)},
        "api:POST /plans/turns/{int:pk}/check": {"pk": (turn.pk,)},
        "api:POST /plans/turns/{int:pk}/return": {"pk": (turn.pk,)},
        "api:GET /plans/targets/{int:pk}": {"pk": (Target.objects.get(document=plan.document).pk,)},
    }
