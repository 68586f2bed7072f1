"""Services paid by the day: so much a day, for the days on which the service was given and a record shows it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.entitlements.adjustments.test_recalculation import died, look
from tests.entitlements.applications.conftest import photo
from tests.entitlements.conftest import SERVICES
from tests.entitlements.cycles.conftest import JULY, JUNE, approve_now, carry, open_now
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.entitlements.cycles import actions
from yinian.entitlements.models import Correction, Cycle, CycleLine, Determination

pytestmark = pytest.mark.django_db
PROOF = "日托中心签到表第3页"


@pytest.fixture
def daily(pack, folk, county_team):
    """The allowance is paid by the day, 50 or 100 yuan; ``open_now`` of June is in ``daily.cycle``."""
    (pack / "services" / "10.yaml").write_text(SERVICES.replace("period: month", "period: day", 1), "utf-8")
    county_team.pack, county_team.folk = pack, folk
    county_team.cycle = open_now(county_team.bureau, JUNE, ("age-allowance",))[0]
    return county_team


def line_of(cycle, person):
    return CycleLine.objects.get(cycle=cycle, person=person)


def given(team, person, days, proof=PROOF, cycle=None, file=None, actor=None):
    cycle = cycle or team.cycle
    actions.enter_days(actor or team.town_a, cycle.pk, [line_of(cycle, person).pk], days, proof, file)
    return line_of(cycle, person)


def test_a_line_is_of_a_day_until_the_days_are_entered_and_then_pays_amount_times_days(daily):
    old, oldest = daily.folk["old"], daily.folk["oldest"]
    assert daily.cycle.unit == "day"
    line = line_of(daily.cycle, old)
    assert (line.rate_fen, line.days, line.amount_fen, line.state) == (5000, None, None, "pending")
    line = given(daily, old, 12, file=photo())
    assert (line.days, line.amount_fen, line.days_proof, line.days_by) == (12, 60000, PROOF, daily.town_a)
    assert line.days_paper is not None and line.days_at is not None
    assert AuditRow.objects.get(action="entitlements.cycle_days").detail["days"] == 12
    given(daily, oldest, 0)
    cycle = carry(daily, daily.cycle)
    assert cycle.state == "approved"
    paid, none = line_of(cycle, old), line_of(cycle, oldest)
    assert (paid.paid, paid.amount_fen, none.paid, none.amount_fen) == (True, 60000, False, 0)
    # What is granted is the amount of a day.
    assert set(Determination.objects.values_list("person", "amount_fen", "unit")) == {
        (old.pk, 5000, "day"), (oldest.pk, 10000, "day")
    }


def test_the_next_month_asks_for_its_own_days_and_compares_the_amount_of_a_day(daily):
    for name in ("old", "oldest"):
        given(daily, daily.folk[name], 10)
    carry(daily, daily.cycle)
    services = daily.pack / "services" / "10.yaml"
    services.write_text(services.read_text("utf-8").replace("ELSE 5000", "ELSE 6000"), "utf-8")
    july = open_now(daily.bureau, JULY, ("age-allowance",))[0]
    old, oldest = line_of(july, daily.folk["old"]), line_of(july, daily.folk["oldest"])
    assert (old.change, old.previous_fen, old.rate_fen, old.amount_fen) == ("changed", 5000, 6000, None)
    assert (oldest.change, oldest.previous_fen, oldest.rate_fen, oldest.amount_fen) == ("same", 10000, 10000, None)
    for name, days in (("old", 3), ("oldest", 31)):
        given(daily, daily.folk[name], days, cycle=july)
    carry(daily, july)
    assert dict(july.lines.values_list("person", "amount_fen")) == {
        daily.folk["old"].pk: 18000, daily.folk["oldest"].pk: 310000
    }
    assert Determination.objects.get(person=daily.folk["old"]).amount_fen == 6000


def test_nothing_is_accepted_and_no_town_finishes_before_the_days_are_entered(daily):
    ids = list(daily.cycle.lines.values_list("pk", flat=True))
    with pytest.raises(Refused, match="2"):
        actions.accept(daily.town_a, daily.cycle.pk, ids)
    review = daily.cycle.towns.get(region=people.TOWN_A)
    with pytest.raises(Refused, match="2"):
        actions.finish_town(daily.town_a, daily.cycle.pk, people.TOWN_A, review.version, accept_rest=True)
    given(daily, daily.folk["old"], 3)
    with pytest.raises(Refused, match="1"):
        actions.finish_town(daily.town_a, daily.cycle.pk, people.TOWN_A, review.version, accept_rest=True)
    # Held back or refused, a line needs no days.
    actions.hold(daily.town_a, daily.cycle.pk, [line_of(daily.cycle, daily.folk["oldest"]).pk], "签到表未交")
    actions.finish_town(daily.town_a, daily.cycle.pk, people.TOWN_A, review.version, accept_rest=True)
    assert Cycle.objects.get(pk=daily.cycle.pk).state == "town_reviewed"


def test_days_corrected_after_acceptance_are_looked_at_anew(daily):
    line = given(daily, daily.folk["old"], 12)
    actions.accept(daily.town_a, daily.cycle.pk, [line.pk])
    line = given(daily, daily.folk["old"], 11, "日托中心签到表第4页")
    assert (line.state, line.amount_fen, line.days_proof) == ("pending", 55000, "日托中心签到表第4页")


@pytest.mark.parametrize(("days", "proof", "field"), [
    (31, PROOF, "days"), (-1, PROOF, "days"), (None, PROOF, "days"), (12, "  ", "proof"),
])  # fmt: skip
def test_days_that_the_month_has_not_or_that_no_record_shows_are_refused(daily, days, proof, field):
    with pytest.raises(Refused) as caught:
        given(daily, daily.folk["old"], days, proof)
    assert set(caught.value.fields) == {field}
    assert line_of(daily.cycle, daily.folk["old"]).days is None


def test_no_day_after_a_death_and_none_of_the_days_to_come(daily, monkeypatch):
    died(daily.folk["old"], dt.date(2024, 6, 9))
    with pytest.raises(Refused) as caught:
        given(daily, daily.folk["old"], 10)
    assert "9" in caught.value.fields["days"]
    given(daily, daily.folk["old"], 9)
    monkeypatch.setattr("yinian.entitlements.cycles.actions.timezone.localdate", lambda: dt.date(2024, 6, 15))
    with pytest.raises(Refused) as caught:
        given(daily, daily.folk["oldest"], 16)
    assert "15" in caught.value.fields["days"]
    assert given(daily, daily.folk["oldest"], 15).days == 15


def test_only_the_town_that_reviews_enters_days_and_only_of_what_is_paid_by_the_day(daily):
    for actor, error in ((daily.town_b, (Forbidden, NotVisible)), (daily.village_a, (Forbidden, NotVisible)),
                         (daily.stranger, (Forbidden, NotVisible))):
        with pytest.raises(error):
            given(daily, daily.folk["old"], 3, actor=actor)
    for name in ("old", "oldest"):
        given(daily, daily.folk[name], 1)
    carry(daily, daily.cycle, until="town_reviewed")
    with pytest.raises(Changed):
        given(daily, daily.folk["old"], 3)
    with pytest.raises(Refused):
        stopped_line(daily)


def stopped_line(daily):
    visits = open_now(daily.bureau, JUNE, ("visit",))[0]
    actions.enter_days(daily.town_a, visits.pk, visits.lines.values_list("pk", flat=True), 3, PROOF)


def test_the_database_pays_no_day_that_was_not_given_or_not_shown(daily):
    line = given(daily, daily.folk["old"], 12)
    rows = CycleLine.objects.filter(pk=line.pk)
    without = CycleLine.objects.filter(pk=line_of(daily.cycle, daily.folk["oldest"]).pk)
    for wrong, changes in (
        (rows, {"days": 31, "amount_fen": 155000}), (rows, {"amount_fen": 61000}), (rows, {"days": 13}),
        (rows, {"days_proof": ""}), (rows, {"days_by": None}), (rows, {"rate_fen": None}), (rows, {"unit": "month"}),
        (without, {"state": "accepted", "reviewed_by": daily.town_a, "reviewed_at": line.days_at}),
        (without, {"amount_fen": 10000}), (without, {"days_proof": PROOF}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.update(**changes)


def test_a_change_reported_late_is_reckoned_by_the_days_that_were_given(daily):
    for name in ("old", "oldest"):
        given(daily, daily.folk[name], 10)
    carry(daily, daily.cycle)
    assert look(daily.bureau, whole=True)["people"] >= 2 and not Correction.objects.exists()
    old = daily.folk["old"]
    type(old).objects.filter(pk=old.pk).update(birth_date=dt.date(1934, 5, 2))
    look(daily.bureau, whole=True)
    correction = Correction.objects.get()
    (month,) = correction.adjustments.all()
    # 10 days at 100 yuan are due, 10 days at 50 were paid.
    assert (month.held_fen, month.due_fen, month.difference_fen) == (50000, 100000, 50000)


def test_who_was_never_given_a_day_is_owed_none(daily):
    given(daily, daily.folk["old"], 10)
    actions.hold(daily.town_a, daily.cycle.pk, [line_of(daily.cycle, daily.folk["oldest"]).pk], "签到表未交")
    carry(daily, daily.cycle)
    look(daily.bureau, whole=True)
    assert not Correction.objects.exists()


def test_held_back_with_its_days_a_month_is_paid_as_arrears(daily):
    given(daily, daily.folk["old"], 10)
    line = given(daily, daily.folk["oldest"], 4)
    actions.hold(daily.town_a, daily.cycle.pk, [line.pk], "账户待核")
    carry(daily, daily.cycle)
    look(daily.bureau, whole=True)
    (month,) = Correction.objects.get().adjustments.all()
    assert (month.person_id, month.difference_fen) == (daily.folk["oldest"].pk, 40000)


def test_the_pages_show_what_is_open_and_take_the_days_of_one_or_many(daily):
    client = people.client_for(daily.town_a)
    line = line_of(daily.cycle, daily.folk["old"])
    page = client.get(reverse("entitlements:cycle_line", args=[line.pk])).content.decode()
    assert "50元" in page and "录入天数" in page and "尚未录入" in page
    address = reverse("entitlements:cycle_lines_act", args=[daily.cycle.pk, "days"])
    asked = client.post(address, {"ids": [line.pk]}).content.decode()
    assert 'enctype="multipart/form-data"' in asked and "每天50元" in asked
    wrong = client.post(address, {"ids": [line.pk], "days": "31", "proof": PROOF})
    assert wrong.status_code == 422 and PROOF in wrong.content.decode() and 'value="31"' in wrong.content.decode()
    ids = list(daily.cycle.lines.values_list("pk", flat=True))
    sent = client.post(address, {"ids": ids, "days": "20", "proof": PROOF, "file": photo()})
    assert sent.status_code == 302
    assert set(daily.cycle.lines.values_list("days", flat=True)) == {20}
    shown = client.get(reverse("entitlements:cycle_line", args=[line.pk])).content.decode()
    assert "1,000元" in shown and PROOF in shown and daily.town_a.full_name in shown
    area = {"region": people.TOWN_A, "change": "different"}
    rows = client.get(reverse("entitlements:cycle_lines", args=[daily.cycle.pk]), area).content.decode()
    assert "每天（元）" in rows or "元/天" in rows
    none = client.get(reverse("entitlements:cycle_lines", args=[daily.cycle.pk]), area | {"days": "none"})
    assert none.status_code == 200 and "李桂花" not in none.content.decode()
    told = client.get(f"/api/entitlements/cycles/{daily.cycle.pk}/lines").json()
    assert {(one["rate_fen"], one["days"], one["amount_fen"]) for one in told} == {
        (5000, 20, 100000), (10000, 20, 200000)
    }


def test_a_service_by_the_day_can_be_opened_and_approved_beside_the_monthly_ones(daily):
    other = open_now(daily.bureau, JUNE, ("visit",))[0]
    assert other.unit == "month" and set(other.lines.values_list("rate_fen", "days")) == {(None, None)}
    carry(daily, other, until="town_reviewed")
    checked = actions.check(daily.checker, other.pk, Cycle.objects.get(pk=other.pk).version)
    approve_now(daily.approver, checked)
