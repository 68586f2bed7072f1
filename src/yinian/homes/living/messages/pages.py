"""Pages of letters with families: the home's threads and notices, one thread, and the family's own page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import thumbnail
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.pages import crumbs as home_crumbs
from yinian.homes.desks import ROOM
from yinian.homes.living.book import living
from yinian.homes.living.meals.pages import person_search
from yinian.homes.living.messages import actions, queries
from yinian.homes.living.messages.forms import HomeWriteForm, NoticeForm, WriteForm
from yinian.homes.living.messages.models import FamilyMessage, FamilyNotice
from yinian.people.representatives.queries import get_own, may_act_for
from yinian.places.sites.queries import home_choices

PHOTO_SIDE = 900  # pixels: enough for a phone held up to somebody


# --- the home ------------------------------------------------------------------------------------------------------


def _state(stay: Any) -> tuple[str, str]:
    if stay.last_side == FamilyMessage.Side.FAMILY:
        return _("waits for an answer"), "warn"
    if stay.last_side:
        return _("answered"), "ok"
    return _("nothing written yet"), "mute"


def _view() -> ListView:
    return ListView(
        title=_("Messages of families"),
        subtitle=_("After %(n)d days without an answer, or as many as a home has set, the family comes onto the "
                   "manager's desk.") % {"n": living().answer_days},
        columns=[
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column("home", gettext_lazy("Home"), lambda s: s.bed.site.name, sort="bed__site__name"),
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("state", gettext_lazy("State"), _state, kind="badge"),
            Column("unread", gettext_lazy("Unread"), lambda s: s.unread or None, kind="number", sort="unread"),
            Column("last", gettext_lazy("Last message"), lambda s: s.last_at, kind="moment", sort="last_at"),
            Column("family", gettext_lazy("Family on the platform"), lambda s: _("yes") if s.family else _("no")),
        ],
        filters=[
            Filter("waiting", gettext_lazy("Waits for an answer"), lambda qs, v: queries.waiting(qs), kind="bool"),
            Filter("unread", gettext_lazy("With unread messages"), lambda qs, v: qs.filter(unread__gt=0), kind="bool"),
            Filter("home", gettext_lazy("Home"), lambda qs, v: qs.filter(bed__site=v), home_choices("family.view")),
        ],
        search=person_search,
        default_sort=("last", "desc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:family_thread", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("No family is on the platform yet"),
        empty_text=_("The village lets a family member act for the person; then they can write here."),
        key="homes:family_threads",
        desk=(ROOM, "messages"),
    )


@page("family.view", also=("homes.view", "people.view"))
def threads(request: StaffRequest) -> HttpResponse:
    return render_list(request, _view(), queries.threads(request.user), "homes/living/threads.html",
                       {"homes": home_choices("family.view")(request.user)})


@page("family.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="family.write")
def thread(request: StaffRequest, pk: int) -> HttpResponse:
    """What was written about a resident, and an answer. Reading is said by a button: a glance answers nobody."""
    stay = queries.get_resident(request.user, pk, "family.write" if request.method == "POST" else "family.view")
    home, may_photo = stay.bed.site, queries.may_photo(stay.person_id)
    found = queries.thread(stay.person_id, home)
    context: dict[str, Any] = {
        "stay": stay,
        "home": home,
        "rows": found,
        "family": queries.family_of(stay.person_id),
        "unread": sum(one.side == "family" and not one.reads.all() for one in found),
        "may_photo": may_photo,
        "may_write": request.user.scope("family.write").covers(home.region_id, home.pk),
        "crumbs": home_crumbs(home, (_("Messages of families"), reverse("homes:family_threads")),
                              (stay.person.name, None)),
    }
    form = HomeWriteForm(request.POST or None, request.FILES or None, photo=may_photo)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/thread.html", form, **context)
    try:
        actions.write_home(request.user, pk, form.cleaned_data["text"], form.cleaned_data.get("photo"))
    except Refused as refusal:
        return render_form(request, "homes/living/thread.html", form, refusal=refusal, **context)
    messages.success(request, _("Sent; the family sees it on their page."))
    return redirect("homes:family_thread", pk)


@page("family.write", methods=("POST",), also=("homes.view", "people.view"))
def thread_read(request: StaffRequest, pk: int) -> HttpResponse:
    actions.read_home(request.user, pk)
    return redirect("homes:family_thread", pk)


@page(None)
def photo(request: StaffRequest, pk: int) -> HttpResponse:
    """The photo of a message, for staff of the home and for who acts for the person."""
    found = queries.get_photo(request.user, pk)
    assert found.photo is not None
    answer = HttpResponse(
        thumbnail(b"".join(attachments.open_for(request.user, found.photo)), PHOTO_SIDE), content_type="image/jpeg"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


@page("family.view", methods=("GET", "POST"), post="family.write")
def notices(request: StaffRequest, pk: int) -> HttpResponse:
    """What the home tells all families, and a new notice."""
    home = queries.get_home(request.user, pk, "family.write" if request.method == "POST" else "family.view")
    context: dict[str, Any] = {
        "home": home,
        "rows": queries.notices_of(home)[:50],
        "may_give": request.user.scope("care.manage").covers(home.region_id, home.pk),
        "crumbs": home_crumbs(home, (_("Messages of families"), reverse("homes:family_threads")),
                              (_("Notices"), None)),
    }
    form = NoticeForm(request.POST or None, initial=NoticeForm.beginning())
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/notices.html", form, **context)
    try:
        actions.give_notice(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/living/notices.html", form, refusal=refusal, **context)
    messages.success(request, _("All families of the home see it from now."))
    return redirect("homes:family_notices", pk)


@page("care.manage", methods=("POST",), also=("family.view",))
def notice_back(request: StaffRequest, pk: int) -> HttpResponse:
    notice: FamilyNotice = queries.get_notice(request.user, pk)
    try:
        actions.withdraw_notice(request.user, pk, request.POST.get("reason", ""))
        messages.success(request, _("The notice is taken back."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("homes:family_notices", notice.site_id)


# --- the family ----------------------------------------------------------------------------------------------------


@page("own.view", methods=("GET", "POST"), post="own.act")
def own_messages(request: StaffRequest, pk: int) -> HttpResponse:
    """What the home and the family wrote to each other about a person, and a new message."""
    person = get_own(request.user, pk)
    home = queries.home_of(person)
    context: dict[str, Any] = {
        "person": person,
        "home": home,
        "rows": queries.own_thread(request.user, pk),
        "unread": queries.own_unread(request.user, pk),
        "may_write": home is not None and may_act_for(request.user, person),
        "crumbs": [(_("My family"), reverse("people:own")),
                   (person.name, reverse("people:own_person", args=[person.pk])), (_("Messages"), None)],
    }
    form = WriteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/own_messages.html", form, **context)
    try:
        actions.write_family(request.user, pk, form.cleaned_data["text"])
    except Refused as refusal:
        return render_form(request, "homes/living/own_messages.html", form, refusal=refusal, **context)
    messages.success(request, _("Sent to the home."))
    return redirect("homes:own_messages", pk)


@page("own.act", methods=("POST",))
def own_read(request: StaffRequest, pk: int) -> HttpResponse:
    get_own(request.user, pk)
    actions.read_family(request.user, pk)
    return redirect("homes:own_messages", pk)

