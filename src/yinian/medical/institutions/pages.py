"""Pages of medical institutions: the list, a new one."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.medical.desks import ROOM, crumbs
from yinian.medical.institutions import actions, queries
from yinian.medical.institutions.forms import InstitutionForm
from yinian.medical.institutions.models import Institution


def _view() -> ListView:
    return ListView(
        title=_("Medical institutions"),
        subtitle=_("With which homes have contracts, to which residents are referred, where people sign and are seen."),
        columns=[
            Column("name", gettext_lazy("Name"), lambda i: i.name, sort="organisation__name"),
            Column("kind", gettext_lazy("Kind"), lambda i: i.get_kind_display(), sort="kind"),
            Column("area", gettext_lazy("Area"), lambda i: i.organisation.region.name, sort="organisation__region"),
            Column("homes", gettext_lazy("Homes with a contract"), lambda i: i.homes, kind="number", sort="homes"),
            Column("phone", gettext_lazy("Telephone"), lambda i: i.phone or None),
            Column("emergency", gettext_lazy("Emergency telephone"), lambda i: i.emergency_phone or None),
        ],
        filters=[
            Filter(
                "kind", gettext_lazy("Kind"), lambda qs, v: qs.filter(kind=v), lambda actor: Institution.Kind.choices
            ),
            Filter(
                "region",
                gettext_lazy("Area"),
                lambda qs, code: qs.filter(organisation__region__code__startswith=code),
                kind="region",
            ),
        ],
        search=queries.search,
        search_hint=_("Part of the name"),
        default_sort=("name", "asc"),
        excel_right="medical.view",
        row_url=lambda i: reverse("medical:contracts") + f"?institution={i.pk}",
        empty=_("No medical institution is entered yet"),
        empty_text=_("Enter the hospitals and health centres with which homes have contracts."),
        key="medical:institutions",
        desk=(ROOM, "m_institutions"),
    )


@page("medical.view")
def institutions(request: StaffRequest) -> HttpResponse:
    in_force = Q(contracts__period__contains=timezone.localdate(), contracts__in_error=False)
    found = queries.visible_to(request.user).annotate(
        homes=Count("contracts__site", filter=in_force, distinct=True)
    )
    return render_list(
        request, _view(), found, "medical/list.html",
        {
            "crumbs": crumbs((_("Medical institutions"), None)),
            "acts": [(_("Enter an institution"), reverse("medical:institution_new"), "plus")]
            if request.user.may("medical.contract") else [],
        },
    )


@page("medical.contract", methods=("GET", "POST"), also=("medical.view",))
def institution_new(request: StaffRequest) -> HttpResponse:
    back = reverse("medical:institutions")
    context: dict[str, Any] = {
        "title": _("Enter an institution"),
        "save": _("Enter"),
        "back": back,
        "crumbs": crumbs((_("Medical institutions"), back), (_("Enter an institution"), None)),
    }
    form = InstitutionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    try:
        made = actions.add(request.user, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("%(name)s is on the list.") % {"name": made.name})
    return HttpResponseRedirect(back)
