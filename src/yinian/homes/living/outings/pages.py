"""Pages of outings: who is out, going out, one outing with its end, the telephone of who goes along."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import identity
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.pages import revealed
from yinian.homes.care.pages import crumbs as home_crumbs
from yinian.homes.care.queries import get_resident, local
from yinian.homes.desks import ROOM
from yinian.homes.living.meals.pages import person_search
from yinian.homes.living.outings import actions, queries
from yinian.homes.living.outings.forms import InForm, OutForm, OverForm, now_words
from yinian.homes.living.outings.models import Outing
from yinian.places.sites.queries import home_choices


def state_badge(one: Outing) -> tuple[str, str]:
    """How an outing stands: out, late, over night, or how it ended."""
    if not one.is_open:
        return str(one.get_end_kind_display()), "ok" if one.end_kind == Outing.End.BACK else "mute"
    if one.over_night:
        return _("out over night"), "bad"
    return (_("not back in time"), "bad") if one.overdue else (_("out now"), "info")


def _view() -> ListView:
    return ListView(
        title=_("Outings"),
        subtitle=_("Some hours out of the house. Whoever stays away over night is on leave."),
        columns=[
            Column("name", gettext_lazy("Name"), lambda o: o.person.name, sort="person__name"),
            Column("home", gettext_lazy("Home"), lambda o: o.site.name, sort="site__name"),
            Column("left", gettext_lazy("Went at"), lambda o: o.left_at, kind="moment", sort="left_at"),
            Column("back", gettext_lazy("Expected back at"), lambda o: o.expected_back, kind="moment",
                   sort="expected_back"),
            Column("state", gettext_lazy("State"), state_badge, kind="badge"),
            Column("with", gettext_lazy("With whom"), lambda o: o.get_relation_display(), sort="relation"),
            Column("companion", gettext_lazy("Name of who takes them along"), lambda o: o.companion, default=False),
            Column("reason", gettext_lazy("Purpose of the outing"), lambda o: o.reason),
            Column("ended", gettext_lazy("Back at"), lambda o: o.ended_at, kind="moment", sort="ended_at"),
            Column("who", gettext_lazy("Recorded by"), lambda o: o.recorded_by.full_name, default=False),
        ],
        filters=[
            Filter("state", gettext_lazy("State"), _by_state,
                   lambda actor: [("out", _("out now")), ("late", _("not back in time")), ("ended", _("ended"))]),
            Filter("home", gettext_lazy("Home"), lambda qs, v: qs.filter(site=v), home_choices("care.view")),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(left_at__gte=local(v, 0)), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(left_at__lt=local(v, 24 * 60)),
                   kind="date_to"),
            Filter("person", gettext_lazy("Person"), lambda qs, v: qs.filter(person=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        search=person_search,
        default_sort=("left", "desc"),
        excel_right="people.export",
        region_field="site__region__code",
        site_field="site",
        row_url=lambda o: reverse("homes:outing", args=[o.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody has gone out yet"),
        key="homes:outings",
        desk=(ROOM, "outings"),
    )


def _by_state(qs: Any, value: str) -> Any:
    if value == "ended":
        return qs.filter(ended_at__isnull=False)
    found = qs.filter(ended_at__isnull=True)
    return found.filter(expected_back__lt=timezone.now()) if value == "late" else found


@page("care.view", also=("homes.view", "people.view"))
def outings(request: StaffRequest) -> HttpResponse:
    return render_list(request, _view(), queries.listed(request.user))


@page("care.record", methods=("GET", "POST"), also=("homes.view", "people.view"))
def go_out(request: StaffRequest, pk: int) -> HttpResponse:
    """A resident goes out: with whom, what for, back by when."""
    stay = get_resident(request.user, pk, "care.record")
    home, back = stay.bed.site, reverse("homes:sheet", args=[pk])
    context: dict[str, Any] = {
        "title": _("%(name)s goes out") % {"name": stay.person.name}, "save": _("Record the going"), "back": back,
        "crumbs": home_crumbs(home, (stay.person.name, back), (_("Goes out"), None)),
    }
    form = OutForm(request.POST or None, initial=OutForm.beginning())
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        made = actions.go_out(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Recorded; whoever is not back in time comes onto the manager's desk."))
    return redirect("homes:outing", made.pk)


@page("care.view", also=("homes.view", "people.view"))
def outing(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_outing(request.user, pk))


def _page(request: StaffRequest, one: Outing, status: int = 200, **forms: Any) -> HttpResponse:
    place = (one.site.region_id, one.site_id)
    records = request.user.scope("care.record").covers(*place)
    return render(
        request,
        "homes/living/outing.html",
        {
            "one": one,
            "home": one.site,
            "badge": state_badge(one),
            "phone": identity.mask_phone(str(one.phone)) if one.phone else None,
            "may_reveal": request.user.scope("people.reveal").covers(*place),
            "may_record": one.is_open and records,
            "may_admit": one.is_open and request.user.scope("homes.admit").covers(*place),
            "in_form": forms.get("back") or InForm(prefix="back", initial={"at": now_words()}),
            "over_form": forms.get("over") or OverForm(prefix="over"),
            "crumbs": home_crumbs(one.site, (_("Outings"), reverse("homes:outings")), (one.person.name, None)),
        },
        status=status,
    )


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    one = queries.get_outing(request.user, pk)
    version = request.POST.get("version", "")
    if form.is_valid():
        try:
            do(int(version) if version.isdigit() else 0, form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("homes:outing", pk)
    return _page(request, one, 422, **{name: form})


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def come_in(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(
        request, pk, "back", InForm(request.POST, prefix="back"),
        lambda version, data: actions.come_in(request.user, pk, version, **data), _("The return is recorded."),
    )


@page("homes.admit", methods=("POST",), also=("care.view", "people.view"))
def stay_over(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(
        request, pk, "over", OverForm(request.POST, prefix="over"),
        lambda version, data: actions.stay_over(request.user, pk, version, **data),
        _("The outing is now an absence; the bed stays theirs."),
    )


@page("people.reveal", methods=("POST",), also=("care.view", "homes.view", "people.view"))
def outing_phone(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole telephone number, for a reason that is kept."""
    one = queries.get_outing(request.user, pk)
    return revealed(request, actions.reveal_phone(request.user, one, request.POST.get("reason", "")))
