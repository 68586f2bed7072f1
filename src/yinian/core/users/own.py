"""Writing one's own account: password, second factor, language, theme, what has been explained."""

import base64
import secrets
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from yinian.core import crypto
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import RecoveryCode, User

RECOVERY_CODES = 8
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_WELCOMED_AT_MOST = 100


def change_password(actor: User, old: str, new: str) -> User:
    """Change one's password. Every other session ends; the caller keeps this one alive."""
    if not actor.check_password(old):
        raise Refused(fields={"old": _("That is not your present password.")})
    if new == old:
        raise Refused(fields={"new": _("The new password must differ from the old one.")})
    try:
        validate_password(new, actor)
    except ValidationError as error:
        raise Refused(fields={"new": " ".join(error.messages)}) from error
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        user.set_password(new)
        user.must_change_password = False
        user.session_epoch += 1
        user.save(update_fields=["password", "must_change_password", "session_epoch"])
        record(user, "users.change_password", user, region=_region(user))
    return user


def end_my_sessions(actor: User) -> User:
    """End every session of one's own; the caller keeps this one alive."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        user.session_epoch += 1
        user.save(update_fields=["session_epoch"])
        record(user, "users.end_sessions", user, region=_region(user))
    return user


def set_language(actor: User, language: str) -> None:
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("This language is not offered."))
    actor.language = language
    actor.save(update_fields=["language"])


def set_theme(actor: User, theme: str) -> None:
    """``theme``: light, dark, or empty for whatever the device uses."""
    if theme not in {"", "light", "dark"}:
        raise Refused(_("This appearance is not offered."))
    actor.theme = theme
    actor.save(update_fields=["theme"])


def explained(actor: User, key: str) -> None:
    """Remember that a first-visit explanation has been read."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        if key and key not in user.welcomed and len(user.welcomed) < _WELCOMED_AT_MOST:
            user.welcomed = [*user.welcomed, key]
            user.save(update_fields=["welcomed"])


# --- second factor ---------------------------------------------------------------------------------------------


def second_factor_of(user: User) -> TOTPDevice | None:
    """The confirmed device, or None."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def pending_second_factor(actor: User) -> TOTPDevice:
    """The device being set up: made at the first look, the same until it is confirmed."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        device = TOTPDevice.objects.filter(user=actor, confirmed=False).first()
        return device or TOTPDevice.objects.create(user=actor, confirmed=False, name="phone")


def secret_of(device: TOTPDevice) -> str:
    """The device's key as people type it into their authenticator: base32 in groups of four."""
    text = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def address_of(device: TOTPDevice) -> str:
    """The otpauth address behind the QR code."""
    issuer = settings.OTP_TOTP_ISSUER
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    return f"otpauth://totp/{quote(issuer)}:{quote(device.user.username)}?secret={secret}&issuer={quote(issuer)}"


def confirm_second_factor(actor: User, code: str) -> list[str]:
    """Turn the second factor on, after a right code. Returns the recovery codes, shown once."""
    device = pending_second_factor(actor)
    if not device.verify_token(code.strip().replace(" ", "")):
        raise Refused(fields={"code": _("That code is not right. Look at the phone's clock and try the next code.")})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        TOTPDevice.objects.filter(user=actor, confirmed=True).exclude(pk=device.pk).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _new_recovery_codes(actor)
        record(actor, "users.second_factor_on", actor, region=_region(actor))
    return codes


def turn_off_second_factor(actor: User, password: str) -> None:
    """Turn the second factor off; asks for the password."""
    if not actor.check_password(password):
        raise Refused(fields={"password": _("That is not your present password.")})
    with transaction.atomic():
        drop_second_factor(actor)
        record(actor, "users.second_factor_off", actor, region=_region(actor))


def drop_second_factor(user: User) -> None:
    """Remove a user's devices and codes; the caller writes the audit row."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _digest(user: User, code: str) -> bytes:
    return crypto.blind_index(f"{user.pk}:{code.lower().replace('-', '').replace(' ', '')}", "user.recovery_code")


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _n in range(5)) for _g in range(2))
             for _c in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def check_second_factor(user: User, code: str) -> TOTPDevice | None:
    """The device when ``code`` is its present code, or an unused recovery code, which is used up by it.

    Wrong codes make the device wait longer and longer (django-otp's throttling), recovery codes included.
    """
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device is None or not device.verify_is_allowed()[0]:
            return None
        text = code.strip().replace(" ", "")
        if text.isdigit():
            return device if device.verify_token(text) else None
        used = RecoveryCode.objects.filter(user=user, digest=_digest(user, text), used_at__isnull=True).update(
            used_at=timezone.now()
        )
        if not used:
            device.throttle_increment()
            return None
        device.throttle_reset()
        record(user, "users.recovery_code_used", user, region=_region(user))
        return device


def _region(user: User) -> str:
    region = user.home_region
    return region.code if region is not None else ""
