"""When a post ends: a shadowing of somebody who left waits for nobody, and one whose mentor left says so."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.shadowing.models import Shadowing
from yinian.workforce.leaving import on_post_ended
from yinian.workforce.models import Post


@on_post_ended
def post_ended(actor: User, post: Post, on: dt.date) -> None:
    """Drop what is asked about a newcomer who leaves; ask the home to agree who goes on where the mentor leaves."""
    if Post.objects.filter(worker=post.worker_id, site=post.site_id, period__contains=on).exists():
        return
    running = Shadowing.objects.filter(director_at__isnull=True).select_related("worker", "mentor", "site")
    for one in running.filter(worker=post.worker_id, site=post.site_id):
        for kind in (workkinds.SHADOWING, workkinds.MENTOR_LEFT):
            settle(actor, f"{kind}:{one.pk}", _("No longer in post."), needed=False)
    for one in running.filter(Q(mentor=post.worker_id, place=post.site_id), mentor_at__isnull=True):
        ask(
            actor, workkinds.MENTOR_LEFT, key=f"{workkinds.MENTOR_LEFT}:{one.pk}", region=one.site.region_id,
            site=one.site_id, params={"name": one.mentor.name, "new": one.worker.name, "on": day(on)},
            url=reverse("homes:shadowing", args=[one.pk]),
        )  # fmt: skip
