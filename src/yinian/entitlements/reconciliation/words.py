"""Reports and findings in words."""

from typing import Any

from django.utils.translation import gettext as _

from yinian.entitlements.adjustments.causes import month_words
from yinian.entitlements.models import Finding, PaidBatch
from yinian.people.kinds import DEPARTMENTS, Department

PAYING = (
    Department.CIVIL_AFFAIRS, Department.DISABLED_FEDERATION, Department.SOCIAL_SECURITY, Department.HEALTH,
    Department.VETERANS, Department.MEDICAL_INSURANCE,
)
"""Departments that pay what stands on a service list."""

TONES = {"uploaded": "info", "checked": "warn", "committed": "ok", "withdrawn": "mute", "refused": "bad"}
KIND_TONES = {
    "not_due": "bad", "dead": "bad", "moved": "bad", "unknown": "bad", "twice": "bad", "different": "warn",
    "unpaid": "warn",
}
STATE_TONES = {"open": "warn", "explained": "ok", "told": "info", "proposed": "info", "void": "mute"}


def report_words(batch: PaidBatch) -> str:
    """民政局 2026年7月 一卡通系统: what a report is called."""
    return _("%(department)s, %(month)s, %(source)s") % {
        "department": DEPARTMENTS.get(batch.department, batch.department), "month": month_words(batch.month),
        "source": batch.get_source_display(),
    }


def state_of(batch: PaidBatch) -> tuple[str, str]:
    return str(batch.get_state_display()), TONES[batch.state]


def kind_of(finding: Finding) -> tuple[str, str]:
    return str(finding.get_kind_display()), KIND_TONES[finding.kind]


def finding_state(finding: Finding) -> tuple[str, str]:
    return str(finding.get_state_display()), STATE_TONES[finding.state]


def payee_name(finding: Any) -> str:
    """Who was paid; of a stranger the name the report gives."""
    from yinian.entitlements.reconciliation.queries import payee_of

    if finding.person is not None:
        return str(finding.person.name)
    return payee_of(finding).get("name", "") or _("nameless")
