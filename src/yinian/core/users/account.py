"""Pages of one's own account: any logged-in user, their own things only."""

import base64
import io

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as mark_verified

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.users import own
from yinian.core.users.forms import CodeForm, PasswordForm, PresentPasswordForm
from yinian.core.users.models import RecoveryCode


@page(None)
def account(request: StaffRequest) -> HttpResponse:
    left = RecoveryCode.objects.filter(user=request.user, used_at__isnull=True).count()
    return render(request, "core/account.html", {
        "postings": request.user.current_postings, "device": own.second_factor_of(request.user), "codes_left": left,
    })


@sensitive_post_parameters("old", "new", "again")
@page(None, methods=("GET", "POST"))
def password(request: StaffRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = own.change_password(request.user, form.cleaned_data["old"], form.cleaned_data["new"])
        except Refused as refusal:
            return render_form(request, "core/password.html", form, refusal=refusal)
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed; your other sessions have ended."))
        return redirect("core:desk")
    return render_form(request, "core/password.html", form)


@page(None, methods=("GET", "POST"))
def second_factor(request: StaffRequest) -> HttpResponse:
    """Turn the second factor on: scan, type the code, keep the recovery codes."""
    if own.second_factor_of(request.user) is not None:
        return render_form(request, "core/second_factor_on.html", PresentPasswordForm())
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = _("Six digits from your phone.")
    if request.method == "POST" and form.is_valid():
        try:
            codes = own.confirm_second_factor(request.user, form.cleaned_data["code"])
        except Refused as refusal:
            return _set_up(request, form, refusal)
        device = own.second_factor_of(request.user)
        if device is not None:
            mark_verified(request, device)
        return render(request, "core/recovery_codes.html", {"codes": codes})
    return _set_up(request, form, None)


def _set_up(request: StaffRequest, form: CodeForm, refusal: Refused | None) -> HttpResponse:
    device = own.pending_second_factor(request.user)
    picture = io.BytesIO()
    segno.make(own.address_of(device), error="m").save(picture, kind="svg", scale=5, border=2, xmldecl=False,
                                                      svgns=True, dark="#000", light="#fff")
    image = "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()
    return render_form(request, "core/second_factor.html", form, refusal=refusal, qr=image,
                       secret=own.secret_of(device))


@sensitive_post_parameters("password")
@page(None, methods=("POST",))
def second_factor_off(request: StaffRequest) -> HttpResponse:
    form = PresentPasswordForm(request.POST)
    if not form.is_valid():
        return render_form(request, "core/second_factor_on.html", form)
    try:
        own.turn_off_second_factor(request.user, form.cleaned_data["password"])
    except Refused as refusal:
        return render_form(request, "core/second_factor_on.html", form, refusal=refusal)
    messages.success(request, _("The second factor is off."))
    return redirect("core:account")


@page(None, methods=("POST",))
def end_sessions(request: StaffRequest) -> HttpResponse:
    user = own.end_my_sessions(request.user)
    update_session_auth_hash(request, user)
    messages.success(request, _("All your other sessions have ended."))
    return redirect("core:account")
