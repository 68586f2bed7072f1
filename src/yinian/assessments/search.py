"""Assessors in the house's one search box. People lead to their assessments by their own page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.assignments import queries
from yinian.core import search
from yinian.core.users.models import User


def find(actor: User, text: str) -> list[search.Hit]:
    """Assessors whose name contains the text."""
    found = queries.listed(actor).filter(user__full_name__contains=text)[: search.LIMIT]
    return [
        search.Hit(a.user.full_name, reverse("assessments:assessor", args=[a.pk]),
                   _("assessor, %(n)d visits waiting") % {"n": a.waiting})
        for a in found
    ]


search.register("assessments", gettext_lazy("Assessors"), "assessments.area", find, order=65)
