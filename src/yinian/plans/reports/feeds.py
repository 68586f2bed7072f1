"""Calendar feeds: an address that only its owner knows, with the deadlines of the tasks the owner sees.

The address holds no name and the feed no personal data: titles of tasks, days, units.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from yinian.core.audit.actions import record
from yinian.core.models import User
from yinian.plans.reports.models import Feed
from yinian.plans.tasks import colours
from yinian.plans.tasks.queries import attach_units, listed

BYTES = 24
MOST = 2000


def _digest(token: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), b"yinian.plans.feed:" + token.encode(), hashlib.sha256).hexdigest()


def make(actor: User) -> str:
    """A new secret address for the actor's feed; the one before it ends. Returns its token, which is kept nowhere."""
    actor.require("plans.view")
    token = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        Feed.objects.select_for_update().filter(user=actor, revoked_at__isnull=True).update(revoked_at=timezone.now())
        made = Feed.objects.create(user=actor, digest=_digest(token))
        record(actor, "plans.feed", made)
    return token


def revoke(actor: User) -> int:
    """End the actor's address. Returns how many were open."""
    with transaction.atomic():
        feed = Feed.objects.select_for_update().filter(user=actor, revoked_at__isnull=True).first()
        if feed is None:
            return 0
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        record(actor, "plans.feed_end", feed)
    return 1


def standing(actor: User) -> Feed | None:
    """The actor's open feed, if any."""
    return Feed.objects.filter(user=actor, revoked_at__isnull=True).first()


def owner_of(token: str) -> User | None:
    """Whose feed a token opens; None for one unknown, taken back, or of somebody who may no longer see plans."""
    feed = Feed.objects.filter(digest=_digest(token), revoked_at__isnull=True).select_related("user").first()
    if feed is None or not feed.user.is_active or not feed.user.may("plans.view"):
        return None
    Feed.objects.filter(pk=feed.pk).update(asked_at=timezone.now())
    return feed.user


def calendar_of(actor: User, base: str) -> bytes:
    """The deadlines of the tasks the actor sees, as iCalendar. ``base``: the site's address, for links."""
    calendar = Calendar()
    calendar.add("prodid", "-//Yinian//plans//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Deadlines of plans"))
    calendar.add("refresh-interval;value=duration", "PT6H")
    since = timezone.localdate() - dt.timedelta(days=366)
    turns: list[Any] = list(listed(actor).filter(due_on__gte=since).order_by("due_on", "pk")[:MOST])
    attach_units(turns)
    for turn in turns:
        word, _tone = colours.badge(turn)
        event = Event()
        event.add("uid", f"turn-{turn.pk}@yinian")
        event.add("dtstamp", timezone.now().astimezone(dt.UTC))
        event.add("dtstart", turn.due_on)
        event.add("dtend", turn.due_on + dt.timedelta(days=1))
        event.add("summary", _("%(task)s (%(state)s)") % {"task": turn.task.title, "state": word})
        event.add("description", _("%(units)s · %(percent)d%%") % {"units": turn.lead_words, "percent": turn.percent})
        event.add("url", base + reverse("plans:task", args=[turn.task_id]))
        event.add("transp", "TRANSPARENT")
        event.add("sequence", turn.version)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
