"""One of everything of the room for the county, for the permission matrix (tests/samples.py)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests import cast as people
from tests.oversight.made_up import SAMPLE
from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import load_pack
from yinian.oversight.models import (
    Application,
    Award,
    Criterion,
    Decision,
    Notice,
    Objection,
    PanelMember,
    Paper,
    Reading,
    Round,
    SiteVisit,
    Standing,
    UseReport,
    VisitPhoto,
)

DAY = dt.date(2026, 1, 5)
PROVINCE, PREFECTURE = people.COUNTY[:2], people.COUNTY[:4]


def oversight_samples(cast: SimpleNamespace, attachment: Any, document: Any) -> dict[str, Any]:
    """What to put into each address of the room."""
    made = _things(cast, attachment, document)

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {f"oversight:{name}" if ":" not in name else name: {"pk": (value,), **{
            key: (other,) for key, other in more.items()}} for name in names}

    return {
        **all_of(
            made.round.pk, "round", "round_cancel", "begin", "panel", "begin_review", "expert_add", "assign",
            "close_scoring", "ranking", "result_propose", "result_approve", "notice", "notice_paper", "result_paper",
            "objection_new", "recognise", "api:GET /oversight/rounds/{int:pk}",
            "api:GET /oversight/rounds/{int:pk}/ranking",
        ),
        **all_of(made.round.pk, "prefecture", "place", "propose", "take_back", "send",
                 "api:POST /oversight/rounds/{int:pk}/prefectures/{code}/send", code=PREFECTURE),
        **all_of(made.round.pk, "expert_release", "recuse", member_pk=made.member.pk),
        **all_of(made.round.pk, "reading_back", reading_pk=made.reading.pk),
        **all_of(
            made.application.pk, "application", "application_edit", "paper_add", "submit", "withdraw", "send_back",
            "marks", "visit_new", "award_set", "api:GET /oversight/applications/{int:pk}",
            "api:POST /oversight/applications/{int:pk}/submit", "api:POST /oversight/applications/{int:pk}/withdraw",
        ),
        **all_of(made.application.pk, "paper", "paper_remove", paper_pk=made.paper.pk),
        **all_of(made.application.pk, "photo", photo_pk=made.photo.pk),
        **all_of(made.reading.pk, "reading", "declare", "api:POST /oversight/readings/{int:pk}/scores"),
        **all_of(made.reading.pk, "reading_paper", paper_pk=made.paper.pk),
        **all_of(made.objection.pk, "objection"),
        **all_of(made.award.pk, "award", "award_approve", "use_new", "api:GET /oversight/awards/{int:pk}"),
        **all_of(made.award.pk, "use_withdraw", "use_proof", use_pk=made.use.pk),
    }


# What every county of the province sees of a round: its rules, and the public notice.
SHARED = {
    "oversight:round", "oversight:begin", "oversight:notice", "oversight:notice_paper", "oversight:result_paper",
    "api:GET /oversight/rounds/{int:pk}",
}


def _things(cast: SimpleNamespace, attachment: Any, document: Any) -> SimpleNamespace:
    scheme = next(iter(load_pack(read_pack_sources(SAMPLE)).schemes.values()))
    user, key, now = cast.reviewer, bytes(cast.reviewer.identity_index), timezone.now()
    one = Round.objects.create(
        scheme_id=scheme["id"], label=scheme["label"], region_id=PROVINCE, year=2026, pack_path="cn/sample",
        pack_hash="0" * 64, rules=scheme, apply_by=DAY, recommend_by=DAY, review_by=DAY, opened_by=user,
    )
    Criterion.objects.create(round=one, key="policy", place=0, label={"zh": "政策"}, most=40, given=True)
    application = Application.objects.create(
        round=one, region_id=people.COUNTY, prefecture_id=PREFECTURE, begun_by=cast.bureau, submitted_by=cast.bureau,
        submitted_at=now,
    )
    paper = Paper.objects.create(application=application, kind="plan", attachment=attachment, added_by=cast.bureau)
    visit = SiteVisit.objects.create(application=application, on=DAY, who="评审组", text="查看", by=user)
    photo = VisitPhoto.objects.create(visit=visit, attachment=attachment)
    rows = Application.objects.filter(pk=application.pk)
    rows.update(state="recommended")
    member = PanelMember.objects.create(round=one, user=cast.expert, home_id=people.COUNTY, added_by=user)
    reading = Reading.objects.create(application=application, member=member, due_on=DAY, assigned_by=user)
    Standing.objects.create(application=application, total=30, rank=1, spread=0, working={
        "readings": [], "means": {"policy": "30.00"}, "total": "30.00", "spread": "0", "wide": False})
    Decision.objects.create(round=one, chosen=[application.pk], text="择优", proposed_by=user, proposed_key=key)
    notice = Notice.objects.create(round=one, since=DAY, until=DAY + dt.timedelta(days=5), paper=document)
    objection = Objection.objects.create(
        notice=notice, application=application, by_name="王某", text="样例", raised_on=DAY, recorded_by=user
    )
    rows.update(state="recognised")
    award = Award.objects.create(
        application=application, base_fen=100, cap_fen=scheme["award"]["cap_fen"], total_fen=100, reason="样例",
        set_by=user, set_key=key, approved_by=cast.bureau, approved_key=bytes(cast.bureau.identity_index),
        approved_at=now,
    )
    use = UseReport.objects.create(award=award, amount_fen=50, purpose="样例", on=DAY, evidence=attachment,
                                   by=cast.bureau)
    Round.objects.filter(pk=one.pk).update(state="review")
    return SimpleNamespace(
        round=one, application=application, paper=paper, photo=photo, member=member, reading=reading,
        objection=objection, award=award, use=use,
    )
