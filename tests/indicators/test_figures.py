"""Frozen figures: reproducible, never changed, corrected by a new version; reported by hand with a source."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.models import AuditRow, Job, Region
from yinian.indicators import actions, kept, live, queries
from yinian.indicators.models import Figure, Snapshot
from yinian.indicators.periods import last_ended, span_of
from yinian.people.models import Person

pytestmark = pytest.mark.django_db


def frozen(cast, kind: str = "quarter") -> list[Figure]:
    """The county's figures of the last period of a kind, frozen through the job."""
    job = actions.freeze(cast.bureau, people.COUNTY, kind)
    Job.objects.filter(pk=job.pk).update(state="running")
    job.refresh_from_db()
    actions.perform_freeze(jobs.JobContext(job))
    job.refresh_from_db()
    assert job.state == "done"
    return list(Figure.objects.filter(period=kind))


def of(figures: list[Figure], name: str, region: str = people.COUNTY) -> Figure:
    return next(one for one in figures if one.indicator == name and one.region_id == region)


def test_freezing_writes_every_level_down_to_the_indicators_own(measured):
    figures = frozen(measured)
    assert of(figures, "older-people").numerator == 6
    assert of(figures, "older-people", people.TOWN_A).numerator == 4
    assert of(figures, "older-people", people.A2).numerator == 0
    assert not any(one.region.level == 5 for one in figures if one.indicator == "carers")
    share = of(figures, "assessed-65-share")
    assert (share.numerator, share.denominator, share.outside, share.unknown) == (2, 6, 4, 0)
    assert {one.as_of for one in figures} == {last_ended("quarter", timezone.localdate()).ends}


def test_every_frozen_figure_worked_out_again_from_its_snapshot_is_the_same(measured):
    for kind in ("month", "quarter"):
        figures = frozen(measured, kind)
        snapshot = figures[0].snapshot
        again = {(row["indicator"], row["region_code"]): row
                 for row in kept.again(snapshot, list(snapshot.definitions)).iter_rows(named=True)}
        for one in figures:
            row = again.get((one.indicator, one.region_id))
            for name in ("numerator", "outside", "unknown", "unsure"):
                assert getattr(one, name) == (row[name] if row else 0), (one, name)
            assert one.denominator == (row["denominator"] if row else (None if one.denominator is None else 0)), one
        assert actions.verify(measured.bureau, figures[0].pk)
    # What the tables say later does not matter to what was frozen.
    Person.objects.update(birth_date=dt.date(2000, 1, 1))
    assert actions.verify(measured.bureau, of(figures, "older-people").pk)


def test_a_kept_file_that_was_altered_is_told_apart(measured):
    figure = of(frozen(measured), "older-people")
    path = Path(settings.DATA) / figure.snapshot.files["persons"]["file"]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(kept.Altered):
        actions.verify(measured.bureau, figure.pk)


