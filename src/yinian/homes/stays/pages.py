"""Pages of stays: the residents of a home, admission, one stay with leaving and changing bed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import identity
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.beds import queries as beds
from yinian.homes.stays import actions
from yinian.homes.stays import queries as stays
from yinian.homes.stays.forms import AdmitForm, ChangeBedForm, LeaveForm, today_for
from yinian.homes.stays.models import Stay
from yinian.places.models import Bed, Site


def person_url(pk: int) -> str | None:
    """The person's page, where that room is installed."""
    try:
        return reverse("people:person", args=[pk])
    except NoReverseMatch:
        return None


def _village(stay: Stay) -> str:
    region = stay.person.region
    return f"{region.parent.name} {region.name}" if region.level >= 5 and region.parent is not None else region.name


def _resident_view(home: Site) -> ListView:
    return ListView(
        title=_("Residents of %(home)s") % {"home": home.name},
        columns=[
            Column("name", _("Name"), lambda s: s.person.name, sort="person__name"),
            Column("sex", _("Sex"), lambda s: s.person.get_sex_display() if s.person.sex else None),
            Column("age", _("Age"), lambda s: age_on(s.person.birth_date), kind="number", sort="person__birth_date"),
            Column("bed", _("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("kind", _("Kind of bed"), lambda s: s.bed.get_kind_display(), sort="bed__kind"),
            Column("basis", _("Kind of admission"), lambda s: s.get_basis_display(), sort="basis"),
            Column("since", _("Since"), lambda s: s.period.lower, kind="day", sort="period"),
            Column("village", _("Comes from"), _village, sort="person__region_id"),
            Column(
                "id_number",
                _("ID number"),
                lambda s: identity.mask_id(s.person.id_number) if s.person.id_number else None,
                default=False,
            ),
        ],
        filters=[
            Filter(
                "basis", _("Kind of admission"), lambda qs, v: qs.filter(basis=v), lambda actor: Stay.Basis.choices
            ),
            Filter(
                "kind",
                _("Kind of bed"),
                lambda qs, v: qs.filter(bed__kind=v),
                lambda actor: [c for c in Bed.Kind.choices if c[0] in beds.IN_A_ROOM],
            ),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody lives here yet"),
        empty_text=_("Admit somebody with the button above."),
        key="homes:residents",
    )


@page("homes.view", methods=("GET", "POST"), also=("people.view",))
def residents(request: StaffRequest, pk: int) -> HttpResponse:
    home = beds.get_home(request.user, pk)
    request.user.require("people.view", home.region_id, home.pk)
    return render_list(
        request,
        _resident_view(home),
        stays.residents(request.user, home),
        "homes/residents.html",
        {"home": home, "may_admit": request.user.scope("homes.admit").covers(home.region_id, home.pk)},
    )


@page("homes.admit", methods=("GET", "POST"))
def admit(request: StaffRequest, pk: int) -> HttpResponse:
    """Find a person, choose a bed, admit. Finding is a POST: names and numbers stay out of addresses."""
    home = beds.get_home(request.user, pk)
    request.user.require("homes.admit", home.region_id, home.pk)
    if request.method != "POST":
        bed = request.GET.get("bed", "")
        form = AdmitForm(home=home, initial={**today_for(), "bed": bed if bed.isdigit() else ""})
        return _admission(request, home, form, None, 200)
    form = AdmitForm(request.POST, home=home)
    text = request.POST.get("find", "")[:60]
    if "search" in request.POST:
        # Only the search is judged: the rest of the form comes back as typed.
        kept = AdmitForm(home=home, initial={name: request.POST.get(name, "") for name in form.fields})
        try:
            offered = stays.candidates(request.user, home, text)
        except Refused as refusal:
            return _admission(request, home, kept, None, 422, refusal.fields.get("find") or str(refusal))
        return _admission(request, home, kept, offered, 200)
    chosen, _sep, proof = request.POST.get("choice", "").partition(" ")
    if not chosen.isdigit():
        form.add_error("find", _("Find the person and choose them from the list."))
    if form.is_valid():
        try:
            stay = actions.admit(
                request.user,
                int(chosen),
                form.cleaned_data["bed"].pk,
                form.cleaned_data["basis"],
                form.cleaned_data["on"],
                proof=proof,
            )
        except Refused as refusal:
            form.refuse(
                Refused(fields={"find" if name == "person" else name: text for name, text in refusal.fields.items()})
                if refusal.fields
                else refusal
            )
        else:
            messages.success(
                request, _("%(name)s is admitted to bed %(bed)s.") % {"name": stay.person.name, "bed": stay.bed.label}
            )
            return HttpResponseRedirect(reverse("homes:home", args=[pk]))
    found: list[stays.Candidate] | None = None
    if text:
        try:
            found = stays.candidates(request.user, home, text)
        except Refused:
            found = None
    return _admission(request, home, form, found, 422)


def _admission(
    request: StaffRequest,
    home: Site,
    form: AdmitForm,
    found: list[stays.Candidate] | None,
    status: int,
    problem: str = "",
) -> HttpResponse:
    return render(
        request,
        "homes/admit.html",
        {
            "home": home,
            "form": form,
            "found": found,
            "problem": problem,
            "chosen": request.POST.get("choice", "").partition(" ")[0],
        },
        status=status,
    )


@page("homes.view", also=("people.view",))
def stay(request: StaffRequest, pk: int) -> HttpResponse:
    return _stay_page(request, stays.get_stay(request.user, pk))


def _stay_page(
    request: StaffRequest,
    found: Stay,
    status: int = 200,
    leave: LeaveForm | None = None,
    change: ChangeBedForm | None = None,
) -> HttpResponse:
    home = found.bed.site
    over = found.period.upper is not None
    return render(
        request,
        "homes/stay.html",
        {
            "stay": found,
            "home": home,
            "over": over,
            "kept": found.period.lower > timezone.localdate(),
            "id_mask": identity.mask_id(str(found.person.id_number)) if found.person.id_number else "",
            "age": age_on(found.person.birth_date),
            "village": _village(found),
            "person_url": person_url(found.person_id),
            "sees_care": not over
            and found.period.lower <= timezone.localdate()
            and request.user.scope("care.view").covers(home.region_id, home.pk),
            "may_admit": not over and request.user.scope("homes.admit").covers(home.region_id, home.pk),
            "leave": leave or LeaveForm(initial=today_for(), prefix="leave"),
            "change": change or ChangeBedForm(home=home, initial=today_for(), prefix="change"),
        },
        status=status,
    )


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


@page("homes.admit", methods=("POST",))
def discharge(request: StaffRequest, pk: int) -> HttpResponse:
    found = stays.get_stay(request.user, pk)
    form = LeaveForm(request.POST, prefix="leave")
    return _act(
        request,
        found,
        form,
        lambda data: actions.discharge(request.user, pk, _version(request), data["reason"], data["on"]),
        _("The stay is ended; the bed is free."),
        "leave",
    )


@page("homes.admit", methods=("POST",))
def change_bed(request: StaffRequest, pk: int) -> HttpResponse:
    found = stays.get_stay(request.user, pk)
    form = ChangeBedForm(request.POST, home=found.bed.site, prefix="change")
    return _act(
        request,
        found,
        form,
        lambda data: actions.change_bed(request.user, pk, _version(request), data["bed"].pk, data["on"]),
        _("The bed is changed."),
        "change",
    )


def _act(request: StaffRequest, found: Stay, form: Any, do: Any, said: str, name: str) -> HttpResponse:
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("homes:home", args=[found.bed.site_id]))
    return _stay_page(request, found, 422, **{name: form})


@page("homes.admit", methods=("POST",))
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    found = stays.get_stay(request.user, pk)
    home = found.bed.site_id
    actions.take_back(request.user, pk, _version(request), request.POST.get("reason", "")[:200])
    messages.success(request, _("The admission is taken back."))
    return HttpResponseRedirect(reverse("homes:home", args=[home]))
