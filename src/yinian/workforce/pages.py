"""Pages of staff: the list with its figures, one worker with posts and certificates."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core import identity
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.renewals import days_said, notice_days
from yinian.places.models import Site
from yinian.workforce import actions, queries
from yinian.workforce.forms import AccountForm, CertificateForm, EndPostForm, NewWorkerForm, PostForm, WorkerForm
from yinian.workforce.models import Certificate, Post, Worker

SOON = "soon"  # within the days of notice of the place


def certificate_tone(certificate: Certificate, posts: Iterable[Post]) -> tuple[str, str]:
    """When a certificate of somebody who holds these posts runs out, in words, and how pressing that is."""
    if certificate.expires_on is None:
        return _("does not run out"), "ok"
    left = (certificate.expires_on - timezone.localdate()).days
    if left < 0:
        return _("ran out on %(day)s") % {"day": day(certificate.expires_on)}, "bad"
    if left <= max((notice_days(post.site.region_id) for post in posts), default=0):
        return _("runs out on %(day)s, in %(days)d days") % {"day": day(certificate.expires_on), "days": left}, "warn"
    return _("valid until %(day)s") % {"day": day(certificate.expires_on)}, "ok"


def paper_words(certificate: Certificate) -> str:
    """Kind and level of a certificate; a bare number is given its word."""
    level = certificate.level
    words = _("level %(n)s") % {"n": level} if level.isdigit() else level
    return f"{certificate.get_kind_display()}（{words}）" if words else str(certificate.get_kind_display())


def _posts_text(worker: Any) -> str:
    return "；".join(f"{post.site.name} {post.get_kind_display()}" for post in worker.held) or _("none now")


def _papers_text(worker: Any) -> str:
    return "、".join(dict.fromkeys(paper_words(c) for c in worker.papers))


def _next_expiry(worker: Any) -> tuple[str, str] | None:
    latest: dict[str, Certificate] = {}
    for paper in worker.papers:
        known = latest.get(paper.kind)
        if known is None or (
            known.expires_on is not None and (paper.expires_on is None or paper.expires_on > known.expires_on)
        ):
            latest[paper.kind] = paper
    ending = [c for c in latest.values() if c.expires_on is not None]
    if not ending:
        return None
    return certificate_tone(min(ending, key=lambda c: c.expires_on or timezone.localdate()), worker.held)


def _sites(actor: Any) -> list[tuple[int, str]]:
    posts = queries.posts_visible_to(actor).filter(queries.current())
    return list(Site.objects.filter(pk__in=posts.values("site")).order_by("name").values_list("pk", "name"))


def _at(qs: Any, value: str) -> Any:
    return qs.filter(pk__in=Post.objects.filter(queries.current(), site=int(value)).values("worker"))


def _in_post(qs: Any, value: str) -> Any:
    return qs.filter(pk__in=Post.objects.filter(queries.current(), kind=value).values("worker"))


def _in_area(qs: Any, code: str) -> Any:
    return qs.filter(pk__in=Post.objects.filter(site__region__code__startswith=code).values("worker"))


def _kinds(actor: Any) -> list[tuple[str, Any]]:
    return [(queries.QUALIFIED, _("Skill-level or training, for care")), *Certificate.Kind.choices]


def _years(actor: Any) -> list[tuple[str, str]]:
    year = timezone.localdate().year
    return [
        pair
        for y in (year, year - 1)
        for pair in ((str(y), _("in %(year)d") % {"year": y}), (f"not-{y}", _("not in %(year)d") % {"year": y}))
    ]


def _view() -> ListView:
    return ListView(
        title=_("Workforce"),
        columns=[
            Column("name", _("Name"), lambda w: w.name, sort="name"),
            Column("sex", _("Sex"), lambda w: w.get_sex_display() if w.sex else None),
            Column(
                "birth_year", _("Born in"), lambda w: str(w.birth_year) if w.birth_year else None, sort="birth_year"
            ),
            Column("posts", _("Posts"), _posts_text),
            Column("papers", _("Certificates"), _papers_text),
            Column("expiry", _("Next to run out"), _next_expiry, kind="badge"),
            Column("phone", _("Phone"), lambda w: identity.mask_phone(w.phone) if w.phone else None, default=False),
        ],
        filters=[
            Filter("region", _("Area"), _in_area, kind="region"),
            Filter("site", _("Site"), _at, _sites),
            Filter("post", _("Post"), _in_post, lambda actor: Post.Kind.choices),
            Filter("certificate", _("Holds a valid"), queries.holding, _kinds),
            Filter("lacks", _("Lacks a valid"), queries.lacking, _kinds),
            Filter("took_part", _("Took part in training"), queries.took_part, _years),
            Filter(
                "expiring",
                _("Certificate and its expiry"),
                lambda qs, v: queries.lapsing_soon(qs) if v == SOON else queries.lapsing(qs, int(v)),
                lambda actor: [
                    (0, _("run out")),
                    (SOON, _("run out or to be renewed soon")),
                    (30, _("runs out within 30 days")),
                    (180, _("runs out within 180 days")),
                ],
            ),
        ],
        search=queries.search,
        default_sort=("name", "asc"),
        excel_right="workforce.view",
        row_url=lambda w: reverse("workforce:worker", args=[w.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody is on record here yet"),
        empty_text=_("Enter the staff of a home or station with the button above."),
        desk=("workforce", "staff"),
    )


def _share(home: Any) -> str | None:
    return f"{100 * home.qualified / home.carers:.0f}%" if home.carers else None


def _people(home: Any, count: int, **more: Any) -> Any:
    """A figure that opens into the people behind it."""
    query = urlencode({"site": home.pk, "post": Post.Kind.CARER.value, **more})
    return (str(count), f"{reverse('workforce:list')}?{query}") if count else "0"


def _home_view() -> ListView:
    return ListView(
        title=_("Certified or trained carers, by home"),
        subtitle=_("as of %(day)s") % {"day": day(timezone.localdate())},
        columns=[
            Column("name", _("Home"), lambda h: h.name, sort="name"),
            Column("carers", _("Carers in post"), lambda h: _people(h, h.carers), kind="link", sort="carers"),
            Column(
                "qualified",
                _("Certified or trained"),
                lambda h: _people(h, h.qualified, certificate=queries.QUALIFIED),
                kind="link",
                sort="qualified",
            ),
            Column("share", _("Share certified"), _share),
            Column(
                "skilled",
                _("with a skill-level certificate"),
                lambda h: _people(h, h.skilled, certificate="care_skill"),
                kind="link",
                sort="skilled",
            ),
            Column(
                "missing",
                _("Neither"),
                lambda h: _people(h, h.carers - h.qualified, lacks=queries.QUALIFIED),
                kind="link",
            ),
            Column(
                "lapsing",
                _("Certificate run out or to be renewed soon"),
                lambda h: _people(h, h.lapsing, expiring=SOON),
                kind="link",
                sort="lapsing",
            ),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, code: qs.filter(region__code__startswith=code), kind="region"),
            Filter("missing", _("With carers who have neither"), lambda qs, v: qs.filter(qualified__lt=F("carers")),
                   kind="bool"),
            Filter("lapsing", _("With certificates to renew"), lambda qs, v: qs.filter(lapsing__gt=0), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        default_sort=("name", "asc"),
        excel_right="workforce.view",
        region_field="region__code",
        site_field="pk",
        search_hint=_("Name of the home"),
        empty=_("No home is on record here yet"),
        desk=("workforce", "homes"),
        key="workforce:homes",
    )


@page("workforce.view", methods=("GET", "POST"))
def homes(request: StaffRequest) -> HttpResponse:
    """Certified or trained carers in post by home; each figure opens into the people."""
    found = queries.by_home(request.user)
    extra: dict[str, Any] = {}
    if request.GET.get("format") != "xlsx":
        extra["total"] = found.aggregate(all=Sum("carers"), ok=Sum("qualified"), late=Sum("lapsing"))
    return render_list(request, _home_view(), found, "workforce/homes.html", extra)


@page("workforce.view", methods=("GET", "POST"))
def worker_list(request: StaffRequest) -> HttpResponse:
    excel = request.GET.get("format") == "xlsx"
    return render_list(
        request,
        _view(),
        queries.listed(request.user),
        "workforce/workers.html",
        {
            "carers": None if excel else queries.carers(request.user),
            "notice": days_said(request.user.scope("workforce.view").regions),
        },
    )


@page("workforce.view")
def worker(request: StaffRequest, pk: int) -> HttpResponse:
    return _worker_page(request, queries.get_worker(request.user, pk))


def _worker_page(
    request: StaffRequest,
    found: Worker,
    status: int = 200,
    post: PostForm | None = None,
    certificate: CertificateForm | None = None,
    ending: tuple[int, EndPostForm] | None = None,
    account: AccountForm | None = None,
) -> HttpResponse:
    actor = request.user
    may_edit = actor.may("workforce.edit") and queries.site_of(actor, found, "workforce.edit") is not None
    today = timezone.localdate()
    reach = actor.scope("workforce.edit")
    every = list(queries.posts_of(actor, found))
    posts = [
        {
            "post": p,
            "now": p.period.lower <= today and (p.period.upper is None or p.period.upper > today),
            "may_end": (p.period.upper is None or p.period.upper > today)
            and reach.covers(p.site.region_id, p.site_id),
            "form": ending[1]
            if ending and ending[0] == p.pk
            else EndPostForm(initial={"on": today}, prefix=f"p{p.pk}"),
        }
        for p in every
    ]
    held = [p for p in every if today in p.period]
    papers = [(c, *certificate_tone(c, held)) for c in found.certificates.order_by("kind", "-issued_on")]
    return render(
        request,
        "workforce/worker.html",
        {
            "worker": found,
            "posts": posts,
            "papers": papers,
            "may_edit": may_edit,
            "id_mask": identity.mask_id(str(found.id_number)) if found.id_number else "",
            "phone_mask": identity.mask_phone(str(found.phone)) if found.phone else "",
            "post_form": post
            or (PostForm(actor=actor, initial={"since": today}, prefix="post") if may_edit else None),
            "certificate_form": certificate or (CertificateForm(prefix="paper") if may_edit else None),
            "trainings": found.trainings.select_related("session").order_by("-session__day")[:20],
            "account_form": account
            or (
                AccountForm(
                    accounts=queries.accounts_for(actor, found), initial={"user": found.user_id}, prefix="account"
                )
                if may_edit
                else None
            ),
        },
        status=status,
    )


@page("workforce.edit", methods=("GET", "POST"))
def new_worker(request: StaffRequest) -> HttpResponse:
    title = _("New member of staff")
    context: dict[str, Any] = {
        "title": title,
        "back": reverse("workforce:list"),
        "save": _("Enter the person"),
        "crumbs": [(_("Workforce"), reverse("workforce:list")), (title, None)],
    }
    if request.method != "POST":
        site = request.GET.get("site", "")
        form = NewWorkerForm(
            actor=request.user, initial={"since": timezone.localdate(), "site": site if site.isdigit() else ""}
        )
        return render_form(request, "workforce/form.html", form, **context)
    form = NewWorkerForm(request.POST, actor=request.user)
    if not form.is_valid():
        return render_form(request, "workforce/form.html", form, **context)
    data = {**form.cleaned_data, "site": form.cleaned_data["site"].pk}
    try:
        made = actions.add_worker(request.user, **data)
    except Refused as refusal:
        return render_form(request, "workforce/form.html", form, refusal=refusal, **context)
    messages.success(request, _("%(name)s is entered.") % {"name": made.name})
    return HttpResponseRedirect(reverse("workforce:worker", args=[made.pk]))


@page("workforce.edit", methods=("GET", "POST"))
def edit_worker(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_worker(request.user, pk)
    if queries.site_of(request.user, found, "workforce.edit") is None:
        queries.visible_to(request.user, "workforce.edit").get(pk=pk)
    back = reverse("workforce:worker", args=[pk])
    context: dict[str, Any] = {
        "title": _("Edit %(name)s") % {"name": found.name},
        "back": back,
        "save": _("Save the changes"),
        "intro": _("The ID number and phone on record are not shown here; leave them empty to keep them."),
        "crumbs": [(_("Workforce"), reverse("workforce:list")), (found.name, back), (_("Edit"), None)],
    }
    if request.method != "POST":
        form = WorkerForm(initial={"name": found.name, "sex": found.sex, "version": found.version})
        return render_form(request, "workforce/form.html", form, **context)
    form = WorkerForm(request.POST)
    if not form.is_valid():
        return render_form(request, "workforce/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        actions.edit_worker(request.user, pk, data.pop("version") or 0, **data)
    except Refused as refusal:
        return render_form(request, "workforce/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The changes are saved."))
    return HttpResponseRedirect(back)


@page("workforce.edit", methods=("POST",))
def add_post(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_worker(request.user, pk)
    form = PostForm(request.POST, actor=request.user, prefix="post")
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.add_post(request.user, pk, site=data["site"].pk, kind=data["kind"], since=data["since"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, pk, _("The post is entered."))
    return _worker_page(request, found, 422, post=form)


@page("workforce.edit", methods=("POST",))
def tie_account(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_worker(request.user, pk)
    form = AccountForm(request.POST, accounts=queries.accounts_for(request.user, found), prefix="account")
    if form.is_valid():
        user = form.cleaned_data["user"]
        try:
            actions.tie_account(request.user, pk, user.pk if user else None)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, pk, _("The account is tied to this person.") if user else _("No account is tied."))
    return _worker_page(request, found, 422, account=form)


@page("workforce.edit", methods=("POST",))
def end_post(request: StaffRequest, pk: int) -> HttpResponse:
    post = queries.get_post(request.user, pk)
    form = EndPostForm(request.POST, prefix=f"p{pk}")
    if form.is_valid():
        try:
            actions.end_post(request.user, pk, form.cleaned_data["on"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, post.worker_id, _("The post is ended."))
    return _worker_page(request, post.worker, 422, ending=(pk, form))


@page("workforce.edit", methods=("POST",))
def add_certificate(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_worker(request.user, pk)
    form = CertificateForm(request.POST, prefix="paper")
    if form.is_valid():
        try:
            actions.add_certificate(request.user, pk, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, pk, _("The certificate is entered."))
    return _worker_page(request, found, 422, certificate=form)


@page("workforce.edit", methods=("POST",))
def drop_certificate(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_certificate(request.user, pk)
    worker_pk = found.worker_id
    actions.drop_certificate(request.user, pk, request.POST.get("reason", "")[:200])
    return _done(request, worker_pk, _("The certificate is taken away."))


@page("workforce.edit", methods=("POST",))
def reveal(request: StaffRequest, pk: int, field: str) -> HttpResponse:
    """The whole ID number or phone, as a fragment or on the worker's page, after the reason is logged."""
    value = actions.reveal_field(request.user, pk, field, request.POST.get("reason", ""))
    if request.headers.get("HX-Request"):
        return HttpResponse(format_html('<span class="reveal"><span class="reveal-value">{}</span></span>', value))
    return render(
        request,
        "workforce/revealed.html",
        {"worker": queries.get_worker(request.user, pk), "value": value, "field": field},
    )


def _done(request: StaffRequest, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("workforce:worker", args=[pk]))
