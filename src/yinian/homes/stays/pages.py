"""Pages of stays: the residents of a home, admission, one stay with leaving and changing bed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import identity
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, choice_words, render_list
from yinian.homes.absences.forms import BackForm, GoForm
from yinian.homes.absences.models import Absence
from yinian.homes.beds import queries as beds
from yinian.homes.care.book import group_choices, group_words
from yinian.homes.living import panel as living
from yinian.homes.stays import actions
from yinian.homes.stays import queries as stays
from yinian.homes.stays.forms import AdmitForm, ChangeBedForm, EndForm, KindForm, LeaveForm, LevelForm, today_for
from yinian.homes.stays.models import Stay
from yinian.homes.stays.panels import panels_for
from yinian.homes.transfers.forms import AskForm, DirectForm
from yinian.homes.transfers.models import Transfer
from yinian.people.models import Person
from yinian.places.models import Bed, Site


def person_url(pk: int) -> str | None:
    """The person's page, where that room is installed."""
    try:
        return reverse("people:person", args=[pk])
    except NoReverseMatch:
        return None


away_words = choice_words(Absence.Kind.choices)


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
            Column("stay", _("Kind of stay"), lambda s: s.get_kind_display(), sort="kind"),
            Column("basis", _("Kind of admission"), lambda s: s.get_basis_display(), sort="basis"),
            Column("level", _("Care level"), lambda s: group_words(s.level_now) if s.level_now else None),
            Column("away", _("Away"), lambda s: away_words(s.away_kind)),
            Column("expected_end", _("Expected end"), lambda s: s.expected_end, kind="day", sort="expected_end"),
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
            Filter("stay", _("Kind of stay"), lambda qs, v: qs.filter(kind=v), lambda actor: Stay.Kind.choices),
            Filter("level", _("Care level"), lambda qs, v: qs.filter(level_now=v),
                   lambda actor: group_choices()),
            Filter("away", _("Away"), lambda qs, v: qs.exclude(away_kind=None), kind="bool"),
            Filter("ends", _("Expected end until"), lambda qs, v: qs.filter(expected_end__lte=v), kind="date_to"),
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
                kind=form.cleaned_data["kind"] or Stay.Kind.LONG,
                expected_end=form.cleaned_data["expected_end"],
                level=form.cleaned_data["level"],
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
    return stay_page(request, stays.get_stay(request.user, pk))


@dataclass
class Act:
    """Something to be done with a stay: its form, unfolded where it came back with errors."""

    name: str
    title: str
    url: str
    form: forms.Form
    verb: str
    kind: str = "primary"
    text: str = ""
    version: int = 0

    @property
    def open(self) -> bool:
        return self.form.is_bound


def stay_page(request: StaffRequest, found: Stay, status: int = 200, **bound: forms.Form) -> HttpResponse:
    """The page of a stay; ``bound`` gives the forms that came back with errors, by the name of their act."""
    home = found.bed.site
    over, kept = found.period.upper is not None, found.period.lower > timezone.localdate()
    # The panel of daily life reads them too.
    prefetch_related_objects([found], Prefetch("absences", Absence.objects.select_related("left_by", "returned_by")))
    absences = list(found.absences.all())
    transfers = list(found.transfers.select_related("to_site", "asked_by", "decided_by"))
    may = not over and request.user.scope("homes.admit").covers(home.region_id, home.pk)
    return render(
        request,
        "homes/stay.html",
        {
            "group_words": group_words,
            "stay": found,
            "home": home,
            "over": over,
            "kept": kept,
            "id_mask": identity.mask_id(str(found.person.id_number)) if found.person.id_number else "",
            "age": age_on(found.person.birth_date),
            "village": _village(found),
            "person_url": person_url(found.person_id),
            "may_admit": may,
            "acts": _acts(request, found, absences, transfers, bound) if may else [],
            "absences": absences,
            "away": next((a for a in absences if a.period.upper is None), None),
            "levels": list(found.levels.select_related("by")),
            "transfers": transfers,
            "died": found.person.state == Person.State.DEAD and not over,
            "before": found.follows,
            "after": getattr(found, "followed_by", None),
            "panels": panels_for(request.user, found),
            "living": living.of_stay(request.user, found),
            "sees_care": not over
            and found.period.lower <= timezone.localdate()
            and request.user.scope("care.view").covers(home.region_id, home.pk),
        },
        status=status,
    )


