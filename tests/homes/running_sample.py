"""One of each thing of running a home, in home A, for the permission matrix."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.homes.models import Distribution, Finding, GuidanceVisit, Harvest, Holding, HomeGoal, Parcel, ProduceUse


def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
    return {f"homes:{name}": {"pk": (value,)} for name in names}


def running_samples(cast: SimpleNamespace) -> dict[str, Any]:
    home, today = cast.home_a, timezone.localdate()
    visit = GuidanceVisit.objects.create(site=home, on=today, summary="样例", made_by=cast.dispatcher)
    finding = Finding.objects.create(
        visit=visit, site=home, area="fire", severity="slight", found="样例", advice="样例", who="院长",
        due_on=today + dt.timedelta(days=9), found_by=cast.dispatcher,
    )
    goal = HomeGoal.objects.create(
        site=home, figure="occupancy", target=80, by=today, how="样例", set_by=cast.dispatcher
    )
    sent = Distribution.objects.create(county_id=home.region_id[:6], title="样例", made_by=cast.dispatcher)
    Parcel.objects.create(distribution=sent, site=home, good="coat", planned=2)
    Distribution.objects.filter(pk=sent.pk).update(state="sent", sent_by=cast.dispatcher, sent_at=timezone.now())
    plot = Holding.objects.create(site=home, kind="plot", what="样菜", size=9, began=today, made_by=cast.manager_a)
    got = Harvest.objects.create(holding=plot, on=today, amount=9, unit="kg", made_by=cast.manager_a)
    used = ProduceUse.objects.create(holding=plot, kind="eaten", on=today, amount=1, unit="kg", made_by=cast.manager_a)
    return {
        **all_of(home.pk, "garden", "holding_new"),
        **all_of(plot.pk, "holding", "holding_use", "holding_end"),
        **all_of(got.pk, "harvest_back"),
        **all_of(used.pk, "use_back"),
        **all_of(home.pk, "home_store", "home_store_enter", "home_store_wish"),
        **all_of(sent.pk, "distribution", "distribution_change", "distribution_drop"),
        "homes:parcels": {"pk": (sent.pk,), "site": (home.pk,)},
        "api:GET /homes/distributions/{int:pk}/parcels": {"pk": (sent.pk,)},
        "api:GET /homes/{int:pk}/plan": {"pk": (home.pk,)},
        "api:GET /homes/findings/{int:pk}": {"pk": (finding.pk,)},
        **{f"homes:county_store{tail}": {"code": (home.region_id[:6],)} for tail in ("", "_enter", "_wish")},
        **all_of(home.pk, "home_guidance", "guidance_paper", "guidance_visit_new", "goal_set"),
        **all_of(visit.pk, "guidance_visit", "finding_new"),
        **all_of(finding.pk, "finding", "finding_report", "finding_close", "finding_return", "finding_reopen",
                 "finding_extend"),
        **all_of(goal.pk, "goal_end"),
    }
