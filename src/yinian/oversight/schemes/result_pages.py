"""Pages of what comes of a round: ranking with each total explained, public notice, objections, awards, their use."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible
from yinian.core.jinja import yuan
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.oversight.schemes import deciding, granting, queries
from yinian.oversight.schemes.awarding import Award, Notice
from yinian.oversight.schemes.forms import AwardForm, ListForm, ObjectionForm, ReasonForm, SettleForm, UseForm
from yinian.oversight.schemes.models import Application, Round
from yinian.oversight.schemes.pages import round_choices
from yinian.oversight.schemes.rules import Rules, name_of, rules_of, said
from yinian.oversight.schemes.view import (
    application_crumbs,
    crumbs,
    form_act,
    handed_out,
    round_crumbs,
    version_of,
    whole,
)

PERCENT = Decimal(100)


@page("schemes.manage")
def ranking(request: StaffRequest, pk: int) -> HttpResponse:
    """The ranking: each total with how it came about; the list that is proposed; the awards."""
    one = queries.get_managed(request.user, pk)
    rows, found = deciding.ranked(one), getattr(one, "decision", None)
    awards = {a.application_id: a for a in Award.objects.filter(application__round=one)}
    return render(request, "oversight/ranking.html", {
        "one": one, "rows": rows, "name": name_of(one), "decision": found, "rules": rules_of(one),
        "criteria": list(one.criteria.all()), "awards": awards, "full": sum(c.most for c in one.criteria.all()),
        "chosen": found.chosen if found is not None else [],
        "may_propose": one.state == Round.State.RANKED,
        "may_approve": one.state == Round.State.RANKED and found is not None
        and found.proposed_by_id != request.user.pk,
        "crumbs": round_crumbs(one, _("Ranking")),
    })


@page("schemes.manage", methods=("GET", "POST"))
def result_propose(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose whom to recognise, with the grounds."""
    one = queries.get_managed(request.user, pk)
    found = getattr(one, "decision", None)
    form = ListForm(
        request.POST or None,
        initial={"chosen": [str(key) for key in found.chosen], "text": found.text} if found is not None else {},
        ranked=[(a.pk, _("%(rank)s. %(name)s, %(total)s points") % {
            "rank": a.standing.rank, "name": a.region.name, "total": a.standing.total})
            for a in deciding.ranked(one)],
    )
    return form_act(
        request, form,
        lambda data: deciding.propose_list(request.user, pk, [int(key) for key in data["chosen"]], data["text"]),
        to=reverse("oversight:ranking", args=[pk]), done=_("Proposed. Somebody else approves it."),
        title=_("Propose whom to recognise"), subtitle=name_of(one), save=_("Propose it"),
        draft=f"oversight-list-{pk}", crumbs=round_crumbs(one, _("Propose whom to recognise")),
    )


@page("schemes.manage", methods=("POST",))
def result_approve(request: StaffRequest, pk: int) -> HttpResponse:
    made = deciding.approve_list(request.user, pk)
    messages.success(request, _("Approved. The public notice %(number)s is up.") % {"number": made.paper.number})
    return HttpResponseRedirect(reverse("oversight:notice", args=[pk]))


def _notice(one: Round) -> Notice:
    found = Notice.objects.filter(round=one).select_related(
        "paper__attachment", "result_paper__attachment", "recognised_by"
    ).first()
    if found is None:
        raise NotVisible("notice")
    return found


def _listed(one: Round) -> list[Application]:
    return list(
        Application.objects.filter(pk__in=one.decision.chosen).select_related("region", "prefecture")
        .defer("region__outline", "prefecture__outline").order_by("region_id")
    )  # fmt: skip


@page("oversight.view")
def notice(request: StaffRequest, pk: int) -> HttpResponse:
    """The public notice: who is on the list, until when to object, and for the organiser what was objected."""
    one = queries.get_round(request.user, pk)
    found = _notice(one)
    manages = request.user.scope("schemes.manage").covers(one.region_id)
    today = timezone.localdate()
    return render(request, "oversight/notice.html", {
        "one": one, "found": found, "name": name_of(one), "listed": _listed(one), "manages": manages,
        "rules": rules_of(one), "said": said,
        "objections": list(found.objections.select_related("application__region", "recorded_by", "settled_by"))
        if manages else [],
        "running": one.state == Round.State.NOTICE and today <= found.until,
        "may_recognise": manages and one.state == Round.State.NOTICE and today > found.until,
        "open": manages and found.objections.filter(outcome="").exists(),
        "crumbs": round_crumbs(one, _("Public notice")),
    })


