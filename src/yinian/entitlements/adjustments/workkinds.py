"""The work items of corrections: how many wait in each town for its officer, and in the county for the checker."""

from django.db.models import Count
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.audit.labels import register
from yinian.core.inbox.actions import Asked, ask_many, settle_many
from yinian.core.inbox.kinds import work_kind
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.entitlements.models import Correction

CONFIRM = work_kind(
    "entitlements.correction",
    gettext_lazy("Arrears and recoveries to confirm (people and services: %(count)s)"),
    gettext_lazy("Confirm them"), Role.TOWN_OFFICER, 10,
)
CHECK = work_kind(
    "entitlements.correction_check",
    gettext_lazy("Arrears and recoveries to check (people and services: %(count)s)"),
    gettext_lazy("Check them"), Role.BUREAU_OFFICER, 5,
)


RECOVER = work_kind(
    "entitlements.recover",
    gettext_lazy("%(name)s is paid nothing any more: get back %(left)s yuan of %(service)s"),
    gettext_lazy("Open the case"), Role.TOWN_OFFICER, 10,
)
WRITE_OFF = work_kind(
    "entitlements.write_off", gettext_lazy("Check: write off %(amount)s yuan of %(name)s, proposed by %(who)s"),
    gettext_lazy("Check it"), Role.BUREAU_OFFICER, 5,
)
register({
    "entitlements.write_off_propose": gettext_lazy("Proposed to write off a recovery"),
    "entitlements.write_off_approved": gettext_lazy("Wrote off a recovery"),
    "entitlements.write_off_rejected": gettext_lazy("Did not write off a recovery"),
})


def recover_prefix(county: str) -> str:
    return f"recover:{county}/"


def recover_key(row: Correction) -> str:
    return f"{recover_prefix(row.county_id)}{row.pk}"


def write_off_key(row: Correction) -> str:
    return f"writeoff:{row.pk}"


def refresh_desks(actor: User, county: str) -> None:
    """Bring the county's items up to the corrections that wait. Inside the caller's transaction."""
    open_ = Correction.objects.filter(county=county, state=Correction.State.PROPOSED)
    towns = (
        open_.order_by().annotate(town=Left("region_code", CODE_LENGTHS[Level.TOWN])).values("town")
        .annotate(n=Count("pk")).values_list("town", "n")
    )
    items = [
        Asked(CONFIRM.name, f"correction:{county}:{town}", town, {"count": n}, _url(town, Correction.State.PROPOSED),
              Role.TOWN_OFFICER if len(town) > len(county) else Role.BUREAU_OFFICER)
        for town, n in towns
    ]
    waiting = Correction.objects.filter(county=county, state=Correction.State.CONFIRMED).count()
    if waiting:
        items.append(Asked(CHECK.name, f"correction:{county}/check", county, {"count": waiting},
                           _url(county, Correction.State.CONFIRMED)))
    ask_many(actor, items)
    settle_many(actor, f"correction:{county}", {item.key for item in items}, _("None is left to decide."))


def _url(region: str, state: str) -> str:
    return reverse("entitlements:corrections") + "?" + urlencode({"region": region, "state": state})
