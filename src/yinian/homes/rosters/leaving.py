"""When a post ends: the shifts planned after it are taken off, and the home hears which need somebody."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.inbox.actions import ask
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.rosters import actions
from yinian.homes.rosters.models import Roster, RosterShift
from yinian.workforce.leaving import on_post_ended
from yinian.workforce.models import Post


@on_post_ended
def take_off(actor: User, post: Post, on: dt.date) -> int:
    """Take somebody whose post ends off the shifts that begin later, and tell the home's manager. How many shifts.

    A shift in a draft goes; in a published week it stays and says why nobody comes. What has begun is a fact and stays,
    and so does every shift on a day on which they hold another post in the home.
    """
    others = [
        other.period for other in Post.objects.filter(worker=post.worker_id, site=post.site_id).exclude(pk=post.pk)
    ]
    weeks = {
        roster.pk: roster for roster in Roster.objects.select_for_update(of=("self",)).select_related("site")
        .filter(site=post.site_id, week__gt=on - dt.timedelta(days=7), shifts__worker=post.worker_id)
        .order_by("pk")
    }
    later = [
        one for one in RosterShift.objects.select_for_update().filter(
            roster__in=weeks, worker=post.worker_id, gone="", day__gte=on, span__startswith__gt=timezone.now()
        ).order_by("day", "pk")
        if not any(one.day in period for period in others)
    ]
    if not later:
        return 0
    drafts = [one.pk for one in later if not weeks[one.roster_id].is_published]
    RosterShift.objects.filter(pk__in=drafts).delete()
    RosterShift.objects.filter(pk__in={one.pk for one in later} - set(drafts)).update(
        gone=RosterShift.Gone.LEFT, gone_reason=_("Post ended from %(day)s") % {"day": day(on)}, gone_by=actor,
        gone_at=timezone.now(),
    )
    for pk in sorted({one.roster_id for one in later}):
        roster = weeks[pk]
        roster.version += 1
        roster.save(update_fields=["version"])
        mine = [one for one in later if one.roster_id == pk]
        record(actor, "homes.roster_post_ended", roster, region=roster.site.region_id, detail={
            "site": roster.site_id, "worker": post.worker_id, "on": on.isoformat(), "shifts": len(mine),
        })  # fmt: skip
        if roster.is_published:
            actions.tell(actor, roster)
    site = weeks[later[0].roster_id].site
    monday = weeks[later[0].roster_id].week
    ask(
        actor, workkinds.SHIFTS_FREE, key=f"{workkinds.SHIFTS_FREE}:{post.pk}", region=site.region_id, site=site.pk,
        params={"name": post.worker.name, "home": site.name, "on": day(on), "n": len(later),
                "first": day(later[0].day)},
        url=reverse("homes:roster", args=[site.pk]) + f"?week={monday.isoformat()}",
    )  # fmt: skip
    return len(later)
