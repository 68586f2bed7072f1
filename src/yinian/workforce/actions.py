"""Writing staff: who they are, where they are posted, their certificates, and asking for renewals."""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import crypto, identity
from yinian.core.audit.actions import record, reveal
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.models import Posting, WorkItem
from yinian.core.pinyin import initials
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.places.models import Site
from yinian.workforce.leaving import tell_ended
from yinian.workforce.models import Certificate, Post, Worker
from yinian.workforce.queries import (
    accounts_for,
    current,
    expiring,
    get_certificate,
    get_post,
    get_worker,
    site_of,
    working_at,
)

ID_PURPOSE = "worker.id_number"
CERTIFICATE_KEY = "workforce.certificate"
REVEALED = ("id_number", "phone")


def add_worker(
    actor: User, *, name: str, sex: str, id_number: str, phone: str, site: int, kind: str, since: dt.date
) -> Worker:
    """Add somebody with a first post. Somebody known by the ID number elsewhere gets the post, not a second entry."""
    place = _site(actor, site)
    _check_post(kind, since)
    name = identity.normalise_name(name)
    if not name:
        raise Refused(fields={"name": _("Give the person's name.")})
    number, index, birth, sex = _number(id_number, sex)
    telephone = _phone(phone)
    with transaction.atomic():
        worker = Worker.objects.select_for_update().filter(id_index=index).first() if index else None
        if worker is not None and worker.name != name:
            raise Refused(
                fields={"id_number": _("Somebody of another name is registered under this ID number; check both.")}
            )
        if worker is None:
            worker = Worker(
                name=name,
                name_initials=initials(name)[:30],
                sex=sex,
                birth_year=birth,
                id_number=number,
                id_index=index,
                phone=telephone,
                synthetic=bool(number and number.startswith(identity.SYNTHETIC_PREFIX)),
            )
            try:
                with transaction.atomic():
                    worker.save()
            except IntegrityError as error:
                raise Changed(_("Somebody has just registered this person; search for them.")) from error
        record(actor, "workforce.add", worker, region=place.region_id, detail={"site": place.pk})
        _post(actor, worker, place, kind, since)
    return worker


def edit_worker(
    actor: User, pk: int, version: int, *, name: str, sex: str, id_number: str = "", phone: str = ""
) -> Worker:
    """Change who somebody is. An empty ID number or phone leaves the stored one as it is."""
    get_worker(actor, pk)
    place = _reach(actor, pk)
    name = identity.normalise_name(name)
    if not name:
        raise Refused(fields={"name": _("Give the person's name.")})
    number, index, birth, sex = _number(id_number, sex)
    telephone = _phone(phone)
    with transaction.atomic():
        worker = Worker.objects.select_for_update().get(pk=pk)
        if worker.version != version:
            raise Changed(
                _("Somebody has changed this entry meanwhile. Nothing of yours was saved; look at it again.")
            )
        if index and Worker.objects.filter(id_index=index).exclude(pk=pk).exists():
            raise Refused(fields={"id_number": _("Somebody else is registered under this ID number.")})
        changed = [f for f, value in (("name", name), ("sex", sex)) if getattr(worker, f) != value]
        worker.name, worker.name_initials, worker.sex = name, initials(name)[:30], sex
        if number:
            changed += ["id_number"] if number != worker.id_number else []
            worker.id_number, worker.id_index, worker.birth_year = number, index, birth
        if telephone:
            changed += ["phone"] if telephone != worker.phone else []
            worker.phone = telephone
        worker.version += 1
        worker.save()
        record(actor, "workforce.edit", worker, region=place.region_id, detail={"changed": changed})
    return worker


def tie_account(actor: User, pk: int, user: int | None) -> Worker:
    """Tie a worker to the account they log in with (None: to none), so that they see their own shifts."""
    get_worker(actor, pk)
    place = _reach(actor, pk)
    with transaction.atomic():
        worker = Worker.objects.select_for_update().get(pk=pk)
        if user is not None and not accounts_for(actor, worker).filter(pk=user).exists():
            raise Refused(fields={"user": _("Choose an account of a site where they work, tied to nobody else.")})
        worker.user_id = user
        worker.version += 1
        worker.save(update_fields=["user", "version"])
        record(actor, "workforce.account", worker, region=place.region_id, detail={"user": user})
    return worker


def add_post(actor: User, pk: int, *, site: int, kind: str, since: dt.date) -> Post:
    """Post somebody to a (further) site from a day on."""
    worker = get_worker(actor, pk)
    place = _site(actor, site)
    _check_post(kind, since)
    with transaction.atomic():
        return _post(actor, worker, place, kind, since)


