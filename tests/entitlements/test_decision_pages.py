"""The pages of deciding, as four people click through them: a month by town and county, an application to its end."""

import pytest
from django.urls import reverse

from tests import cast as people
from tests.entitlements.applications.conftest import brought, opened, photo, poor
from tests.entitlements.cycles.conftest import JUNE, county_team, open_now, through
from yinian.core.jobs.models import Job
from yinian.entitlements.cycles.approval import perform_approval
from yinian.entitlements.models import Application, Cycle, Determination

__all__ = ["brought", "county_team", "opened", "poor", "through"]
pytestmark = pytest.mark.django_db


def test_a_month_from_open_to_approved_by_clicks(pack, county_team, folk):
    from tests.entitlements.conftest import doing

    cycle = open_now(county_team.bureau, JUNE, ("age-allowance",))[0]
    town, checker, approver = (people.client_for(u) for u in
                               (county_team.town_a, county_team.checker, county_team.approver))
    month = town.get(reverse("entitlements:cycles") + "?month=2024-06").content.decode()
    assert "高龄津贴" in month and "乡镇审核中" in month and "去审核" not in month
    lines = reverse("entitlements:cycle_lines", args=[cycle.pk])
    shown = town.get(f"{lines}?change=different&region={people.TOWN_A}").content.decode()
    assert "李桂花" in shown and "周秀英" in shown and "全部通过并完成审核" in shown
    ids = list(cycle.lines.order_by("amount_fen").values_list("pk", flat=True))
    assert "暂缓1条" in town.post(f"{lines}hold/", {"ids": ids[:1]}).content.decode()
    assert town.post(f"{lines}hold/", {"ids": ids[:1], "reason": "账户待核"}).status_code == 302
    one = town.get(reverse("entitlements:cycle_line", args=[ids[1]])).content.decode()
    assert "年满80周岁" in one and "通过" in one
    town.post(reverse("entitlements:cycle_finish", args=[cycle.pk, people.TOWN_A]), {"version": 1, "rest": "1"})
    page = reverse("entitlements:cycle", args=[cycle.pk])
    assert "复核通过" in checker.get(page).content.decode()
    cycle.refresh_from_db()
    checker.post(reverse("entitlements:cycle_check", args=[cycle.pk]), {"version": cycle.version})
    assert "须由他人办理" in checker.get(page).content.decode()
    cycle.refresh_from_db()
    answer = approver.post(reverse("entitlements:cycle_approve", args=[cycle.pk]), {"version": cycle.version})
    assert answer.status_code == 302
    perform_approval(doing(Job.objects.get(kind="entitlements.cycle_approve")))
    assert Cycle.objects.get().state == "approved" and Determination.objects.count() == 1
    assert "制发文书" in approver.get(page).content.decode()
    grant = Determination.objects.get()
    for name, key in (("determination", grant.pk), ("propose", grant.pk)):
        assert grant.person.name in town.get(reverse(f"entitlements:{name}", args=[key])).content.decode()


def test_an_application_from_village_to_decision_by_clicks(opened, poor):
    village, town, bureau = (people.client_for(u) for u in (opened.village_a, opened.town_a, opened.bureau))
    begin = reverse("entitlements:apply", args=[poor.pk])
    assert "大额补贴" in village.get(begin).content.decode()
    village.post(begin, {"service": "large-subsidy", "channel": "village"})
    made = Application.objects.get()
    page = reverse("entitlements:application", args=[made.pk])
    assert "尚缺：申请书（表）" in village.get(page).content.decode()
    refused = village.post(reverse("entitlements:application_lodge", args=[made.pk]), {"version": made.version})
    assert refused.status_code == 422
    village.post(reverse("entitlements:application_paper", args=[made.pk]), {"document": "form", "file": photo()})
    village.post(reverse("entitlements:application_lodge", args=[made.pk]), {"version": made.version})
    made.refresh_from_db()
    assert made.state == "town" and "审核通过" in town.get(page).content.decode()
    act = page + "act/"
    assert village.post(f"{act}pass/", {"version": made.version}).status_code == 422
    town.post(f"{act}pass/", {"version": made.version})
    made.refresh_from_db()
    assert made.state == "county"
    shown = bureau.get(f"{act}refuse/").content.decode()
    assert "中度失能以上 · 不符合" in shown or "中度失能以上" in shown
    bureau.post(f"{act}refuse/", {"version": made.version, "test": "able", "reason": "评估为能力完好"})
    made.refresh_from_db()
    final = village.get(page).content.decode()
    assert made.state == "refused" and "评估为能力完好" in final and "行政复议" in final and "查看决定书" in final