def _acts(
    request: StaffRequest, found: Stay, absences: list[Absence], transfers: list[Transfer], bound: dict[str, Any]
) -> list[Act]:
    """What can be done with a stay that runs, most likely first."""
    home, today = found.bed.site, today_for()

    def act(name: str, title: str, verb: str, blank: Any, key: str = "", **more: Any) -> Act:
        url = reverse(f"homes:{key or name}", args=[more.pop("pk", found.pk)])
        return Act(name, title, url, bound.get(name) or blank, verb, version=more.pop("version", found.version), **more)

    end = LeaveForm(
        initial=today if found.person.died_on is None else {"on": found.person.died_on, "why": Stay.End.DEATH},
        prefix="leave",
    )
    leave = act(
        "discharge", _("Leaving the home"), _("End the stay"), end, kind="danger",
        text=_("The bed is free from the day of leaving; the person is no longer on the home's list."),
    )
    if found.period.lower > timezone.localdate():
        return []
    if found.kind == Stay.Kind.DAY:
        return [leave, act("expected_end", _("Expected end"), _("Agree the end"), EndForm(prefix="end"))]
    away = next((a for a in absences if a.period.upper is None), None)
    acts = [
        act(
            "come_back", _("Back again"), _("Record the return"), BackForm(initial=today, prefix="back"), pk=away.pk,
            version=away.version,
        )
        if away
        else act("go", _("Goes away"), _("Record that they go"), GoForm(initial=today, prefix="go"),
                 text=_("The bed stays theirs.")),
        act("change_bed", _("Change the bed"), _("Change the bed"),
            ChangeBedForm(home=home, initial=today, prefix="change")),
        act("set_level", _("Care level"), _("Set the care level"), LevelForm(initial=today, prefix="level")),
        act("change_kind", _("Goes on as another kind of stay"), _("Change the kind"),
            KindForm(initial=today | {"kind": Stay.Kind.LONG}, prefix="kind")),
        act("expected_end", _("Expected end"), _("Agree the end"),
            EndForm(initial={"expected_end": found.expected_end}, prefix="end")),
    ]
    if not any(t.state == Transfer.State.ASKED for t in transfers):
        acts.append(
            act("transfer_ask", _("Ask another home to take the person"), _("Ask the home"),
                AskForm(actor=request.user, home=home, prefix="ask"))
        )
    direct = DirectForm(actor=request.user, home=home, initial=today, prefix="direct")
    if direct.reaches:
        acts.append(
            act("transfer_now", _("Transfer to another home"), _("Transfer"), direct,
                text=_("Both homes are told; the person leaves here and is admitted there on the same day."))
        )
    return [*acts, leave]


def version_of(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def done(
    request: StaffRequest, found: Stay, name: str, form: Any, do: Callable[[dict[str, Any]], Any], said: str
) -> HttpResponse:
    """Do an act of the stay's page and go on to the stay that holds now; or show the page again with the errors."""
    if form.is_valid():
        try:
            made = do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            if isinstance(made, Stay) and made.period.upper is None and "board" not in request.POST:
                return HttpResponseRedirect(reverse("homes:stay", args=[made.pk]))
            return HttpResponseRedirect(reverse("homes:home", args=[found.bed.site_id]))
    return stay_page(request, found, 422, **{name: form})


@page("homes.admit", methods=("POST",))
def discharge(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "discharge", LeaveForm(request.POST, prefix="leave"),
        lambda d: actions.discharge(request.user, pk, version, d["reason"], d["on"], why=d["why"]),
        _("The stay is ended; the bed is free."),
    )


@page("homes.admit", methods=("POST",))
def change_bed(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "change_bed", ChangeBedForm(request.POST, home=found.bed.site, prefix="change"),
        lambda d: actions.change_bed(request.user, pk, version, d["bed"].pk, d["on"]),
        _("The bed is changed."),
    )


@page("homes.admit", methods=("POST",))
def change_kind(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "change_kind", KindForm(request.POST, prefix="kind"),
        lambda d: actions.change_kind(
            request.user, pk, version, d["kind"], d["on"], d["reason"], d["expected_end"]
        ),
        _("The kind of stay is changed."),
    )


@page("homes.admit", methods=("POST",))
def expected_end(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "expected_end", EndForm(request.POST, prefix="end"),
        lambda d: actions.set_expected_end(request.user, pk, version, d["expected_end"], d["reason"]),
        _("The expected end is agreed."),
    )


@page("homes.admit", methods=("POST",))
def set_level(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "set_level", LevelForm(request.POST, prefix="level"),
        lambda d: actions.set_level(request.user, pk, version, d["level"], d["on"], d["reason"]).stay,
        _("The care level is set."),
    )


@page("homes.admit", methods=("POST",))
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    found = stays.get_stay(request.user, pk)
    home = found.bed.site_id
    actions.take_back(request.user, pk, version_of(request), request.POST.get("reason", "")[:200])
    messages.success(request, _("The admission is taken back."))
    return HttpResponseRedirect(reverse("homes:home", args=[home]))
