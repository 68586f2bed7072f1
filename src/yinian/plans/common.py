"""What the pages of driven plans share: which plan is looked at, the way back, the version a form was made from."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.models import User
from yinian.plans.documents import queries as documents
from yinian.plans.documents.models import PlanDocument

FORM = "plans/form.html"


def crumbs(last: str, *middle: tuple[str, str]) -> list[tuple[str, str | None]]:
    return [(_("Plans"), reverse("plans:home")), *middle, (last, None)]


def version_of(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else 0


def adopted(actor: User) -> list[PlanDocument]:
    """The plans being driven that the actor sees, the latest first."""
    return list(documents.visible_to(actor).filter(state=PlanDocument.State.ADOPTED).order_by("-issued_on", "-pk")[:50])


def chosen(request: StaffRequest) -> tuple[PlanDocument | None, list[PlanDocument]]:
    """The plan that ``?plan=`` names (else the latest), and all there are to choose from. Raises NotVisible."""
    plans = adopted(request.user)
    asked = request.GET.get("plan", "")
    if asked:
        found = next((plan for plan in plans if str(plan.pk) == asked), None)
        if found is None:
            raise NotVisible("plan")
        return found, plans
    return (plans[0] if plans else None), plans


def plan_choices(actor: User) -> list[tuple[int, str]]:
    """The plans for a list's filter."""
    return [(plan.pk, plan.title) for plan in adopted(actor)]


def form_page(
    request: StaffRequest, form: StaffForm, title: str, back: str, save: str, *, refusal: Refused | None = None,
    middle: tuple[tuple[str, str], ...] = (), **more: Any,
) -> HttpResponse:
    """A page that is one form."""
    return render_form(request, FORM, form, refusal=refusal, title=title, back=back, save=save,
                       crumbs=crumbs(title, *middle), **more)


def nothing_driven(request: StaffRequest, here: str) -> HttpResponse:
    """The page where no plan is driven yet."""
    return render(request, "plans/nothing.html", {"here": here, "crumbs": crumbs(_("Plans"))})
