"""When the post of a home's director ends: whoever appoints is asked to end the appointment and to appoint another."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse

from yinian.core.inbox.actions import ask
from yinian.core.jinja import day
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.directors.models import Appointment
from yinian.workforce.leaving import on_post_ended
from yinian.workforce.models import Post

TOWN = CODE_LENGTHS[Level.TOWN]


@on_post_ended
def post_ended(actor: User, post: Post, on: dt.date) -> None:
    """Nobody ends an appointment but who appoints: ask them, where it would go on without a post in the home."""
    if Post.objects.filter(worker=post.worker_id, site=post.site_id, period__contains=on).exists():
        return
    going_on = Appointment.objects.filter(
        Q(period__endswith__isnull=True) | Q(period__endswith__gt=on), worker=post.worker_id, site=post.site_id
    ).select_related("site", "worker")
    for one in going_on:
        ask(
            actor, workkinds.DIRECTOR_LEFT, key=f"{workkinds.DIRECTOR_LEFT}:{one.pk}", region=one.site.region_id[:TOWN],
            params={"name": one.worker.name, "home": one.site.name, "on": day(on)},
            url=reverse("homes:director", args=[one.site_id]),
        )  # fmt: skip
