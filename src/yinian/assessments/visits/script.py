"""What the page of a visit hands to its script: addresses, points and cut-offs, and the script's words."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.requests.models import Request
from yinian.core.users.models import User
from yinian.engines.scale import Scale


def script_config(actor: User, one: Request, scale: Scale, version: int) -> dict[str, Any]:
    """Plain data for assets/yinian/visit.js. Nothing in it identifies the person but the request's number."""
    names = {item.code: scales.in_words(item.name) for item in scale.items} | {
        f.code: scales.in_words(f.name) for s in scale.form_a for f in s.fields
    }
    return {
        "store": f"visit:{actor.pk}:{one.pk}", "version": version, "names": names,
        "save": reverse("assessments:visit_save", args=[one.pk]),
        "locate": reverse("assessments:visit_locate", args=[one.pk]),
        "files": reverse("assessments:exhibit_add", args=[one.pk]),
        "items": {item.code: [item.min, item.max] for item in scale.items},
        # Cut-offs by total; a scale that combines its dimensions leaves the level to the server.
        "levels": [[level.min, level.max, scales.in_words(level.alias)] for level in scale.levels
                   if level.min is not None],
        "words": _words(),
    }


def _words() -> dict[str, str]:
    return {
        "saving": _("Saving …"),
        "saved": _("Saved %(at)s"),
        "offline": _("No connection: kept on this device"),
        "waiting": _("%(n)s answers wait to be sent"),
        "between": _("between “%(best)s” and “%(worst)s”"),
        "level": _("initially “%(level)s”"),
        "conflict": _("%(who)s has answered “%(item)s” differently: %(theirs)s. Yours: %(mine)s."),
        "keep": _("Keep theirs"),
        "take": _("Take mine"),
        "nothing": _("no answer"),
        "other": _("Your colleague has answered: %(items)s"),
        "closed": _("The record was finished elsewhere; look at it again."),
        "located": _("The place is recorded."),
        "no_place": _("The device tells no position. It needs location switched on and a secure address."),
        "photo_waits": _("Pictures waiting to be sent: %(n)s"),
        "photo_bad": _("The picture was not taken: %(why)s"),
        "unsent": _("Answers have not been sent yet."),
        "login": _("You were logged out. Log in in another tab, then go on here; nothing is lost."),
    }
