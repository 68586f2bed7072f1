"""Users and their scope: list, one user, and the acts on them."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import form_status, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.roles import ROLE_CHOICES
from yinian.core.users import actions, queries
from yinian.core.users.forms import IdentityForm, PostingForm, ReasonForm, UserForm
from yinian.core.users.models import Posting, User
from yinian.core.users.sites import site_of


def _current(user: User) -> list[Posting]:
    """The postings in force, from what the list has already fetched."""
    today = timezone.localdate()
    return [p for p in user.postings.all() if _holds(p, today)]


def _holds(posting: Posting, day: Any) -> bool:
    lower, upper = posting.period.lower, posting.period.upper
    return (lower is None or lower <= day) and (upper is None or day < upper)


def _posted(condition: Q) -> Exists:
    held = Posting.objects.filter(condition, user=OuterRef("pk"), period__contains=timezone.localdate())
    return Exists(held)


def _search(queryset: QuerySet[User], text: str) -> QuerySet[User]:
    return queryset.filter(Q(full_name__icontains=text) | Q(username__icontains=text) | Q(office__icontains=text))


def _by_state(queryset: QuerySet[User], value: str) -> QuerySet[User]:
    return queryset.filter(is_active=value == "active")


USERS = ListView(
    title=gettext_lazy("Users and their scope"),
    subtitle=gettext_lazy("Who may log in, in which role, and for which area."),
    columns=[
        Column("name", gettext_lazy("Full name"), lambda user: user.full_name, sort="full_name"),
        Column("username", gettext_lazy("Login name"), lambda user: user.username, sort="username"),
        Column("office", gettext_lazy("Office"), lambda user: user.office, default=False),
        Column("roles", gettext_lazy("Role and area"),
               lambda user: "; ".join(f"{p.role_label} · {p.region.name}" for p in _current(user))),
        Column("login", gettext_lazy("Last login"), lambda user: user.last_login, kind="moment", sort="last_login"),
        Column("state", gettext_lazy("State"),
               lambda user: (_("Active"), "ok") if user.is_active else (_("Locked"), "bad"), kind="badge"),
    ],
    filters=[
        Filter("region", gettext_lazy("Area"), lambda qs, value: qs.filter(_posted(Q(region__code__startswith=value))),
               kind="region"),
        Filter("role", gettext_lazy("Role"), lambda qs, value: qs.filter(_posted(Q(role=value))),
               choices=lambda actor: ROLE_CHOICES),
        Filter("state", gettext_lazy("State"), _by_state,
               choices=lambda actor: [("active", _("Active")), ("locked", _("Locked"))]),
    ],
    search=_search,
    search_hint=gettext_lazy("Name, login name or office"),
    default_sort=("username", "asc"),
    row_url=lambda user: reverse("core:user", args=[user.pk]),
)


@page("users.view")
def user_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, USERS, queries.visible_to(request.user), "core/users.html",
                       {"may_add": bool(actions.grantable(request.user))})


@page("users.edit", methods=("GET", "POST"))
def user_new(request: StaffRequest) -> HttpResponse:
    form = UserForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user, password = actions.create_user(
                request.user, username=given["username"], full_name=given["full_name"], office=given["office"],
                role=given["role"], region=_region_code(given), site=given["site"],
            )
        except Refused as refusal:
            return render_form(request, "core/user_new.html", form, refusal=refusal)
        return render(request, "core/one_time_password.html", {"made": user, "password": password, "new": True})
    return render_form(request, "core/user_new.html", form)


def _region_code(given: dict[str, Any]) -> str:
    if given["site"] is not None:
        site = site_of(given["site"])
        return site.region_code if site is not None else ""
    return str(given["region"].code)


@page("users.view")
def user_page(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, queries.get_user(request.user, pk), None, None)


def _show(
    request: StaffRequest, user: User, form: PostingForm | None, refusal: Refused | None,
    identity: IdentityForm | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    manage = actions.may_manage(request.user, user)
    if manage and form is None:
        form = PostingForm(actor=request.user)
    if form is not None and refusal is not None:
        form.refuse(refusal)
    rows = []
    scope = request.user.scope("users.edit")
    for posting in user.postings.select_related("region", "created_by").order_by("-period"):
        site = site_of(posting.site_ref) if posting.site_ref is not None else None
        upper = posting.period.upper
        rows.append({
            "posting": posting, "site": site.name if site else "", "holds": _holds(posting, today),
            "over": upper is not None and upper <= today,
            "last_day": None if upper is None else upper - dt.timedelta(days=1),
            "may_end": manage and scope.covers(posting.region_id) and (upper is None or upper > today),
        })
    if manage and identity is None:
        identity = IdentityForm()
    return render(request, "core/user.html", {
        "person": user, "rows": rows, "manage": manage, "form": form, "identity": identity,
        "is_self": user.pk == request.user.pk,
    }, status=max(form_status(form), form_status(identity)))


@page("users.edit", methods=("POST",))
def identify(request: StaffRequest, pk: int) -> HttpResponse:
    user = queries.get_user(request.user, pk)
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return _show(request, user, None, None, form)
    try:
        actions.set_identity(request.user, pk, form.cleaned_data["id_number"])
    except Refused as refusal:
        form.refuse(refusal)
        return _show(request, user, None, None, form)
    messages.success(request, _("The holder of the account %(name)s is entered.") % {"name": user.full_name})
    return redirect("core:user", pk)


@page("users.edit", methods=("POST",))
def posting_add(request: StaffRequest, pk: int) -> HttpResponse:
    user = queries.get_user(request.user, pk)
    form = PostingForm(request.POST, actor=request.user)
    if not form.is_valid():
        return _show(request, user, form, None)
    given = form.cleaned_data
    try:
        actions.add_posting(request.user, pk, role=given["role"], region=_region_code(given), site=given["site"],
                            since=given["since"], until=given["until"])
    except Refused as refusal:
        return _show(request, user, form, refusal)
    messages.success(request, _("The role is given; %(name)s logs in anew to use it.") % {"name": user.full_name})
    return redirect("core:user", pk)


@page("users.edit", methods=("POST",))
def posting_end(request: StaffRequest, pk: int, posting_pk: int) -> HttpResponse:
    actions.end_posting(request.user, pk, posting_pk)
    messages.success(request, _("The role has ended, and so have the sessions of this account."))
    return redirect("core:users") if not queries.visible_to(request.user).filter(pk=pk).exists() else redirect(
        "core:user", pk
    )


@page("users.edit", methods=("POST",))
def lock(request: StaffRequest, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    form.is_valid()
    user = actions.lock(request.user, pk, form.cleaned_data.get("reason", ""))
    messages.success(request, _("%(name)s is locked; all sessions have ended.") % {"name": user.full_name})
    return redirect("core:user", pk)


@page("users.edit", methods=("POST",))
def unlock(request: StaffRequest, pk: int) -> HttpResponse:
    user = actions.unlock(request.user, pk)
    messages.success(request, _("%(name)s can log in again.") % {"name": user.full_name})
    return redirect("core:user", pk)


@page("users.edit", methods=("POST",))
def sessions_end(request: StaffRequest, pk: int) -> HttpResponse:
    user = actions.revoke_sessions(request.user, pk)
    messages.success(request, _("All sessions of %(name)s have ended.") % {"name": user.full_name})
    return redirect("core:user", pk)


@page("users.edit", methods=("POST",))
def password_reset(request: StaffRequest, pk: int) -> HttpResponse:
    user, password = actions.reset_password(request.user, pk)
    return render(request, "core/one_time_password.html", {"made": user, "password": password, "new": False})