def test_the_database_refuses_to_change_or_delete_a_figure(measured):
    figure = of(frozen(measured), "older-people")
    for act in (lambda: Figure.objects.filter(pk=figure.pk).update(numerator=7), figure.delete,
                lambda: Snapshot.objects.filter(pk=figure.snapshot_id).update(pack_hash="1" * 64)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(DatabaseError), transaction.atomic():  # a second version without the reason
        Figure.objects.create(**{
            f.attname: getattr(figure, f.attname) for f in Figure._meta.fields if f.name not in ("id", "version")
        }, version=2)
    with pytest.raises(DatabaseError), transaction.atomic():  # a third before the second
        Figure.objects.create(**{
            f.attname: getattr(figure, f.attname) for f in Figure._meta.fields
            if f.name not in ("id", "version", "reason")
        }, version=3, reason="跳过第二版")


def test_a_period_is_frozen_once(measured):
    frozen(measured)
    with pytest.raises(Refused):
        actions.freeze(measured.bureau, people.COUNTY, "quarter")


def test_a_correction_is_a_new_version_with_its_reason_where_a_figure_differs(measured):
    figures = frozen(measured)
    county, town_b = of(figures, "older-people"), of(figures, "older-people", people.TOWN_B)
    with pytest.raises(Refused):
        actions.correct(measured.bureau, county.pk, "没有变化")
    late = people.make_person(people.A1, "补录", birth=dt.date(1941, 1, 1))
    assert actions.correct(measured.bureau, county.pk, "补录一人") == 3  # the county, town A, village A1
    versions = queries.versions(county)
    assert [(one.version, one.numerator, one.reason) for one in versions] == [(2, 7, "补录一人"), (1, 6, "")]
    assert [one.version for one in queries.versions(town_b)] == [1]
    assert actions.verify(measured.bureau, versions[0].pk) and actions.verify(measured.bureau, county.pk)
    trend = queries.trends(measured.bureau, county.region, [live.pack_of(people.COUNTY).indicators["older-people"]])
    assert [one.numerator for one in trend["older-people"]] == [7]
    assert AuditRow.objects.filter(action="indicators.correct", reason="补录一人").count() == 1
    assert late.pk


def test_the_clock_freezes_what_ended_yesterday_and_nothing_twice(measured, monkeypatch):
    monkeypatch.setattr(actions.packs, "counties_with_packs", lambda: [Region.objects.get(pk=people.COUNTY)])
    first = timezone.localdate().replace(day=1)
    assert actions.freeze_ended(first + dt.timedelta(days=1)) == 0
    assert actions.freeze_ended(first) == 1
    assert actions.freeze_ended(first) == 1  # the same job, still under way
    assert Job.objects.filter(kind=actions.FREEZE).count() == 1


def test_only_those_with_the_right_freeze_and_correct_and_only_in_their_area(measured):
    with pytest.raises(Forbidden):
        actions.freeze(measured.town_a, people.COUNTY, "month")
    with pytest.raises(NotVisible):
        actions.freeze(measured.stranger, people.COUNTY, "month")
    figure = of(frozen(measured), "older-people", people.TOWN_B)
    with pytest.raises(NotVisible):
        queries.get_figure(measured.town_a, figure.pk)
    assert not AuditRow.objects.filter(action="indicators.freeze", actor=measured.town_a).exists()


def satisfaction():
    return live.pack_of(people.COUNTY).indicators["satisfaction"]


def test_a_figure_is_reported_by_hand_with_its_source_and_replaced_with_a_reason(measured):
    county, span = Region.objects.get(pk=people.COUNTY), last_ended("year", timezone.localdate())
    with pytest.raises(Refused) as refused:
        actions.report(measured.bureau, satisfaction(), county, span, Fraction(101), "")
    assert set(refused.value.fields) == {"value", "note"}
    made = actions.report(measured.bureau, satisfaction(), county, span, Fraction("92.5"), "第三方评估报告")
    assert queries.value_of(made, satisfaction()).number == 92.5
    with pytest.raises(Refused):
        actions.report(measured.bureau, satisfaction(), county, span, Fraction(93), "第三方评估报告")
    again = actions.report(measured.bureau, satisfaction(), county, span, Fraction(93), "第三方评估报告", reason="笔误")
    assert again.version == 2 and again.reason == "笔误"
    with pytest.raises(NotVisible):
        actions.report(measured.town_a, satisfaction(), county, span, Fraction(90), "镇报")


def test_what_the_platform_works_out_and_what_has_not_begun_is_not_entered_by_hand(measured):
    county = Region.objects.get(pk=people.COUNTY)
    computed = live.pack_of(people.COUNTY).indicators["nursing-bed-share"]
    with pytest.raises(Refused):
        actions.report(measured.bureau, computed, county, last_ended("month", timezone.localdate()), Fraction(1),
                       "来源")
    later = span_of("year", timezone.localdate() + dt.timedelta(days=400))
    with pytest.raises(Refused):
        actions.report(measured.bureau, satisfaction(), county, later, Fraction(1), "来源")
    village = Region.objects.get(pk=people.A1)
    with pytest.raises(Refused):
        actions.report(measured.bureau, satisfaction(), village, last_ended("year", timezone.localdate()), Fraction(1),
                       "来源")


def test_the_form_takes_counted_of_how_many_and_keeps_what_was_typed(measured):
    client, span = client_for(measured.bureau), last_ended("month", timezone.localdate())
    url = "/indicators/of/visit-rate-month/report/"
    bad = client.post(url, {"region": people.COUNTY, "period": span.starts.isoformat(), "counted": "120", "of": "100",
                            "note": "各镇月报"})
    assert bad.status_code == 422 and "各镇月报" in bad.content.decode()
    good = client.post(url, {"region": people.COUNTY, "period": span.starts.isoformat(), "counted": "90", "of": "120",
                             "note": "各镇月报"})
    assert good.status_code == 302
    assert queries.value_of(Figure.objects.get(indicator="visit-rate-month"),
                            live.pack_of(people.COUNTY).indicators["visit-rate-month"]).number == 75.0


def test_pages_of_a_figure_verify_and_correct_it(measured):
    figure = of(frozen(measured), "older-people")
    client = client_for(measured.bureau)
    assert client.get(f"/indicators/figures/{figure.pk}/").status_code == 200
    assert "结果一致" in client.post(f"/indicators/figures/{figure.pk}/verify/").content.decode()
    assert client.post(f"/indicators/figures/{figure.pk}/correct/", {"reason": "无变化"}).status_code == 422
    people.make_person(people.B1, "补录", birth=dt.date(1941, 1, 1))
    assert client.post(f"/indicators/figures/{figure.pk}/correct/", {"reason": "补录一人"}).status_code == 302
    assert client.get("/indicators/of/older-people/").status_code == 200
    assert client.get("/indicators/freeze/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(version) FROM indicators_figure")
        assert cursor.fetchone() == (2,)