@page("oversight.view")
def notice_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The notice as it was put up; public, so to everybody who sees the evaluation."""
    return handed_out(request, _notice(queries.get_round(request.user, pk)).paper.attachment)


@page("oversight.view")
def result_paper(request: StaffRequest, pk: int) -> HttpResponse:
    found = _notice(queries.get_round(request.user, pk))
    if found.result_paper is None:
        raise NotVisible("result")
    return handed_out(request, found.result_paper.attachment)


@page("schemes.manage", methods=("GET", "POST"))
def objection_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Record an objection to the list."""
    one = queries.get_managed(request.user, pk)
    _notice(one)
    form = ObjectionForm(request.POST or None, initial={"raised_on": timezone.localdate()},
                         listed=[(a.pk, a.region.name) for a in _listed(one)])
    return form_act(
        request, form,
        lambda data: deciding.object_to(request.user, pk, whole(data["application"]), data["by_name"], data["text"],
                                        data["raised_on"]),
        to=reverse("oversight:notice", args=[pk]), done=_("The objection is recorded."),
        title=_("Record an objection"), subtitle=name_of(one), save=_("Record"),
        crumbs=round_crumbs(one, _("Record an objection")),
    )


@page("schemes.manage", methods=("GET", "POST"))
def objection(request: StaffRequest, pk: int) -> HttpResponse:
    """Answer an objection."""
    found = queries.get_objection(request.user, pk)
    one = found.notice.round
    return form_act(
        request, SettleForm(request.POST or None),
        lambda data: deciding.settle_objection(request.user, pk, data["outcome"], data["answer"]),
        to=reverse("oversight:notice", args=[one.pk]), done=_("The objection is answered."),
        title=_("Answer an objection"), subtitle=f"{found.application.region.name} · {found.by_name}",
        intro=found.text, save=_("Answer"), crumbs=round_crumbs(one, _("Answer an objection")),
    )


@page("schemes.manage", methods=("POST",))
def recognise(request: StaffRequest, pk: int) -> HttpResponse:
    deciding.recognise(request.user, pk)
    messages.success(request, _("Recognised. Set the awards now."))
    return HttpResponseRedirect(reverse("oversight:ranking", args=[pk]))


# --- awards -----------------------------------------------------------------------------------------------------


def _state(row: Award) -> tuple[str, str]:
    return (_("approved"), "ok") if row.approved_at else (_("to be approved"), "warn")


def _by_state(found: Any, value: str) -> Any:
    return found.filter(approved_at__isnull=value == "open")


AWARDS = ListView(
    title=gettext_lazy("Awards"),
    columns=[
        Column("region", gettext_lazy("Applicant"), lambda row: row.application.region.name,
               sort="application__region_id"),
        Column("round", gettext_lazy("Evaluation"), lambda row: name_of(row.application.round)),
        Column("rank", gettext_lazy("Rank"), lambda row: row.application.standing.rank, kind="number",
               sort="application__standing__rank"),
        Column("base", gettext_lazy("Award (yuan)"), lambda row: row.base_fen, kind="yuan", sort="base_fen"),
        Column("extra", gettext_lazy("Further award (yuan)"), lambda row: row.extra_fen, kind="yuan",
               sort="extra_fen"),
        Column("total", gettext_lazy("Together (yuan)"), lambda row: row.total_fen, kind="yuan", sort="total_fen"),
        Column("used", gettext_lazy("Reported as used (yuan)"), lambda row: row.used, kind="yuan", sort="used"),
        Column("state", gettext_lazy("State"), _state, kind="badge"),
    ],
    filters=[
        Filter("round", gettext_lazy("Evaluation"), lambda found, value: found.filter(application__round=value),
               choices=round_choices),
        Filter("state", gettext_lazy("State"), _by_state,
               choices=lambda actor: [("open", _("to be approved")), ("approved", _("approved"))]),
        Filter("region", gettext_lazy("Area"),
               lambda found, value: found.filter(application__region__code__startswith=value), kind="region"),
    ],
    search=lambda found, text: found.filter(application__region__name__contains=text),
    default_sort=("total", "desc"),
    excel_right="oversight.view",
    region_field="application__region__code",
    row_url=lambda row: reverse("oversight:award", args=[row.pk]),
    empty=gettext_lazy("No award yet"),
    empty_text=gettext_lazy("Awards follow when a result is announced."),
    desk=("oversight", "awards"),
)


@page("oversight.view")
def awards(request: StaffRequest) -> HttpResponse:
    """The awards of the reader's area, with what was reported of their use."""
    return render_list(request, AWARDS, queries.with_used(queries.awards_visible_to(request.user)))


def _percent(value: Decimal) -> str:
    return f"{(value * PERCENT).normalize():f}"


