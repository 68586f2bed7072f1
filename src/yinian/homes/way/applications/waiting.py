"""Who stands where on a county's list: classes worked out from the facts, places from the classes, each change kept.

Called from actions and by the clock alone. Nobody writes a place: it follows from the rule, from what is known, from
the day of the application, and from urgent lifts that two officers confirmed.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from yinian.core.audit.actions import record
from yinian.core.packs import pack_for
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.engines.entitlement import Move, Waiter, moves, ranked
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import BedApplication, Lift, PlaceChange
from yinian.people.models import Spell

State, Why = BedApplication.State, PlaceChange.Why
LOCK = 7305481
BATCH = 500
LAST = 10_000  # behind every class: not worked out yet


def lock_list(county: str) -> None:
    """One reordering of a county's list at a time. Taken before any application of the county is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int(county)])


def restand(application: BedApplication) -> bool:
    """Work out class and level of one application from what is known today; whether the class changed. Not saved."""
    pack, today = pack_for(application.region_id), timezone.localdate()
    found, words, level = rules.stands(pack, application.person, today)
    before = (application.class_order, application.class_id, application.level, application.unknown)
    application.class_order, application.class_id = found.order, found.class_id or ""
    application.class_label, application.level, application.unknown = words, level, list(found.unknown)
    application.stood_at = timezone.now()
    return before != (application.class_order, application.class_id, application.level, application.unknown)


def reorder(actor: User, county: str, whys: dict[int, str] | None = None) -> int:
    """Put a county's list in order, and keep for every place that changed why it did. How many changed.

    Inside a transaction that holds :func:`lock_list`. ``whys``: for applications that moved by themselves, the reason.
    """
    whys = whys or {}
    rows = {
        one.pk: one
        for one in BedApplication.objects.filter(region__code__startswith=county)
        .filter(Q(state=State.WAITING) | Q(place__isnull=False))
        .only("pk", "class_order", "class_id", "since", "place", "state")
    }
    here = [one for one in rows.values() if one.state == State.WAITING]
    lifted = dict(
        Lift.objects.filter(application__in=[one.pk for one in here], state=Lift.State.CONFIRMED).values_list(
            "application_id", "decided_on"
        )
    )
    order = ranked([
        Waiter(one.pk, LAST if one.class_order is None else one.class_order, one.since, lifted.get(one.pk))
        for one in here
    ])
    old = [one.pk for one in sorted(rows.values(), key=lambda one: (one.place or 0, one.pk)) if one.place is not None]
    new = [one.key for one in order]
    changed, now = moves(old, new), timezone.now()
    PlaceChange.objects.bulk_create(
        [_change(actor, rows[pk], move, whys.get(pk, ""), now) for pk, move in sorted(changed.items())],
        batch_size=BATCH,
    )
    for pk, move in changed.items():
        rows[pk].place = move.after
    BedApplication.objects.bulk_update([rows[pk] for pk in changed], ["place"], batch_size=BATCH)
    return len(changed)


def _change(actor: User, row: BedApplication, move: Move, why: str, now: dt.datetime) -> PlaceChange:
    if move.before is None:
        reason = why or Why.JOINED
    elif move.after is None:
        reason = Why.LEFT
    else:
        reason = why or Why.OTHERS
    return PlaceChange(
        application=row, actor=actor, at=now, why=reason, before=move.before, after=move.after, class_id=row.class_id,
        left=move.left, came=move.came, passed=move.passed, fell=move.fell,
    )


def look_again(actor: User, applications: Iterable[BedApplication]) -> int:
    """Work out anew where these applications stand, move who waited for a level onto the list, and reorder. How many
    classes changed."""
    by_county: dict[str, list[int]] = {}
    for one in applications:
        by_county.setdefault(one.region_id[: rules.COUNTY_DIGITS], []).append(one.pk)
    changed = 0
    for county, pks in sorted(by_county.items()):
        with transaction.atomic():
            lock_list(county)
            whys: dict[int, str] = {}
            found = (
                BedApplication.objects.select_for_update(of=("self",)).filter(pk__in=pks)
                .filter(state__in=[State.WAITING, State.LEVEL]).select_related("person").order_by("pk")
            )
            for one in found:
                before = one.class_order
                moved = restand(one)
                if one.state == State.LEVEL and one.level is not None:
                    from yinian.homes.way.applications.actions import join

                    join(actor, one)
                    whys[one.pk] = Why.JOINED
                elif one.state == State.WAITING and one.class_order != before:
                    whys[one.pk] = Why.FACTS
                if moved:
                    changed += 1
                    one.version += 1
                one.save()
            if reorder(actor, county, whys):
                record(actor, "homes.waiting_order", region=county, detail={"looked_at": len(pks), "changed": changed})
    return changed


def look_after() -> int:
    """By the clock: applications whose person's facts were recorded or taken back since they were last looked at."""
    since = Spell.objects.filter(person=OuterRef("person")).filter(
        Q(recorded_at__gt=OuterRef("stood_at")) | Q(retracted_at__gt=OuterRef("stood_at"))
    )
    stale = BedApplication.objects.filter(state__in=[State.WAITING, State.LEVEL]).filter(
        Q(stood_at__isnull=True) | Exists(since) | Q(person__changed_at__gt=F("stood_at"))
    )
    return look_again(platform_user(), stale)


def look_at_all() -> int:
    """Each night: everybody on every list; ages, complete lists and rules change without a spell."""
    return look_again(platform_user(), BedApplication.objects.filter(state__in=[State.WAITING, State.LEVEL]))
