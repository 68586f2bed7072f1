"""Work items of fees: bills to check and close, a refund that is due, a home that is short or holds too much."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

from yinian.core.inbox.actions import ask
from yinian.core.inbox.kinds import work_kind
from yinian.core.jinja import month, yuan
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.homes.fees.accounts.models import Refund
from yinian.homes.fees.bills.models import BillRun
from yinian.places.models import Site

COUNTY_DIGITS = CODE_LENGTHS[Level.COUNTY]

CLOSE = work_kind(
    "homes.bills", gettext_lazy("Check and close the bills of %(home)s for %(month)s"),
    gettext_lazy("Check the bills"), Role.HOME_MANAGER, 5,
)
REFUND = work_kind(
    "homes.refund", gettext_lazy("%(name)s has left %(home)s: settle what is held and give the rest back"),
    gettext_lazy("Settle it"), Role.HOME_MANAGER, 10, rises=False,
)
LATE = work_kind(
    "homes.refunds_late",
    gettext_lazy("%(home)s has not made %(n)s refunds after leaving in time, the longest for %(days)s days"),
    gettext_lazy("Look into it"), Role.BUREAU_OFFICER, 3,
)
ALARM = work_kind(
    "homes.money_alarm", gettext_lazy("Prepaid money of %(home)s: short %(short)s yuan, over the limit %(over)s yuan"),
    gettext_lazy("Look into it"), Role.BUREAU_OFFICER, 3,
)


def close_key(run: BillRun) -> str:
    return f"bills:{run.site_id}:{run.month:%Y-%m}"


def ask_to_close(actor: User, run: BillRun) -> None:
    ask(actor, CLOSE.name, key=close_key(run), region=run.site.region_id, site=run.site_id,
        params={"home": run.site.name, "month": month(run.month)}, url=reverse("homes:fee_run", args=[run.pk]))


def refund_key(refund: Refund) -> str:
    return f"refund:{refund.pk}"


def ask_to_refund(actor: User, refund: Refund) -> None:
    ask(actor, REFUND.name, key=refund_key(refund), region=refund.site.region_id, site=refund.site_id,
        params={"name": refund.person.name, "home": refund.site.name}, due_on=refund.due_on,
        url=reverse("homes:refund", args=[refund.pk]))


def late_key(site_pk: int) -> str:
    return f"{LATE.name}:{site_pk}"


def ask_about_late(actor: User, site: Site, n: int, days: int) -> None:
    ask(actor, LATE.name, key=late_key(site.pk), region=site.region_id[:COUNTY_DIGITS],
        params={"home": site.name, "n": n, "days": days},
        url=f"{reverse('homes:fee_refunds')}?home={site.pk}&overdue=1")


def alarm_key(site: Site) -> str:
    return f"money:{site.pk}"


def ask_to_look(actor: User, site: Site, short_fen: int, over_fen: int) -> None:
    ask(actor, ALARM.name, key=alarm_key(site), region=site.region_id,
        params={"home": site.name, "short": yuan(short_fen), "over": yuan(over_fen)},
        url=reverse("homes:fee_account", args=[site.pk]))
