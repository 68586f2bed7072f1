"""The work items of reconciliation: how many findings wait in each town, and in the county those about nobody known."""

from django.db.models import Count
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.inbox.actions import Asked, ask_many, settle_many
from yinian.core.inbox.kinds import work_kind
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.entitlements.models import Finding, PaidBatch

FINDINGS = work_kind(
    "entitlements.findings",
    gettext_lazy("%(report)s: payments that do not agree with what was due (%(count)s)"),
    gettext_lazy("Look at them"), Role.TOWN_OFFICER, 10,
)


def refresh_desks(actor: User, batch: PaidBatch, report: str) -> None:
    """Bring each town's item up to the findings that are open. Inside the caller's transaction."""
    length = CODE_LENGTHS[Level.TOWN]
    rows = (
        Finding.objects.filter(batch=batch, state=Finding.State.OPEN).order_by()
        .annotate(town=Left("region_code", length)).values("town").annotate(n=Count("pk")).values_list("town", "n")
    )
    address = reverse("entitlements:paid_findings", args=[batch.pk])
    items = [
        Asked(FINDINGS.name, f"paid:{batch.pk}/{town}", town, {"count": n, "report": report},
              f"{address}?{urlencode({'region': town, 'state': 'open'})}",
              Role.TOWN_OFFICER if len(town) == length else Role.BUREAU_OFFICER)
        for town, n in rows
    ]
    ask_many(actor, items)
    settle_many(actor, f"paid:{batch.pk}/", {item.key for item in items}, _("All findings are dealt with."))
