"""Pages of training: the county's trainers, sessions, one session with who is on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.places.models import Site
from yinian.workforce.models import Attendance, Trainer, TrainingSession
from yinian.workforce.training import actions, queries
from yinian.workforce.training.forms import AttendForm, SessionForm, TrainerForm
from yinian.workforce.training.models import Field

OUTCOME_TONES = {"put": "mute", "passed": "ok", "failed": "warn", "absent": "warn"}


def _stage(one: TrainingSession) -> tuple[str, str]:
    return (_("not held yet"), "info") if one.day > timezone.localdate() else (_("held"), "ok")


def _view() -> ListView:
    return ListView(
        title=_("Training"),
        columns=[
            Column("day", gettext_lazy("Day"), lambda s: s.day, kind="date", sort="day"),
            Column("subject", gettext_lazy("Subject"), lambda s: s.subject, sort="subject"),
            Column("field", gettext_lazy("What is taught"), lambda s: s.get_field_display(), sort="field"),
            Column("trainer", gettext_lazy("Trainer"), lambda s: s.trainer.name, sort="trainer__name"),
            Column("place", gettext_lazy("Place of the training"), lambda s: s.place),
            Column("hours", gettext_lazy("Hours"), lambda s: s.hours, kind="number", sort="hours"),
            Column("people", gettext_lazy("On it"), lambda s: s.people, kind="number", sort="people"),
            Column("passed", gettext_lazy("Passed"), lambda s: s.passed, kind="number", sort="passed"),
            Column("stage", gettext_lazy("State"), _stage, kind="badge"),
        ],
        filters=[
            Filter("field", gettext_lazy("What is taught"), lambda qs, v: qs.filter(field=v), lambda a: Field.choices),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(day__gte=v), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(day__lte=v), kind="date_to"),
        ],
        search=lambda qs, text: qs.filter(subject__contains=text),
        default_sort=("day", "desc"),
        excel_right="workforce.view",
        row_url=lambda s: reverse("workforce:training", args=[s.pk]),
        search_hint=_("Subject"),
        empty=_("No training is on record yet"),
        desk=("workforce", "trainings"),
        key="workforce:trainings",
    )


@page("workforce.view", methods=("GET", "POST"))
def trainings(request: StaffRequest) -> HttpResponse:
    """The county's training, and how far the year is."""
    excel = request.GET.get("format") == "xlsx"
    year = None if excel else queries.year_so_far(request.user)
    return render_list(
        request, _view(), queries.listed(request.user), "workforce/trainings.html",
        {
            "year": year,
            "this_year": timezone.localdate().year,
            "asked": "" if excel else queries.asked_a_year(request.user),
        },
    )  # fmt: skip


def _trainer_view() -> ListView:
    today = timezone.localdate()
    return ListView(
        title=_("Trainers of the county"),
        columns=[
            Column("name", gettext_lazy("Name"), lambda t: t.name, sort="name"),
            Column("unit", gettext_lazy("Where they work"), lambda t: t.unit, sort="unit"),
            Column("fields", gettext_lazy("What they teach"), lambda t: t.field_words()),
            Column("proof", gettext_lazy("What shows that they can"), lambda t: t.proof),
            Column("since", gettext_lazy("Trainer since"), lambda t: t.since, kind="date", sort="since"),
            Column(
                "state",
                gettext_lazy("State"),
                lambda t: (_("trains"), "ok") if t.until is None or t.until > today else (_("no longer"), "mute"),
                kind="badge",
            ),
        ],
        filters=[
            Filter(
                "field", gettext_lazy("What they teach"), lambda qs, v: qs.filter(fields__contains=[v]),
                lambda a: Field.choices,
            ),
        ],
        search=lambda qs, text: (
            qs.filter(name__startswith=text)
            if not text.isascii()
            else qs.filter(name_initials__startswith=text.lower())
        ),
        default_sort=("name", "asc"),
        excel_right="workforce.view",
        row_url=lambda t: reverse("workforce:trainer", args=[t.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("No trainer is in the register yet"),
        desk=("workforce", "trainers"),
        key="workforce:trainers",
    )  # fmt: skip


@page("workforce.view", methods=("GET", "POST"))
def trainers(request: StaffRequest) -> HttpResponse:
    return render_list(request, _trainer_view(), queries.trainers(request.user), "workforce/trainers.html")


@page("workforce.view")
def trainer(request: StaffRequest, pk: int) -> HttpResponse:
    """One trainer with the sessions held."""
    found = queries.get_trainer(request.user, pk)
    return render(
        request,
        "workforce/trainer.html",
        {
            "one": found,
            "held": queries.listed(request.user).filter(trainer=found).order_by("-day")[:100],
            "may_edit": request.user.may("training.hold"),
        },
    )


@page("training.hold", methods=("GET", "POST"), also=("workforce.view",))
def new_trainer(request: StaffRequest) -> HttpResponse:
    return _trainer_form(request, None)


@page("training.hold", methods=("GET", "POST"), also=("workforce.view",))
def edit_trainer(request: StaffRequest, pk: int) -> HttpResponse:
    return _trainer_form(request, queries.get_trainer(request.user, pk, "training.hold"))


def _trainer_form(request: StaffRequest, found: Trainer | None) -> HttpResponse:
    title = _("Edit %(name)s") % {"name": found.name} if found else _("New trainer")
    back = reverse("workforce:trainer", args=[found.pk]) if found else reverse("workforce:trainers")
    context: dict[str, Any] = {
        "title": title,
        "save": _("Save the changes") if found else _("Enter the trainer"),
        "back": back,
        "crumbs": [(_("Trainers of the county"), reverse("workforce:trainers")), (title, None)],
    }
    initial = (
        {
            "name": found.name, "unit": found.unit, "fields_": found.fields, "proof": found.proof,
            "since": found.since, "until": found.until, "version": found.version,
        }
        if found
        else {"since": timezone.localdate()}
    )  # fmt: skip
    form = TrainerForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "workforce/form.html", form, **context)
    data = dict(form.cleaned_data)
    version = data.pop("version") or 0
    try:
        made = actions.keep_trainer(
            request.user, found.pk if found else None, version, fields=data.pop("fields_"), **data
        )
    except Refused as refusal:
        if "fields" in refusal.fields:
            refusal.fields["fields_"] = refusal.fields.pop("fields")
        return render_form(request, "workforce/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The trainer is in the register."))
    return redirect("workforce:trainer", made.pk)


