"""One draft and one amendment of the county, for the permission matrix (tests/samples.py)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from tests import cast as people
from yinian.core.models import Attachment
from yinian.entitlements.models import Amendment, Draft, DraftStep

DAY = dt.date(2026, 1, 5)


def draft_samples(cast: SimpleNamespace) -> dict[str, Any]:
    """What to put into each address of drafts and amendments."""
    county = people.COUNTY
    draft = Draft.objects.create(
        region_id=county, name="试算", pack_path="cn/hunan/yueyang/miluo", base_hash="0" * 64, effective_from=DAY,
        made_by=cast.bureau, shared=True,
    )
    DraftStep.objects.create(draft=draft, verb="made", actor=cast.bureau, human_key=bytes(cast.bureau.identity_index))
    paper = Attachment.objects.create(
        sha256="0" * 64, name="通知.pdf", media_type="application/pdf", size=1, purpose="entitlements.amendment",
        region_id=county, uploaded_by=cast.bureau,
    )
    amendment = Amendment.objects.create(
        region_id=county, draft=draft, pack_path=draft.pack_path, title="通知", dated=DAY, paper=paper,
        effective_from=DAY, hash_before="0" * 64, hash_after="1" * 64, made_by=cast.bureau, approved_by=cast.auditor,
    )

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {name: {"pk": (value,), **{key: (other,) for key, other in more.items()}} for name in names}

    return {
        **all_of(
            draft.pk, "entitlements:draft", "entitlements:draft_describe", "entitlements:draft_add",
            "entitlements:draft_blank", "entitlements:draft_share", "entitlements:draft_duplicate",
            "entitlements:draft_discard",
            "entitlements:draft_renew", "entitlements:draft_outcome", "entitlements:draft_results",
            "entitlements:draft_years", "entitlements:draft_people", "entitlements:draft_submit",
            "entitlements:draft_withdraw", "entitlements:draft_review",
        ),
        **all_of(draft.pk, "entitlements:draft_standard", key="advanced_age_from"),
        **all_of(draft.pk, "entitlements:draft_service", "entitlements:draft_off", key="advanced-age-allowance"),
        **all_of(draft.pk, "entitlements:draft_text", "entitlements:draft_revert", part="parameter",
                 key="advanced_age_from"),
        **all_of(
            draft.pk, "api:GET /entitlements/drafts/{int:pk}", "api:GET /entitlements/drafts/{int:pk}/changes",
            "api:GET /entitlements/drafts/{int:pk}/results", "api:GET /entitlements/drafts/{int:pk}/years",
            "api:POST /entitlements/drafts/{int:pk}/submit",
            "api:POST /entitlements/drafts/{int:pk}/return", "api:POST /entitlements/drafts/{int:pk}/promote",
        ),
        **all_of(draft.pk, "api:PUT /entitlements/drafts/{int:pk}/standards/{key}", key="advanced_age_from"),
        **all_of(draft.pk, "api:PUT /entitlements/drafts/{int:pk}/entries/{part}/{key}",
                 "api:DELETE /entitlements/drafts/{int:pk}/entries/{part}/{key}", part="parameter",
                 key="advanced_age_from"),
        **all_of(amendment.pk, "entitlements:amendment", "entitlements:amendment_end",
                 "api:POST /entitlements/amendments/{int:pk}/end"),
    }
