"""One of everything inside town A, for the permission matrix: what to put into each address that carries an id.

``samples(cast)`` maps an address's name to ``{kwarg: (value,)}``; ``everywhere`` lists the addresses whose thing
is the same for all, ``countywide`` those that all towns of the county share.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests import cast as people
from tests.assessments.careplans.sample import careplan_samples
from tests.assessments.sample import assessment_samples
from tests.entitlements.drafts.sample import draft_samples
from tests.homes.fee_sample import fee_samples
from tests.homes.living_sample import living_samples
from tests.homes.placing.sample import proposal_with_a_move
from tests.homes.running_sample import running_samples
from tests.homes.sample import care_samples
from tests.homes.staff_sample import STAFF_COUNTYWIDE, staff_samples
from tests.indicators.sample import EVERYWHERE as INDICATORS
from tests.indicators.sample import indicator_samples
from tests.medical.sample import medical_samples
from tests.oversight.sample import SHARED, oversight_samples
from tests.plans.driving.sample import driving_samples
from tests.plans.sample import COUNTYWIDE as PLANS_COUNTYWIDE
from tests.plans.sample import plan_samples
from yinian.core import exports
from yinian.core.documents.kinds import document_kind
from yinian.core.models import Attachment, Document, Job, WorkItem
from yinian.entitlements.models import (
    Application,
    Correction,
    Cycle,
    CycleLine,
    Determination,
    Finding,
    Intake,
    Objection,
    PaidBatch,
    PaidRow,
    Proposal,
    Run,
    TownReview,
)
from yinian.homes.models import Absence, Agreement, BedApplication, Lift, Offer, RiskAssessment, Stay, Transfer
from yinian.people.models import (
    Conflict,
    Consent,
    DuplicatePair,
    ImportBatch,
    ImportRow,
    Kin,
    Merge,
    Representative,
)
from yinian.places.models import Bed, Room
from yinian.workforce.models import Certificate, Post, Worker

DAY = dt.date(2026, 1, 5)
PAPER = document_kind("sample", "样张", series="样", store="people.edit", open="people.view")


def samples(cast: SimpleNamespace) -> dict[str, Any]:
    home, county = cast.home_a, people.COUNTY
    person = people.make_person(people.A1, phone="15400000001")
    twin = people.make_person(people.A1, name="李桂华", birth=dt.date(1940, 5, 2))
    gone = people.make_person(people.A1, name="李贵花", birth=dt.date(1940, 5, 2))
    spell = people.make_spell(person, "living", "alone", department="village")
    kin = Kin.objects.create(person=person, name="李小明", relation="儿子", phone="15400000002")
    acting = Representative.objects.create(
        user=cast.member, person=person, relation="child", period=(DAY, None), evidence="户口簿", given_by=cast.bureau,
    )
    consent = Consent.objects.create(person=person, purpose="health", given_on=DAY, given_by="本人")
    conflict = Conflict.objects.create(
        person=person, kind="living", standing=spell, claimed_value="children", claimed_from=DAY,
        department="public_security",
    )
    pair = DuplicatePair.objects.create(first=person, second=twin, region_id=people.A1, score=8.0)
    type(gone).objects.filter(pk=gone.pk).update(state="merged", merged_into=twin)
    merge = Merge.objects.create(kept=twin, gone=gone, reason="同一人", merged_by=cast.bureau)
    attachment = Attachment.objects.create(
        sha256="0" * 64, name="名单.xlsx", media_type="application/octet-stream", size=1, purpose="import",
        region_id=people.A1, uploaded_by=cast.bureau,
    )
    paper = Document.objects.create(
        kind=PAPER.name, county_id=county, region_id=people.A1, series=PAPER.series, year=2026, serial=1, title="样张",
        issuer="汨罗市民政局", attachment=attachment, issued_on=DAY, issued_by=cast.bureau,
    )
    batch = ImportBatch.objects.create(
        list_kind="relief", department="civil_affairs", region_id=people.TOWN_A, as_of=DAY, file=attachment,
        uploaded_by=cast.bureau,
    )
    row = ImportRow.objects.create(batch=batch, row_no=2, payload="{}", match="possible", person=person,
                                   decision="waiting")
    item = WorkItem.objects.create(
        kind="none", key="sample", role="village_worker", region_id=people.A1, created_by=cast.bureau, due_on=DAY,
        url="/",
    )
    job = Job.objects.create(kind="none", region_id=people.A1, owner=cast.village_a)
    export = Job.objects.create(kind=exports.KIND, region_id=county, owner=cast.bureau)
    bed = Bed.objects.filter(site=home).earliest("pk")
    stay = Stay.objects.create(bed=bed, person=twin, period=(DAY, None), basis="private")
    absence = Absence.objects.create(stay=stay, kind="leave", period=(DAY, None), reason="回家过节")
    transfer = Transfer.objects.create(stay=stay, to_site=home, reason="离家近", asked_by=cast.bureau)
    proposal, move = proposal_with_a_move(cast.bureau, twin, home, cast.home_b)
    worker = Worker.objects.create(name="潘燕", phone="15400000003")
    post = Post.objects.create(worker=worker, site=home, kind="carer", period=(DAY, None))
    certificate = Certificate.objects.create(worker=worker, kind="training", issued_on=DAY)
    run = Run.objects.create(
        region_id=county, pack_path="cn", pack_hash="0" * 64, as_of=DAY, known_at=timezone.now(), state="done",
        snapshot_file="", snapshot_sha256="", outcome_file="", outcome_sha256="", started_by=cast.bureau,
        finished_at=timezone.now(),
    )
    cycle = Cycle.objects.create(
        region_id=county, month=DAY.replace(day=1), service_id="advanced-age-allowance", label={"zh": "高龄津贴"},
        run=run, as_of=DAY.replace(day=1), pack_hash="0" * 64, review_by=DAY, opened_by=cast.bureau,
    )
    TownReview.objects.create(cycle=cycle, region_id=people.TOWN_A, lines=1, differences=1)
    line = CycleLine.objects.create(
        cycle=cycle, service_id=cycle.service_id, month=cycle.month, person=person, region_code=people.A1,
        amount_fen=10000, change="new",
    )
    grant = Determination.objects.create(
        person=person, region_code=people.A1, service_id="elderly-service-subsidy", label={"zh": "养老服务补贴"},
        period=(DAY, None), amount_fen=5000, unit="month", origin="cycle", cycle=cycle, pack_hash="0" * 64,
    )
    proposal = Proposal.objects.create(
        determination=grant, kind="suspend", on=DAY, reason="待核实", state="proposed", maker=cast.village_a,
        maker_key=bytes(cast.village_a.identity_index), made_at=timezone.now(),
    )
    intake = Intake.objects.create(region_id=county, service_id="nursing-allowance", label={"zh": "护理补贴"},
                                   opened_by=cast.bureau)
    application = Application.objects.create(
        person=person, region_id=people.A1, service_id="nursing-allowance", label={"zh": "护理补贴"},
        channel="village", medium="paper", state="draft",
        procedure={"limits": {"supplement": 10, "objection": 5},
                   "stages": [{"id": "town", "days": 5}, {"id": "county", "days": 5}],
                   "notice": {"days": 0, "place": "village"}, "appeals": [], "papers": [], "confidence": {},
                   "begins": {"event": "decision", "months_after": 1}},
    )
    objection = Objection.objects.create(
        application=application, text="样例", raised_on=DAY, recorded_by=cast.village_a
    )
    correction = Correction.objects.create(
        person=person, county_id=county, region_code=people.A1, service_id="advanced-age-allowance", kind="recovery",
        amount_fen=10000, first_month=DAY.replace(day=1), last_month=DAY.replace(day=1), months=1,
        found_by=cast.bureau,
    )
    report = PaidBatch.objects.create(
        region_id=people.TOWN_A, department="civil_affairs", source="one_card", month=DAY.replace(day=1),
        file=attachment, uploaded_by=cast.bureau,
    )
    payee = PaidRow.objects.create(batch=report, row_no=2, payload="{}", match="possible", person=person)
    paid_finding = Finding.objects.create(
        batch=report, kind="not_due", service_id="advanced-age-allowance", month=report.month, person=person,
        region_code=people.A1, row_no=2, rows=1, paid_fen=10000, over_fen=10000, basis="rules", reason="not_due",
        step="recover",
    )
    posting = cast.village_a.postings.get()

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {name: {"pk": (value,), **{key: (other,) for key, other in more.items()}} for name in names}

    return {
        **all_of(item.pk, "core:work_item", "core:work_take", "core:work_hand_over", "core:work_close"),
        **all_of(
            cast.village_a.pk, "core:user", "core:posting_add", "core:user_lock", "core:user_unlock",
            "core:user_sessions_end", "core:user_password", "core:user_identify",
        ),
        **all_of(cast.village_a.pk, "core:posting_end", posting_pk=posting.pk),
        **all_of(job.pk, "core:job", "core:job_progress", "core:job_stop"),
        **all_of(export.pk, "core:job_file"),
        **all_of(attachment.pk, "core:attachment"),
        **all_of(paper.pk, "core:document", "core:document_withdraw"),
        **all_of(
            person.pk, "people:person", "people:timeline", "people:edit", "people:death", "people:move",
            "people:spell_choose", "people:kin_new", "people:consent_new", "people:appoint",
            "people:own_person", "entitlements:person", "entitlements:person_months",
            "entitlements:person_recalculate", "api:GET /entitlements/people/{int:pk}/months",
            "api:GET /entitlements/people/{int:pk}", "api:GET /people/{int:pk}", "api:GET /people/{int:pk}/spells",
            "api:POST /people/{int:pk}/spells",
        ),
        **all_of(person.pk, "people:reveal", field="phone"),
        **all_of(person.pk, "people:spell_new", kind="living"),
        **all_of(spell.pk, "people:spell_end", "people:spell_retract"),
        **all_of(kin.pk, "people:kin_end", "people:kin_reveal"),
        **all_of(acting.pk, "people:represent_end"),
        **all_of(consent.pk, "people:consent_end"),
        **all_of(conflict.pk, "people:conflict"),
        **all_of(pair.pk, "people:duplicate"),
        **all_of(merge.pk, "people:unmerge"),
        **all_of(
            batch.pk, "people:import_batch", "people:import_rows", "people:import_returned", "people:import_commit",
            "people:import_undo", "people:import_check",
        ),
        **all_of(row.pk, "people:import_row"),
        **all_of(
            home.pk, "places:site", "places:edit_site", "places:set_price", "homes:vacancies", "homes:home",
            "homes:residents", "homes:admit", "homes:add_room", "homes:add_day_places",
            "api:GET /places/sites/{int:pk}", "api:GET /places/sites/{int:pk}/prices",
            "api:POST /places/sites/{int:pk}/prices",
            "api:POST /places/sites/{int:pk}/licence", "api:GET /homes/{int:pk}/free-beds",
            "api:GET /homes/{int:pk}/stays",
        ),
        **all_of(home.pk, "homes:add_beds", "homes:edit_room",
                 room_pk=Room.objects.filter(site=home).earliest("pk").pk),
        **all_of(home.organisation_id, "places:organisation", "places:edit_organisation", "places:new_site"),
        **{
            name: {"code": (people.A1,)}
            for name in (
                "places:region", "places:map", "places:add_hamlet", "api:GET /places/regions/{code}/map",
                "api:POST /places/regions/{code}/hamlets",
            )
        },
        **all_of(
            bed.pk, "homes:bed", "homes:bed_out", "homes:bed_in", "api:POST /homes/beds/{int:pk}/out",
            "api:POST /homes/beds/{int:pk}/in",
        ),
        **all_of(
            stay.pk, "homes:stay", "homes:discharge", "homes:change_bed", "homes:take_back",
            "homes:change_kind", "homes:expected_end", "homes:set_level", "homes:go", "homes:transfer_now",
            "homes:transfer_ask", "api:POST /homes/stays/{int:pk}/discharge", "api:POST /homes/stays/{int:pk}/bed",
            "api:POST /homes/stays/{int:pk}/absence", "api:POST /homes/stays/{int:pk}/transfer",
        ),
        **all_of(
            absence.pk, "homes:come_back", "homes:absence_take_back", "api:POST /homes/absences/{int:pk}/back"
        ),
        **all_of(
            transfer.pk, "homes:transfer", "homes:transfer_accept", "homes:transfer_decline", "homes:transfer_withdraw"
        ),
        **all_of(
            proposal.pk, "homes:balance", "homes:unmoved", "api:GET /homes/balances/{int:pk}",
            "api:GET /homes/balances/{int:pk}/moves", "api:GET /homes/balances/{int:pk}/unmoved",
        ),
        **all_of(move.pk, "homes:move"),
        **all_of(
            worker.pk, "workforce:worker", "workforce:edit", "workforce:add_post", "workforce:add_certificate",
            "api:GET /workforce/{int:pk}", "api:POST /workforce/{int:pk}/certificates",
        ),
        **all_of(worker.pk, "workforce:reveal", field="phone"),
        **all_of(post.pk, "workforce:end_post"),
        **all_of(certificate.pk, "workforce:drop_certificate"),
        **all_of(run.pk, "entitlements:run", "entitlements:verify", "api:GET /entitlements/runs/{int:pk}"),
        **all_of(
            cycle.pk, "entitlements:cycle", "entitlements:cycle_check", "entitlements:cycle_approve",
            "entitlements:cycle_send_back", "entitlements:cycle_cancel", "entitlements:cycle_lines",
        ),
        **all_of(cycle.pk, "entitlements:cycle_finish", code=people.TOWN_A),
        **all_of(cycle.pk, "entitlements:cycle_lines_act", verb="accept"),
        **all_of(line.pk, "entitlements:cycle_line"),
        **all_of(
            report.pk, "entitlements:paid_batch", "entitlements:paid_items", "entitlements:paid_check",
            "entitlements:paid_commit", "entitlements:paid_withdraw", "entitlements:paid_returned",
            "entitlements:paid_payees", "entitlements:paid_findings", "api:GET /entitlements/reports/{int:pk}",
            "api:GET /entitlements/reports/{int:pk}/findings",
        ),
        **all_of(report.pk, "entitlements:paid_findings_act", verb="tell"),
        **all_of(payee.pk, "entitlements:paid_payee"),
        **all_of(paid_finding.pk, "entitlements:paid_finding"),
        **all_of(
            cycle.pk, "entitlements:cycle_notices", "api:GET /entitlements/cycles/{int:pk}",
            "api:GET /entitlements/cycles/{int:pk}/lines", "api:POST /entitlements/cycles/{int:pk}/check",
            "api:POST /entitlements/cycles/{int:pk}/approve",
        ),
        **all_of(cycle.pk, "api:POST /entitlements/cycles/{int:pk}/lines/{verb}", verb="accept"),
        **all_of(
            grant.pk, "entitlements:determination", "entitlements:propose", "api:GET /entitlements/grants/{int:pk}",
            "api:POST /entitlements/grants/{int:pk}/propose",
        ),
        **all_of(
            proposal.pk, "entitlements:proposal", "entitlements:proposal_confirm", "entitlements:proposal_reject",
            "api:POST /entitlements/proposals/{int:pk}/confirm",
        ),
        **all_of(intake.pk, "entitlements:intake_close"),
        **all_of(
            application.pk, "entitlements:application", "entitlements:application_paper",
            "entitlements:application_lodge", "entitlements:objection_new", "entitlements:own_application",
            "entitlements:own_paper", "entitlements:own_lodge", "entitlements:own_withdraw",
            "entitlements:own_object",
            "api:GET /entitlements/applications/{int:pk}",
        ),
        **all_of(application.pk, "entitlements:application_act", verb="withdraw"),
        **all_of(objection.pk, "entitlements:objection_settle"),
        **all_of(person.pk, "entitlements:apply", "entitlements:own_apply", "entitlements:own_dues"),
        **all_of(person.pk, "entitlements:own_decision", document=paper.pk),
        **all_of(
            correction.pk, "entitlements:correction", "entitlements:correction_confirm",
            "entitlements:correction_reject", "entitlements:correction_return", "entitlements:correction_approve",
            "entitlements:correction_repay", "entitlements:correction_write_off",
            "entitlements:correction_write_off_approve", "entitlements:correction_write_off_reject",
            "api:GET /entitlements/corrections/{int:pk}",
        ),
        "entitlements:service": {"service_id": ("advanced-age-allowance",)},
        "people:import_template": {"list_kind": ("relief",)},
        **assessment_samples(cast, person, attachment),
        **care_samples(cast, stay),
        **staff_samples(cast, worker, county),
        **running_samples(cast),
        **fee_samples(cast, person, home),
        **medical_samples(cast, stay, person),
        **living_samples(cast, stay),
        **draft_samples(cast),
        **indicator_samples(cast),
        **careplan_samples(cast, person, attachment, paper),
        **oversight_samples(cast, attachment, paper),
        **plan_samples(cast),
        **driving_samples(cast),
        **way_samples(cast, person),
        "everywhere": {"entitlements:service", "people:import_template", *INDICATORS, *SHARED},
        # Vacancies are for whoever seeks a bed in the county; runs and cycles are the county's: its towns see them.
        "countywide": {
            # The county's assessors are known to all its towns.
            "assessments:assessor",
            "homes:vacancies", "api:GET /homes/{int:pk}/free-beds", "entitlements:run",
            "api:GET /entitlements/runs/{int:pk}", "entitlements:cycle", "entitlements:cycle_lines",
            "entitlements:cycle_lines_act", "api:GET /entitlements/cycles/{int:pk}",
            "api:GET /entitlements/cycles/{int:pk}/lines", "api:POST /entitlements/cycles/{int:pk}/lines/{verb}",
            "entitlements:amendment",
            *PLANS_COUNTYWIDE,
            *STAFF_COUNTYWIDE,
        },
    }


def way_samples(cast: SimpleNamespace, person: Any) -> dict[str, Any]:
    """An application for a bed with an accepted offer, its risks and the draft of its agreement."""
    bed = Bed.objects.filter(site=cast.home_a).latest("pk")
    rule = {"days": 5, "working": True, "confidence": "unknown", "note": {}}
    rules = {
        **dict.fromkeys(("accept", "urgent", "supplement", "offer", "intake", "trial", "refund"), rule),
        "decline": {"place": "keep", "times": 1}, "expiry": {"place": "keep", "times": 1}, "appeals": [],
        "equal": "lodged",
    }
    one = BedApplication.objects.create(
        person=person, region_id=people.A1, channel="village", state="intake", rules=rules, lodged_by=cast.village_a,
        lodged_on=DAY, since=DAY,
    )
    Lift.objects.create(application=one, reason="样例", made_on=DAY)
    offer = Offer.objects.create(
        application=one, person=person, bed=bed, site=cast.home_a, state="accepted", offered_on=timezone.localdate(),
        offered_by=cast.dispatcher, answer_by=timezone.localdate(), answered_on=timezone.localdate(),
        move_in_by=timezone.localdate(),
    )
    RiskAssessment.objects.create(application=one, site=cast.home_a, catalogue="0" * 64, begun_by=cast.manager_a)
    agreement = Agreement.objects.create(
        application=one, offer=offer, site=cast.home_a, bed=bed, kind="long", basis="private", begins=DAY,
        terms={"refund": rule}, drawn_by=cast.manager_a,
    )

    def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {name: {"pk": (value,)} for name in names}

    return {
        **all_of(person.pk, "homes:apply", "homes:own_apply"),
        **all_of(cast.home_a.pk, "homes:desk"),
        **all_of(bed.pk, "homes:next"),
        **all_of(
            one.pk, "homes:application", "homes:application_change", "homes:application_accept",
            "homes:application_return", "homes:application_refuse", "homes:application_withdraw",
            "homes:application_assessment", "homes:application_lift", "homes:lift_decide", "homes:match",
            "homes:intake_begin", "homes:risks", "homes:risks_sign", "homes:agreement", "homes:own_application",
            "homes:own_change", "homes:own_answer", "homes:own_sign", "homes:own_withdraw",
            "api:GET /homes/applications/{int:pk}", "api:POST /homes/applications/{int:pk}/accept",
            "api:POST /homes/applications/{int:pk}/return", "api:POST /homes/applications/{int:pk}/refuse",
            "api:POST /homes/applications/{int:pk}/withdraw", "api:GET /homes/applications/{int:pk}/matches",
            "api:POST /homes/applications/{int:pk}/offer",
        ),
        **all_of(
            offer.pk, "homes:offer_accept", "homes:offer_decline", "homes:offer_withdraw",
            "api:POST /homes/offers/{int:pk}/accept", "api:POST /homes/offers/{int:pk}/decline",
        ),
        **all_of(
            agreement.pk, "homes:agreement_draft", "homes:agreement_issue", "homes:agreement_sign",
            "homes:agreement_void", "homes:agreement_admit",
        ),
    }
