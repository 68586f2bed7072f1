"""What fees hang on the rooms below: what a merge moves, what families see, what a home's page shows, desk figures."""

from typing import Any

from django.db.models import Count, Min, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures
from yinian.core.jinja import yuan
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.fees import queries
from yinian.homes.fees.accounts import refunds
from yinian.homes.fees.accounts.models import MoneyPosting, Prepayment, Refund
from yinian.homes.fees.bills.models import Bill, Charge
from yinian.people.duplicates.movers import rows_mover
from yinian.people.models import Person
from yinian.people.representatives.panels import own_panel
from yinian.places.models import Site
from yinian.places.panels import site_panel
from yinian.places.sites.queries import prices

desk("homes", "bills", 60, gettext_lazy("Bills"), "homes:fee_runs", "fees.view", "fees")
desk("homes", "arrears", 61, gettext_lazy("Arrears"), "homes:fee_arrears", "fees.view", "fees")
desk("homes", "accounts", 62, gettext_lazy("Prepaid money"), "homes:fee_accounts", "fees.view", "fees")
desk("homes", "refunds", 63, gettext_lazy("Refunds"), "homes:fee_refunds", "fees.view", "fees")
desk("homes", "prices", 64, gettext_lazy("Prices"), "homes:fee_prices", "homes.view", "fees")


rows_mover(
    "homes.fees", Bill, Charge, MoneyPosting, Prepayment, Refund,
    clash=gettext_lazy("Both entries have a bill of the same home and month; put one of the stays right first."),
)


@own_panel("homes.fees", 40, "homes/fees/own_panel.html")
def own_bills(actor: User, person: Person) -> dict[str, Any] | None:
    """A person's closed bills and what the home holds, for the family."""
    found = queries.bills_of(person)
    here = Site.objects.filter(beds__stays__person=person, beds__stays__period__contains=timezone.localdate()).first()
    if not found and here is None:
        return None
    return {
        "bills": found[:12], "home": here, "prices": [] if here is None else prices(here),
        "held": None if here is None else queries.held_for(here.pk, person.pk),
        "left": sum(bill.left_fen for bill in found),
    }


@site_panel("homes.fees", 20, "homes/fees/site_panel.html")
def money_of_site(actor: User, site: Site) -> dict[str, Any] | None:
    """Prices, last bills and what is held, for those who see a home's money."""
    if site.kind != Site.Kind.HOME or not actor.may("fees.view"):
        return None
    if not queries.homes_with(actor).filter(pk=site.pk).exists():
        return None
    return {"site": queries.accounts(actor).get(pk=site.pk), "runs": list(queries.runs(actor).filter(site=site)[:3]),
            "late": refunds.overdue(queries.refunds(actor).filter(site=site)).count()}


def desk_figures(actor: User) -> list[figures.Stat]:
    """What is overdue in the actor's homes: on bills, and of refunds."""
    overdue = queries.arrears(actor)
    fen = overdue.aggregate(s=Sum("left"))["s"] or 0
    found = []
    if fen:
        found.append(figures.Stat(_("Overdue on bills"), yuan(fen), _("yuan"), reverse("homes:fee_arrears"),
                                  _("%(n)s bills") % {"n": overdue.count()}))
    late = refunds.overdue(queries.refunds(actor)).aggregate(n=Count("pk"), first=Min("due_on"))
    if late["n"]:
        found.append(figures.Stat(
            _("Not refunded in time"), late["n"], _("refunds to make"), f"{reverse('homes:fee_refunds')}?overdue=1",
            _("the longest for %(days)s days") % {"days": (timezone.localdate() - late["first"]).days},
        ))
    return found


figures.register("homes.fees", "fees.view", desk_figures, order=45)
