"""A turn in words: its milestone as the document writes it, or the period it stands for."""

from django.utils.translation import gettext as _

from yinian.plans.tasks.models import Task, Turn


def words(turn: Turn) -> str:
    """Empty for the only turn of a task."""
    if turn.words:
        return turn.words
    if turn.task.deadline != Task.Deadline.RECURRING or turn.due_on is None:
        return ""
    rule, day = turn.task.rule, turn.due_on
    if "WEEKLY" in rule or "DAILY" in rule:
        return _("until %(day)s") % {"day": day.isoformat()}
    months = max(1, round((day - turn.begins_on).days / 30)) if turn.number > 1 else None
    if "YEARLY" in rule:
        return _("%(year)d") % {"year": day.year}
    if "INTERVAL=3" in rule or (months == 3 and "MONTHLY" not in rule):
        return _("quarter %(n)d of %(year)d") % {"n": (day.month + 2) // 3, "year": day.year}
    return _("until %(month)d/%(year)d") % {"month": day.month, "year": day.year}
