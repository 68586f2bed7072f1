"""Pages of shadowings: the list with whom nobody has begun with, one record with its days and signatures."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import form_status
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.pages import crumbs
from yinian.homes.rosters.rules import shadow_rule_for
from yinian.homes.shadowing import actions, queries
from yinian.homes.shadowing.forms import BeginForm, DayForm, MentorForm, PlaceForm
from yinian.homes.shadowing.models import Shadowing
from yinian.places.sites.queries import home_choices
from yinian.workforce.models import Worker


def stage_words(one: Shadowing) -> tuple[str, str]:
    """How far a shadowing is."""
    if one.is_signed:
        return _("signed off"), "ok"
    if not one.here:  # type: ignore[attr-defined]
        return _("left before it was signed"), "mute"
    if one.mentor_at is not None:
        return _("signed by the mentor"), "info"
    return _("under way"), "warn"


def _days(one: Shadowing) -> str:
    noted = len(one.noted.all())
    return f"{noted}/{one.days}" if one.days else str(noted)


_STAGES = {
    "open": {"mentor_at__isnull": True, "here": True},
    "mentor": {"mentor_at__isnull": False, "director_at__isnull": True, "here": True},
    "left": {"director_at__isnull": True, "here": False},
    "signed": {"director_at__isnull": False},
}


def _view() -> ListView:
    return ListView(
        title=_("New staff being shown the work"),
        columns=[
            Column("name", gettext_lazy("Name"), lambda s: s.worker.name, sort="worker__name"),
            Column("home", gettext_lazy("Home"), lambda s: s.site.name, sort="site__name"),
            Column("place", gettext_lazy("Where"), lambda s: s.place.name, sort="place__name"),
            Column("mentor", gettext_lazy("Mentor"), lambda s: s.mentor.name, sort="mentor__name"),
            Column("since", gettext_lazy("Since"), lambda s: s.since, kind="date", sort="since"),
            Column("days", gettext_lazy("Days noted"), _days),
            Column("stage", gettext_lazy("State"), stage_words, kind="badge"),
        ],
        filters=[
            Filter("home", gettext_lazy("Home"), lambda qs, v: qs.filter(site=v), home_choices("workforce.view")),
            Filter(
                "stage",
                gettext_lazy("State"),
                lambda qs, v: qs.filter(**_STAGES.get(v, {"pk__in": []})),
                lambda a: [
                    ("open", _("under way")),
                    ("mentor", _("signed by the mentor")),
                    ("signed", _("signed off")),
                    ("left", _("left before it was signed")),
                ],
            ),
        ],
        search=lambda qs, text: (
            qs.filter(worker__name__startswith=text)
            if not text.isascii()
            else qs.filter(worker__name_initials__startswith=text.lower())
        ),
        default_sort=("since", "desc"),
        excel_right="workforce.view",
        row_url=lambda s: reverse("homes:shadowing", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody was shown the work yet"),
        desk=("homes", "shadowings"),
        key="homes:shadowings",
    )


@page("workforce.view", methods=("GET", "POST"), also=("homes.view",))
def shadowings(request: StaffRequest) -> HttpResponse:
    """Who is being shown the work, and new staff with whom nobody has begun."""
    extra: dict[str, Any] = {}
    if request.GET.get("format") != "xlsx":
        extra = {
            "unbegun": queries.unbegun(request.user),
            "keeps": lambda home: actions.keeps(request.user, home),
        }
    return render_list(request, _view(), queries.listed(request.user), "homes/shadowings.html", extra)


@page("workforce.edit", methods=("GET", "POST"), also=("homes.view",))
def begin(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin: first where, then who and by whom."""
    home = queries.get_home(request.user, pk)
    places = queries.places_for(request.user)
    asked = request.GET.get("place", "")
    place = places.filter(pk=int(asked)).first() if asked.isdigit() else None
    place = place or places.filter(pk=home.pk).first() or places.first()
    today = timezone.localdate()
    worker = request.GET.get("worker", "")
    shown = Shadowing.objects.filter(site=home)
    staff = Worker.objects.filter(posts__site=home, posts__period__endswith__isnull=True).exclude(
        pk__in=shown.values("worker")
    )
    form = BeginForm(
        request.POST or None,
        staff=staff.order_by("name"),
        mentors=queries.mentors_at(place, today).order_by("name") if place else Worker.objects.none(),
        initial={"since": today, "worker": worker if worker.isdigit() else ""},
    )
    if request.method == "POST" and place is not None and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.begin(
                request.user, pk, worker=data["worker"].pk, place=place.pk, mentor=data["mentor"].pk,
                since=data["since"],
            )  # fmt: skip
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("It is begun: note each day below."))
            return redirect("homes:shadowing", made.pk)
    return render(
        request,
        "homes/shadowing_begin.html",
        {
            "home": home,
            "place": place,
            "place_form": PlaceForm(places=places, initial={"place": place}),
            "worker": worker if worker.isdigit() else "",
            "form": form,
            "rule": shadow_rule_for(home),
            "crumbs": crumbs(home, (_("New staff"), reverse("homes:shadowings")), (_("Begin"), None)),
        },
        status=form_status(form),
    )


@page("shadowing.view")
def shadowing(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_shadowing(request.user, pk))


def _page(request: StaffRequest, one: Shadowing, status: int = 200, **forms: Any) -> HttpResponse:
    user = request.user
    open_ = one.mentor_at is None and user.may("shadowing.note")
    sees = user.may("workforce.view") and user.may("homes.view")
    back = (_("New staff"), reverse("homes:shadowings")) if sees else (_("My shifts"), reverse("homes:my_shifts"))
    noted = list(one.noted.select_related("by"))
    return render(
        request,
        "homes/shadowing.html",
        {
            "one": one,
            "noted": noted,
            "stage": stage_words(one),
            "left": max(max(one.days or 1, 1) - len(noted), 0),
            "may_note": open_ and actions.may_note(user, one),
            "may_mentor": open_ and actions.is_mentor(user, one),
            "may_direct": one.mentor_at is not None
            and not one.is_signed
            and one.mentor_by_id != user.pk
            and actions.keeps(user, one.site),
            "day_form": forms.get("day") or DayForm(prefix="day", initial={"day": timezone.localdate()}),
            "mentor_form": forms.get("mentor") or MentorForm(prefix="mentor"),
            "crumbs": [back, (one.worker.name, None)],
        },
        status=status,
    )


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    one = queries.get_shadowing(request.user, pk)
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("homes:shadowing", pk)
    return _page(request, one, 422, **{name: form})


@page("shadowing.note", methods=("POST",), also=("shadowing.view",))
def note_day(request: StaffRequest, pk: int) -> HttpResponse:
    form = DayForm(request.POST, prefix="day")
    return _act(
        request, pk, "day", form,
        lambda data: actions.note_day(request.user, pk, data["day"], data["note"]), _("The day is noted."),
    )  # fmt: skip


@page("shadowing.note", methods=("POST",), also=("shadowing.view",))
def sign_mentor(request: StaffRequest, pk: int) -> HttpResponse:
    form = MentorForm(request.POST, prefix="mentor")
    return _act(
        request, pk, "mentor", form,
        lambda data: actions.sign_mentor(request.user, pk, _version(request), data["word"]), _("Signed as mentor."),
    )  # fmt: skip


@page("workforce.edit", methods=("POST",), also=("shadowing.view",))
def sign_director(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_shadowing(request.user, pk)
    try:
        actions.sign_director(request.user, pk, _version(request))
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, one, 422)
    messages.success(request, _("Signed off: they count as on duty from today on."))
    return redirect("homes:shadowing", pk)
