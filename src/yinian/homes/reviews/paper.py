"""A home's own plan as a paper of one page: plain data for it, always in Chinese."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.documents.actions import issuer_of
from yinian.core.documents.setting import set_paper
from yinian.homes.care.book import group_choices
from yinian.homes.catalogues import areas, named
from yinian.homes.reviews import queries
from yinian.homes.reviews.models import Finding, FindingStep
from yinian.homes.reviews.queries import Figures
from yinian.places.models import Site

TEMPLATE = "homes/documents/guidance.typ"
TITLE = "养老机构“一院一策”指导台账"
LINES = 12  # findings that one page holds; the rest is counted below them


def level_lines(figures: Figures) -> list[tuple[str, int]]:
    """Residents by care level in words, those without one last."""
    words = dict(group_choices())
    lines = [(words[key], figures.levels[key]) for key in words if figures.levels.get(key)]
    return [*lines, *([(_("level not set"), figures.levels[""])] if figures.levels.get("") else [])]


def sheet_data(home: Site) -> dict[str, Any]:
    """What stands on the paper. The caller has shown the home visible."""
    figures = queries.figures_of(home)
    found = list(Finding.objects.filter(site=home).order_by("-visit__on", "due_on")[:LINES])
    done: dict[int, FindingStep] = {}
    for step in FindingStep.objects.filter(finding__in=found).order_by("pk"):
        done[step.finding_id] = step
    total = Finding.objects.filter(site=home).count()
    return {
        "home": {"name": home.name, "address": home.address, "ownership": home.get_ownership_display(),
                 "filed": home.filed_beds},
        "usable": figures.usable, "occupied": figures.occupied, "nursing": figures.nursing, "carers": figures.carers,
        "levels": [[words, count] for words, count in level_lines(figures)],
        "incidents": figures.incidents, "incidents_open": figures.incidents_open,
        "last_visit": figures.last_visit.isoformat() if figures.last_visit else "",
        "open": figures.open, "overdue": figures.overdue, "more": max(0, total - LINES),
        "goals": [
            {"figure": str(line.goal.get_figure_display()), "now": "–" if line.now is None else f"{line.now:f}",
             "target": f"{line.goal.target:f}", "by": line.goal.by.isoformat(), "how": line.goal.how,
             "reached": "–" if line.reached is None else _("reached") if line.reached else _("not reached yet")}
            for line in queries.goals_of(home, figures)
        ],
        "findings": [
            {"area": named(areas(), one.area), "severity": str(one.get_severity_display()), "found": one.found,
             "advice": one.advice, "who": one.who, "due": one.due_on.isoformat(),
             "state": _("Overdue") if one.is_overdue else str(one.get_state_display()),
             "result": done[one.pk].text if one.pk in done else ""}
            for one in found
        ],
    }


def sheet_pdf(home: Site) -> bytes:
    """The paper as PDF."""
    with override("zh-hans"):
        head = {"title": TITLE, "number": "", "issuer": issuer_of(home.region_id),
                "issued_on": timezone.localdate().isoformat()}
        return set_paper(TEMPLATE, {**sheet_data(home), "paper": head}, at=timezone.now())
