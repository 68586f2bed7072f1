"""Pages of duplicates: pairs to look at, two entries side by side, merges and taking them back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on
from yinian.core.jobs.models import Job
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.people.duplicates import actions, forms, queries
from yinian.people.duplicates.models import DuplicatePair
from yinian.people.persons.forms import ReasonForm
from yinian.people.persons.models import Person

_STATES = {"open": gettext_lazy("To be looked at"), "merged": gettext_lazy("Merged"),
           "different": gettext_lazy("Two people")}
_TONES = {"open": "warn", "merged": "ok", "different": "mute"}


def _who(person: Person) -> str:
    age = age_on(person.birth_date)
    years = "" if age is None else _("%(age)s years") % {"age": age}
    return " · ".join(part for part in (person.name, person.get_sex_display(), years, person.region.name) if part)


def _top(actor: User) -> str:
    home = actor.home_region
    return home.code if home is not None else ""


@page("people.merge")
def pairs(request: StaffRequest) -> HttpResponse:
    rows = queries.pairs_visible_to(request.user) if request.GET.get("state") else queries.open_pairs(request.user)
    view = ListView(
        title=_("Possibly entered twice"),
        subtitle=_("Compare the two entries and decide. Nothing is merged by machine."),
        columns=[
            Column("first", _("One entry"), lambda p: _who(p.first), kind="link"),
            Column("second", _("Other entry"), lambda p: _who(p.second)),
            Column("why", _("Why"), lambda p: queries.reason_words((p.agreement or {}).get("reasons", []))),
            Column("score", _("Likelihood"), lambda p: f"{p.score * 100:.0f}%", sort="score"),
            Column("state", _("State"), lambda p: (str(_STATES[p.state]), _TONES[p.state]), kind="badge"),
        ],
        filters=[
            Filter("region", _("Area"), lambda q, v: q.filter(region__code__startswith=v), kind="region"),
            Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: list(_STATES.items())),
        ],
        default_sort=("score", "desc"),
        row_url=lambda p: reverse("people:duplicate", args=[p.pk]),
        empty=_("No two entries look like one person"),
        empty_text=_("Start a search to compare all entries anew."),
    )
    job = Job.objects.filter(kind="people.find_duplicates", region_id=_top(request.user)).first()
    return render_list(request, view, queries.listed_pairs(rows), template="people/duplicates.html",
                       extra={"job": job if job and not job.is_over else None})


@page("people.merge", methods=("POST",))
def find(request: StaffRequest) -> HttpResponse:
    job = actions.start_finding(request.user, _top(request.user))
    return redirect("core:job", job.pk)


@page("people.merge", methods=("GET", "POST"))
def pair(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_pair(request.user, pk)
    options = [
        (person.pk, _("One person; %(which)s stays") % {"which": which})
        for person, which in ((one.first, _("Entry A")), (one.second, _("Entry B")))
    ]
    form = forms.PairForm(options[0], options[1], request.POST or None, initial={"version": one.version})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return _decided(request, one, form)
        except Refused as refused:
            refusal = refused
    merge = queries.merges_visible_to(request.user).filter(pair=one, unmerged_at__isnull=True).first()
    return render_form(
        request, "people/duplicate.html", form, refusal=refusal, pair=one, merge=merge,
        lines=queries.side_by_side(one), state=_STATES[one.state], tone=_TONES[one.state],
        reasons=queries.reason_words((one.agreement or {}).get("reasons", [])),
        crumbs=[(_("Older people"), reverse("people:list")),
                (_("Possibly entered twice"), reverse("people:duplicates")), (one.first.name, None)],
    )


def _decided(request: StaffRequest, one: DuplicatePair, form: forms.PairForm) -> HttpResponse:
    data = form.cleaned_data
    if data["decision"] == forms.DIFFERENT:
        actions.keep_apart(request.user, one, data["version"], data["reason"])
        messages.success(request, _("Kept apart; the two will not be shown as a pair again."))
        return redirect("people:duplicates")
    kept = int(data["decision"])
    gone = one.second_id if kept == one.first_id else one.first_id
    made = actions.merge(request.user, kept, gone, data["reason"], pair=one, version=data["version"])
    messages.success(request, _("Merged. It can be taken back at any time."))
    return redirect("people:person", made.kept_id)


@page("people.merge")
def merges(request: StaffRequest) -> HttpResponse:
    view = ListView(
        title=_("Merges"),
        columns=[
            Column("kept", _("Entry that stayed"), lambda m: _who(m.kept), kind="link"),
            Column("gone", _("Merged entry"), lambda m: _who(m.gone)),
            Column("reason", _("Reason"), lambda m: m.reason),
            Column("at", _("Merged on"), lambda m: m.merged_at, kind="day", sort="merged_at"),
            Column("by", _("By"), lambda m: m.merged_by.full_name),
            Column("state", _("State"), lambda m: (_("Taken back"), "mute") if m.unmerged_at else (_("Stands"), "ok"),
                   kind="badge"),
        ],
        default_sort=("merged_at", "desc"),
        row_url=lambda m: reverse("people:unmerge", args=[m.pk]),
        empty=_("Nothing was merged yet"),
    )
    return render_list(request, view, queries.merges_visible_to(request.user))


@page("people.merge", methods=("GET", "POST"))
def unmerge(request: StaffRequest, pk: int) -> HttpResponse:
    merge = queries.get_merge(request.user, pk)
    form = ReasonForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.unmerge(request.user, merge, form.cleaned_data["reason"])
            messages.success(request, _("The merge is taken back; both entries stand again."))
            return redirect("people:person", merge.gone_id)
        except Changed:
            raise
        except Refused as refused:
            refusal = refused
    title = _("Take the merge back") if merge.unmerged_at is None else _("A merge that was taken back")
    return render_form(request, "people/unmerge.html", form, refusal=refusal, merge=merge, title=title, crumbs=[
        (_("Older people"), reverse("people:list")), (_("Merges"), reverse("people:merges")), (title, None)])