def end_post(actor: User, post_pk: int, on: dt.date) -> Post:
    """End a post: ``on`` is the first day it is no longer held."""
    seen = get_post(actor, post_pk)
    actor.require("workforce.edit", seen.site.region_id, seen.site_id)
    if on > timezone.localdate() + dt.timedelta(days=92):
        raise Refused(fields={"on": _("A post can be ended at most three months ahead.")})
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post_pk)
        if post.period.upper is not None and post.period.upper <= timezone.localdate():
            raise Refused(_("This post has already ended."))
        if on <= post.period.lower:
            raise Refused(
                fields={"on": _("The post ends after it began, %(day)s.") % {"day": day(post.period.lower)}}
            )
        post.period = DateRange(post.period.lower, on)
        post.save(update_fields=["period"])
        record(
            actor,
            "workforce.end_post",
            seen.worker,
            region=seen.site.region_id,
            detail={"site": seen.site_id, "kind": post.kind, "on": on.isoformat()},
        )
        gone = not Post.objects.filter(current(), worker_id=post.worker_id).exists()
        for certificate in Certificate.objects.filter(worker_id=post.worker_id, expires_on__isnull=False):
            # Who works elsewhere too is asked there, by the next night's check.
            if gone or (on <= timezone.localdate() and _asked_at(certificate) == post.site_id):
                inbox.settle(actor, _key(certificate), _("No longer in post."), needed=False)
        tell_ended(actor, post, on)
    return post


def add_certificate(
    actor: User,
    pk: int,
    *,
    kind: str,
    level: str = "",
    number: str = "",
    issued_on: dt.date,
    expires_on: dt.date | None = None,
) -> Certificate:
    """Record a certificate. A later one of the same kind settles what was asked about the earlier."""
    worker, place = get_worker(actor, pk), _reach(actor, pk)
    if kind not in Certificate.Kind.values:
        raise Refused(fields={"kind": _("Choose the kind of certificate.")})
    if issued_on > timezone.localdate():
        raise Refused(fields={"issued_on": _("The day of issue lies in the future.")})
    if expires_on is not None and expires_on <= issued_on:
        raise Refused(fields={"expires_on": _("A certificate expires after the day of issue.")})
    with transaction.atomic():
        Worker.objects.select_for_update().get(pk=worker.pk)
        same = Certificate.objects.filter(worker=worker, kind=kind, number=number.strip(), issued_on=issued_on)
        if same.exists():
            raise Refused(fields={"number": _("This certificate is already on record.")})
        certificate = Certificate.objects.create(
            worker=worker,
            kind=kind,
            level=level.strip(),
            number=number.strip(),
            issued_on=issued_on,
            expires_on=expires_on,
        )
        record(
            actor,
            "workforce.add_certificate",
            worker,
            region=place.region_id,
            detail={"kind": kind, "expires": expires_on.isoformat() if expires_on else None},
        )
        for older in Certificate.objects.filter(worker=worker, kind=kind, expires_on__isnull=False).exclude(
            pk=certificate.pk
        ):
            if expires_on is None or older.expires_on is None or expires_on > older.expires_on:
                inbox.settle(actor, _key(older), _("A new certificate was recorded."))
    return certificate


