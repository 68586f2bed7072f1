"""The family's page of what is due: what, how much, why, how to get it; of nobody else than those they act for."""

import pytest
from django.urls import reverse

from tests import cast as people
from tests.entitlements.cycles.conftest import JUNE, carry, county_team, open_now
from yinian.core.roles import Role
from yinian.entitlements.cycles import actions
from yinian.entitlements.models import LineNotice
from yinian.people.models import Representative

__all__ = ["county_team"]


@pytest.fixture
def family(cast, folk, pack):
    """An account that acts for the poor and the oldest."""
    user = people.make_user("family", Role.MEMBER, people.B1)
    for name in ("poor", "oldest"):
        Representative.objects.create(user=user, person=folk[name], relation="child", evidence="户口簿",
                                      given_by=cast.village_b, period=(people.SINCE, None))
    return user


def page_of(user, person) -> str:
    return people.client_for(user).get(reverse("entitlements:own_dues", args=[person.pk])).content.decode()


def test_it_says_what_is_due_and_how_to_get_it(family, folk):
    text = page_of(family, folk["oldest"])
    assert "高龄津贴" in text and "100" in text and "未享受" in text and "无需申请" in text
    assert "年满80周岁" in text and "探访关爱" in text
    text = page_of(family, folk["poor"])
    assert "小额补贴" in text and "请到村（社区）申请" in text  # the county has not opened it for application
    before_reasons, reasons = text.split("不能享受的项目及原因")
    assert "高龄津贴" in reasons and "高龄津贴" not in before_reasons and "年满80周岁：不符合" in reasons


def test_what_is_still_to_be_found_out_is_named_with_who_can(family, folk):
    text = page_of(family, folk["poor"])
    assert "还需核实情况的项目" in text and "探访关爱" in text and "村（社区）上门核实" in text


def test_the_persons_page_leads_there(family, folk):
    page = people.client_for(family).get(reverse("people:own_person", args=[folk["oldest"].pk])).content.decode()
    assert reverse("entitlements:own_dues", args=[folk["oldest"].pk]) in page and "高龄津贴" in page


def test_nobody_elses_is_shown_and_nothing_of_who_recorded_it(family, folk, cast):
    other = people.client_for(family).get(reverse("entitlements:own_dues", args=[folk["old"].pk]))
    assert other.status_code == 404
    assert people.client_for(cast.bureau).get(
        reverse("entitlements:own_dues", args=[folk["poor"].pk])).status_code == 403
    text = page_of(family, folk["poor"])
    assert "录入" not in text and "经办" not in text


def test_a_pack_that_cannot_be_used_leaves_the_families_page_standing(family, folk, pack):
    pack.joinpath("parameters.yaml").write_text("age_from: [", "utf-8")
    assert people.client_for(family).get(reverse("people:own_person", args=[folk["poor"].pk])).status_code == 200
    text = page_of(family, folk["poor"])
    assert "目前无法查询" in text and "parameters.yaml" not in text


def test_the_family_opens_what_it_was_told_on_paper_and_nobody_elses(family, folk, county_team, pack):
    from tests.entitlements.conftest import doing
    from yinian.core.models import AuditRow
    from yinian.entitlements import papers

    cycle = open_now(county_team.bureau, JUNE, ("age-allowance",))[0]
    line = cycle.lines.get(person=folk["oldest"])
    actions.refuse(county_team.town_a, cycle.pk, [line.pk], "户籍登记有误", "age")
    cycle = carry(county_team, cycle)
    papers.perform_notices(doing(papers.issue_notices(county_team.approver, cycle.pk)))
    told = LineNotice.objects.get(line=line).document
    page = people.client_for(family).get(reverse("people:own_person", args=[folk["oldest"].pk])).content.decode()
    mine = reverse("entitlements:own_decision", args=[folk["oldest"].pk, told.pk])
    assert "不予批准决定书" in page and mine in page
    opened = people.client_for(family).get(mine)
    assert opened["Content-Type"] == "application/pdf" and b"".join(opened.streaming_content).startswith(b"%PDF-")
    assert AuditRow.objects.filter(action="attachments.open", actor=family).count() == 1
    other = told.__class__.objects.exclude(pk=told.pk).get(person_ref=folk["old"].pk)
    for person, paper in ((folk["oldest"], other), (folk["old"], other), (folk["poor"], told)):
        address = reverse("entitlements:own_decision", args=[person.pk, paper.pk])
        assert people.client_for(family).get(address).status_code == 404
    shown = people.client_for(county_team.town_a).get(reverse("entitlements:cycle_line", args=[line.pk]))
    assert reverse("core:document", args=[told.pk]) in shown.content.decode()