@page("training.hold", methods=("GET", "POST"), also=("workforce.view",))
def new_training(request: StaffRequest) -> HttpResponse:
    title, back = _("New training"), reverse("workforce:trainings")
    context: dict[str, Any] = {
        "title": title, "save": _("Enter the training"), "back": back,
        "crumbs": [(_("Training"), back), (title, None)],
    }  # fmt: skip
    form = SessionForm(
        request.POST or None,
        trainers=queries.trainers(request.user, "training.hold"),
        initial={"day": timezone.localdate()},
    )
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "workforce/form.html", form, **context)
    try:
        made = actions.hold(request.user, **form.cleaned_data | {"trainer": form.cleaned_data["trainer"].pk})
    except Refused as refusal:
        return render_form(request, "workforce/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The training is entered: put staff on it."))
    return redirect("workforce:training", made.pk)


@page("workforce.view")
def training(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_session(request.user, pk))


def _page(request: StaffRequest, one: TrainingSession, status: int = 200, form: Any = None) -> HttpResponse:
    user = request.user
    seen = queries.attended(user, one)
    may_enrol = user.may("training.enrol")
    homes: list[tuple[int, str]] = []
    home = request.GET.get("home", "")
    if may_enrol:
        scope = user.scope("training.enrol").q("region__code", "pk")
        homes = list(
            Site.objects.filter(scope, kind=Site.Kind.HOME, state=Site.State.OPEN).order_by("name")
            .values_list("pk", "name")
        )  # fmt: skip
        if form is None:
            form = AttendForm(staff=_choosable(request, one, home))
    return render(
        request,
        "workforce/training.html",
        {
            "one": one,
            "stage": _stage(one),
            "seen": seen,
            "others": one.attended.count() - len(seen),
            "tones": OUTCOME_TONES,
            "outcomes": Attendance.Outcome.choices,
            "may_hold": user.may("training.hold") and one.day <= timezone.localdate(),
            "may_enrol": may_enrol,
            "homes": homes,
            "home": int(home) if home.isdigit() else (homes[0][0] if homes else 0),
            "form": form,
        },
        status=status,
    )


def _choosable(request: StaffRequest, one: TrainingSession, home: str) -> Any:
    """Staff to choose from: of one home at a time, so that the list stays short."""
    found = queries.may_attend(request.user, one)
    if not home.isdigit():
        scope = request.user.scope("training.enrol").q("region__code", "pk")
        first = Site.objects.filter(scope, kind=Site.Kind.HOME, state=Site.State.OPEN).order_by("name").first()
        home = str(first.pk) if first else "0"
    return found.filter(posts__site=int(home)).distinct().order_by("name")


@page("training.enrol", methods=("POST",), also=("workforce.view",))
def put_on(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_session(request.user, pk)
    form = AttendForm(request.POST, staff=queries.may_attend(request.user, one))
    home = request.GET.get("home", "")
    if form.is_valid():
        try:
            made = actions.put_on(request.user, pk, [worker.pk for worker in form.cleaned_data["workers"]])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("%(n)d people are put on it.") % {"n": made})
            tail = f"?home={home}" if home.isdigit() else ""
            return redirect(reverse("workforce:training", args=[pk]) + tail)
    form.fields["workers"].queryset = _choosable(request, one, home)  # type: ignore[attr-defined]
    return _page(request, one, 422, form)


@page("training.hold", methods=("POST",), also=("workforce.view",))
def results(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_session(request.user, pk, "training.hold")
    given = {
        int(name[2:]): str(value)
        for name, value in request.POST.items()
        if name.startswith("o-") and name[2:].isdigit()
    }
    try:
        changed = actions.record_results(request.user, pk, given)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, one, 422)
    messages.success(request, _("%(n)d results are recorded.") % {"n": changed})
    return redirect("workforce:training", pk)