def drop_certificate(actor: User, certificate_pk: int, reason: str) -> None:
    """Take away a certificate entered in error; the audit chain keeps what it said."""
    certificate = get_certificate(actor, certificate_pk)
    place = _reach(actor, certificate.worker_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what the error was; it is kept.")})
    with transaction.atomic():
        record(
            actor,
            "workforce.drop_certificate",
            certificate.worker,
            region=place.region_id,
            reason=reason[:200],
            detail={"kind": certificate.kind, "issued": certificate.issued_on.isoformat()},
        )
        if certificate.expires_on:
            inbox.settle(actor, _key(certificate), _("The certificate was an error."), needed=False)
        certificate.delete()


def reveal_field(actor: User, pk: int, field: str, reason: str) -> str:
    """The whole ID number or phone of a worker, with a reason that is logged."""
    worker = get_worker(actor, pk)
    if field not in REVEALED:
        raise NotVisible(field)
    place = site_of(actor, worker, "workforce.edit")
    if place is None:
        actor.require("workforce.edit")
        raise NotVisible("worker")
    return reveal(actor, "workforce.edit", worker, field, region=place.region_id, reason=reason, site_id=place.pk)


def ask_about_expiring(today: dt.date | None = None) -> int:
    """Ask for each certificate that runs out soon to be renewed; returns how many it concerns.

    The item goes to the manager of the home where the worker is posted, if one logs in, else to the town's officer.
    """
    today, actor, asked = today or timezone.localdate(), platform_user(), 0
    managed = set(
        Posting.objects.filter(
            role=Role.HOME_MANAGER, period__contains=today, site_ref__isnull=False, user__is_active=True
        ).values_list("site_ref", flat=True)
    )
    certificates = list(expiring(today))
    posts: dict[int, Post] = {}
    for post in (
        Post.objects.filter(current(today), worker__in=[c.worker_id for c in certificates])
        .select_related("site")
        .order_by("-pk")
    ):
        posts[post.worker_id] = post
    # A post that was to end later has ended meanwhile: nobody there is to renew anything.
    inbox.settle_many(actor, f"{CERTIFICATE_KEY}:", [_key(one) for one in certificates], _("No longer in post."))
    for certificate in certificates:
        site = posts[certificate.worker_id].site
        to_manager = site.pk in managed
        with transaction.atomic():
            if _asked_at(certificate) not in (None, site.pk):
                inbox.settle(actor, _key(certificate), _("Asked where they work now."), needed=False)
            inbox.ask(
                actor,
                "workforce.certificate",
                key=_key(certificate),
                region=site.region_id if to_manager else site.region_id[:9],
                params={
                    "name": certificate.worker.name,
                    "site": site.name,
                    "kind": certificate.kind,
                    "day": certificate.expires_on.isoformat() if certificate.expires_on else "",
                },
                url=reverse("workforce:worker", args=[certificate.worker_id]),
                role=Role.HOME_MANAGER if to_manager else Role.TOWN_OFFICER,
                site=site.pk if to_manager else None,
            )
        asked += 1
    return asked


def _key(certificate: Certificate) -> str:
    return f"{CERTIFICATE_KEY}:{certificate.pk}"


def _asked_at(certificate: Certificate) -> int | None:
    """At which site the renewal of a certificate is asked for; None where it is not, or of a town's officer."""
    return (
        WorkItem.objects.filter(key=_key(certificate), state=WorkItem.State.OPEN).values_list("site_ref", flat=True)
        .first()
    )


def _site(actor: User, pk: int) -> Site:
    place = working_at(actor).filter(pk=pk).first()
    if place is None:
        actor.require("workforce.edit")
        raise NotVisible("site")
    return place


def _reach(actor: User, worker_pk: int) -> Site:
    """The site by which the actor may edit a worker."""
    actor.require("workforce.edit")
    place = site_of(actor, Worker(pk=worker_pk), "workforce.edit")
    if place is None:
        raise NotVisible("worker")
    return place


def _check_post(kind: str, since: dt.date) -> None:
    if kind not in Post.Kind.values:
        raise Refused(fields={"kind": _("Choose the kind of post.")})
    if since > timezone.localdate() + dt.timedelta(days=92):
        raise Refused(fields={"since": _("A post can be entered at most three months ahead.")})


def _post(actor: User, worker: Worker, place: Site, kind: str, since: dt.date) -> Post:
    try:
        with transaction.atomic():
            post = Post.objects.create(worker=worker, site=place, kind=kind, period=DateRange(since, None))
    except IntegrityError as error:
        raise Refused(
            fields={
                "site": _("%(name)s already holds a post at %(site)s at that time; end it first.")
                % {"name": worker.name, "site": place.name}
            }
        ) from error
    record(
        actor,
        "workforce.post",
        worker,
        region=place.region_id,
        detail={"site": place.pk, "kind": kind, "since": since.isoformat()},
    )
    return post


def _number(text: str, sex: str) -> tuple[str | None, bytes | None, int | None, str]:
    """Number, its index, year of birth and sex; the sex follows the number when there is one."""
    if not text.strip():
        return None, None, None, sex
    try:
        card = identity.parse_id(text, allow_synthetic=not settings.IN_SERVICE)
    except identity.IdentityError as error:
        raise Refused(
            fields={"id_number": _("This is not a valid ID number: 18 characters with a right check digit.")}
        ) from error
    found = "male" if card.sex == "1" else "female"
    if sex and sex != found:
        raise Refused(fields={"sex": _("The ID number says otherwise.")})
    return card.number, crypto.blind_index(card.number, ID_PURPOSE), card.birth_date.year, found


def _phone(text: str) -> str | None:
    if not text.strip():
        return None
    phone = identity.normalise_phone(text)
    if phone is None:
        raise Refused(fields={"phone": _("This is not a phone number.")})
    return phone
