"""The holiday table and its page."""

import datetime as dt

import pytest
from tests.cast import client_for

from yinian.core.calendar.actions import load_holidays, years_in_file
from yinian.core.calendar.queries import add_working_days, works
from yinian.core.models import AuditRow, Holiday

pytestmark = pytest.mark.django_db


def test_the_national_holidays_hold_only_exceptions_and_load_once(cast):
    assert years_in_file() == [2024, 2025, 2026]
    count = load_holidays()
    assert count == Holiday.objects.count() > 60
    assert all(h.works == (h.day.weekday() >= 5) for h in Holiday.objects.all())
    assert load_holidays() == 0
    assert not works(dt.date(2026, 2, 17))
    assert works(dt.date(2026, 2, 14)), "a Saturday worked before Spring Festival"


def test_they_agree_with_the_package_they_were_taken_from(cast):
    import chinese_calendar

    load_holidays()
    exceptions = dict(Holiday.objects.values_list("day", "works"))
    day = dt.date(2024, 1, 1)
    while day.year < 2027:
        assert works(day, exceptions) == chinese_calendar.is_workday(day), day
        day += dt.timedelta(days=1)


def test_a_deadline_steps_over_spring_festival(cast):
    load_holidays()
    assert add_working_days(dt.date(2026, 2, 13), 2) == dt.date(2026, 2, 24)


def test_what_the_county_set_itself_stays(cast):
    Holiday.objects.create(day=dt.date(2026, 2, 16), works=False, name="本县放假", set_by=cast.bureau)
    load_holidays(cast.bureau)
    assert Holiday.objects.get(day=dt.date(2026, 2, 16)).name == "本县放假"
    assert AuditRow.objects.get(action="calendar.load").detail["days"] == Holiday.objects.count() - 1


def test_a_day_is_entered_and_taken_away_on_the_page(cast):
    client = client_for(cast.bureau)
    entry = {"year": 2027, "day": "2027-01-01", "works": "0", "name": "元旦", "source": ""}
    answer = client.post("/calendar/set/", entry)
    assert answer["Location"] == "/calendar/?year=2027"
    page = client.get("/calendar/?year=2027").content.decode()
    assert "2027年1月1日" in page
    assert client.post("/calendar/clear/", {"day": "2027-01-01"}).status_code == 302
    assert not Holiday.objects.exists()


def test_a_day_that_is_no_exception_is_refused_beside_its_field(cast):
    answer = client_for(cast.bureau).post(
        "/calendar/set/", {"year": 2027, "day": "2027-01-02", "works": "0", "name": "周末"}
    )
    assert answer.status_code == 422
    assert "只需登记例外" in answer.content.decode()
    assert not Holiday.objects.exists()


@pytest.mark.parametrize("day", ["", "2027-02-30", "x", "2027-01-01"])
def test_clearing_what_is_not_there_is_refused(cast, day):
    assert client_for(cast.bureau).post("/calendar/clear/", {"day": day}).status_code == 422


def test_a_year_without_holidays_is_warned_about(cast):
    assert "尚未登记节假日" in client_for(cast.bureau).get("/calendar/").content.decode()


def test_others_do_not_set_the_calendar(cast):
    client = client_for(cast.town_a)
    assert client.get("/calendar/").status_code == 403
    assert client.post("/calendar/load/").status_code == 403
    assert not Holiday.objects.exists()
