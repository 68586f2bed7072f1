"""Pages of directors: the homes of an area with theirs, one home's appointments."""

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
from yinian.core.forms import render_form
from yinian.core.jinja import day as day_words
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.pages import crumbs
from yinian.homes.directors import actions, queries
from yinian.homes.directors.forms import AppointForm, EndForm
from yinian.homes.directors.models import Appointment
from yinian.places.models import Site


def _trained(home: Any) -> tuple[str, str] | None:
    if home.director is None:
        return None
    if home.trained_on is None:
        return _("not trained"), "warn"
    return _("trained on %(day)s") % {"day": day_words(home.trained_on)}, "ok"


def _director(home: Any) -> tuple[str, str]:
    if home.director is not None:
        return home.director, "ok"
    return (_("none appointed; a manager is in post"), "warn") if home.has_manager else (_("none"), "bad")


_STANDS = {"appointed": ~queries.WITHOUT, "none": queries.WITHOUT, "untrained": queries.UNTRAINED}


def _view() -> ListView:
    return ListView(
        title=_("Directors of homes"),
        subtitle=_("as of %(day)s") % {"day": day_words(timezone.localdate())},
        columns=[
            Column("name", gettext_lazy("Care home"), lambda h: h.name, sort="name"),
            Column("ownership", gettext_lazy("Ownership"), lambda h: h.get_ownership_display(), sort="ownership"),
            Column("director", gettext_lazy("Director"), _director, kind="badge", sort="director"),
            Column("since", gettext_lazy("Since"), lambda h: h.since, kind="date", sort="since"),
            Column("document", gettext_lazy("Document"), lambda h: h.document or None),
            Column("trained", gettext_lazy("Training in running a home"), _trained, kind="badge", sort="trained_on"),
        ],
        filters=[
            Filter(
                "region", gettext_lazy("Area"), lambda qs, c: qs.filter(region__code__startswith=c), kind="region"
            ),
            Filter(
                "ownership", gettext_lazy("Ownership"), lambda qs, v: qs.filter(ownership=v),
                lambda a: Site.Ownership.choices,
            ),
            Filter(
                "stands",
                gettext_lazy("Director"),
                lambda qs, v: qs.filter(_STANDS[v]) if v in _STANDS else qs.none(),
                lambda a: [
                    ("appointed", _("director appointed")),
                    ("none", _("none appointed")),
                    ("untrained", _("not trained")),
                ],
            ),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        default_sort=("name", "asc"),
        excel_right="workforce.view",
        region_field="region__code",
        site_field="pk",
        row_url=lambda h: reverse("homes:director", args=[h.pk]),
        search_hint=_("Name of the home"),
        empty=_("No home is on record here yet"),
        desk=("homes", "directors"),
        key="homes:directors",
    )  # fmt: skip


@page("workforce.view", methods=("GET", "POST"), also=("homes.view",))
def directors(request: StaffRequest) -> HttpResponse:
    """Homes with their directors: who has none, whose is not trained."""
    homes = queries.by_home(request.user)
    extra: dict[str, Any] = {}
    if request.GET.get("format") != "xlsx":
        first = homes.order_by("pk").first()
        extra = {
            "count": homes.count(),
            "without": homes.filter(queries.WITHOUT).count(),
            "untrained": homes.filter(queries.UNTRAINED).count(),
            "aims": queries.aims_for(first.region_id) if first else {},
        }
    return render_list(request, _view(), homes, "homes/directors.html", extra)


@page("workforce.view", also=("homes.view",))
def director(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_home(request.user, pk))


def _page(
    request: StaffRequest, home: Site, status: int = 200, ending: tuple[int, EndForm] | None = None
) -> HttpResponse:
    today = timezone.localdate()
    found = queries.appointments_of(request.user, home)
    may = request.user.scope("directors.appoint").covers(home.region_id, home.pk)
    lines = [
        {
            "one": one,
            "now": today in one.period,
            "ahead": one.period.lower > today,
            "form": (
                (ending[1] if ending and ending[0] == one.pk else EndForm(initial={"on": today}, prefix=f"e{one.pk}"))
                if may and one.ended_by_id is None and (one.period.upper is None or one.period.upper > today)
                else None
            ),
        }
        for one in found
    ]
    present = next((line["one"] for line in lines if line["now"]), None)
    return render(
        request,
        "homes/director.html",
        {
            "home": home,
            "lines": lines,
            "present": present,
            "trainings": queries.trainings_of(present.worker) if present else [],
            "may_appoint": may,
            "crumbs": crumbs(home, (_("Director"), None)),
        },
        status=status,
    )


@page("directors.appoint", methods=("GET", "POST"), also=("homes.view", "workforce.view"))
def appoint(request: StaffRequest, pk: int) -> HttpResponse:
    home = queries.get_home(request.user, pk, "directors.appoint")
    back = reverse("homes:director", args=[pk])
    context: dict[str, Any] = {
        "title": _("Record a director's appointment"),
        "save": _("Record the appointment"),
        "back": back,
        "crumbs": crumbs(home, (_("Director"), back), (_("Appointment"), None)),
    }
    town = home.region.parent if home.region.level == 5 and home.region.parent else home.region
    form = AppointForm(
        request.POST or None,
        staff=queries.staff_of(home),
        initial={"since": timezone.localdate(), "issuer": _("People's government of %(town)s") % {"town": town.name}},
    )
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    data = form.cleaned_data | {"worker": form.cleaned_data["worker"].pk}
    try:
        actions.appoint(request.user, pk, **data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The appointment is recorded."))
    return redirect(back)


@page("directors.appoint", methods=("POST",), also=("homes.view", "workforce.view"))
def end(request: StaffRequest, pk: int) -> HttpResponse:
    found: Appointment = queries.get_appointment(request.user, pk)
    form = EndForm(request.POST, prefix=f"e{pk}")
    version = request.POST.get("version", "")
    if form.is_valid():
        try:
            actions.end(request.user, pk, int(version) if version.isdigit() else 0, **form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The appointment is ended."))
            return redirect("homes:director", found.site_id)
    return _page(request, queries.get_home(request.user, found.site_id), 422, (pk, form))