@page("oversight.view")
def award(request: StaffRequest, pk: int) -> HttpResponse:
    """One award: how it was worked out, and what became of it."""
    found = queries.get_award(request.user, pk)
    one, user = found.application, request.user
    manages = user.scope("schemes.manage").covers(one.round.region_id)
    rules = rules_of(one.round)
    return render(request, "oversight/award.html", {
        "award": found, "one": one, "name": name_of(one.round), "rules": rules, "rule": rules.award,
        "percent": _percent(found.share), "left": found.total_fen - found.used,
        "uses": list(found.uses.select_related("by", "withdrawn_by")), "barred": rules.award["use"]["barred"],
        "may_set": manages and found.approved_at is None,
        "may_approve": manages and found.approved_at is None and found.set_by_id != user.pk,
        "reports": user.scope("schemes.apply").covers(one.region_id) and found.approved_at is not None,
        "crumbs": crumbs(one.region.name, (_("Awards"), reverse("oversight:awards"))),
    })


def _bounds(rules: Rules) -> str:
    if rules.shares is None:
        return ""
    return _("From %(low)s to %(high)s %% for the leading ones (%(clause)s); empty for the others.") % {
        "low": _percent(rules.shares[0]), "high": _percent(rules.shares[1]),
        "clause": rules.clause(rules.award["leading"]["source"])}


@page("schemes.manage", methods=("GET", "POST"))
def award_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Set the award of a recognised applicant, or set it anew until it is approved."""
    one = queries.get_application(request.user, pk)
    request.user.require("schemes.manage", one.round.region_id)
    rules, found = rules_of(one.round), Award.objects.filter(application=one).first()
    initial: dict[str, Any] = {"base": int(rules.award["cap_fen"])}
    if found is not None:
        initial = {"base": found.base_fen, "share": found.share * PERCENT if found.leading else None,
                   "reason": found.reason}
    form = AwardForm(
        request.POST or None, initial=initial, bounds=_bounds(rules),
        cap=_("At most %(cap)s yuan (%(clause)s).") % {
            "cap": yuan(int(rules.award["cap_fen"])), "clause": rules.clause(rules.award["source"])},
    )
    return form_act(
        request, form,
        lambda data: granting.set_award(
            request.user, pk, data["base"], data["share"] / PERCENT if data.get("share") else None, data["reason"],
            max(0, version_of(request)),
        ),
        to=reverse("oversight:ranking", args=[one.round_id]), done=_("Set. Somebody else approves it."),
        title=_("Set the award"), subtitle=f"{one.region.name} · {name_of(one.round)}", save=_("Set the award"),
        hidden={"version": found.version if found is not None else 0},
        crumbs=application_crumbs(one, _("Set the award")),
    )


@page("schemes.manage", methods=("POST",))
def award_approve(request: StaffRequest, pk: int) -> HttpResponse:
    granting.approve_award(request.user, pk, version_of(request))
    messages.success(request, _("The award is approved; the county reports its use."))
    return HttpResponseRedirect(reverse("oversight:award", args=[pk]))


@page("schemes.apply", methods=("GET", "POST"))
def use_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Report what part of the award was spent on what."""
    found = queries.get_award(request.user, pk)
    request.user.require("schemes.apply", found.application.region_id)
    form = UseForm(request.POST or None, request.FILES or None, initial={"on": timezone.localdate()})
    return form_act(
        request, form,
        lambda data: granting.report_use(request.user, pk, data["amount"], data["purpose"], data["on"], data["file"],
                                         lawful=data["lawful"]),
        to=reverse("oversight:award", args=[pk]), done=_("The use is reported."),
        title=_("Report the use of the award"), save=_("Report it"),
        subtitle=_("%(left)s yuan are left to be reported") % {"left": yuan(found.total_fen - found.used)},
        crumbs=crumbs(_("Report the use of the award"), (_("Awards"), reverse("oversight:awards")),
                      (found.application.region.name, reverse("oversight:award", args=[pk]))),
    )


@page("schemes.apply", methods=("GET", "POST"))
def use_withdraw(request: StaffRequest, pk: int, use_pk: int) -> HttpResponse:
    found = queries.get_award(request.user, pk)
    request.user.require("schemes.apply", found.application.region_id)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: granting.withdraw_use(request.user, pk, use_pk, data["reason"]),
        to=reverse("oversight:award", args=[pk]), done=_("Withdrawn; it counts no more."),
        title=_("Withdraw a report"), save=_("Withdraw"), kind="danger",
        crumbs=crumbs(_("Withdraw a report"), (_("Awards"), reverse("oversight:awards")),
                      (found.application.region.name, reverse("oversight:award", args=[pk]))),
    )


@page("oversight.view")
def use_proof(request: StaffRequest, pk: int, use_pk: int) -> HttpResponse:
    """The proof of a report, to whoever sees the award."""
    report = queries.get_award(request.user, pk).uses.filter(pk=use_pk).select_related("evidence").first()
    if report is None:
        raise NotVisible("use report")
    return handed_out(request, report.evidence)
