"""Past months as known now: what became known late is proposed month by month with its reason, once, and adds up."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.adjustments.conftest import (
    AUGUST,
    JULY,
    OCTOBER,
    SEPTEMBER,
    approved_month,
    known_from,
)
from tests.entitlements.conftest import SERVICES, doing
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow
from yinian.entitlements.adjustments import actions, causes, perform, queries
from yinian.entitlements.models import Adjustment, Correction, CycleLine, Recalculation
from yinian.people.models import Spell


def look(actor, whole=False):
    """A recalculation of the county, here and now."""
    job = actions.start_recalculation(actor, people.COUNTY, whole=whole)
    perform.perform(doing(job))
    job.refresh_from_db()
    return job.result


def died(person, on):
    """A death reported now."""
    spell = people.make_spell(person, "death", "dead", since=on, department="public_security")
    type(person).objects.filter(pk=person.pk).update(state="dead", died_on=on, changed_at=timezone.now())
    return spell


def not_dead(person, spell):
    """The report of a death is taken back."""
    Spell.objects.filter(pk=spell.pk).update(
        retracted_at=timezone.now(), retracted_by=_somebody(), retract_reason="误报")
    type(person).objects.filter(pk=person.pk).update(state="living", died_on=None)


def graded(person, grade, since):
    """Another ability level, found out now and valid from a day in the past."""
    standing = list(person.spells.filter(kind="ability", retracted_at=None))
    Spell.objects.filter(pk__in=[old.pk for old in standing]).update(
        retracted_at=timezone.now(), retracted_by=_somebody(), retract_reason="后续评估")
    for old in standing:
        if old.valid.lower < since:
            people.make_spell(person, "ability", grade=old.grade, since=old.valid.lower, until=since)
    return people.make_spell(person, "ability", grade=grade, since=since)


def _somebody():
    from yinian.core.models import User

    return User.objects.get(username="bureau")


def months_of(correction):
    return [(a.month, a.held_fen, a.due_fen) for a in correction.adjustments.order_by("month")]


def test_nothing_became_known_so_nothing_is_proposed(months, cast, folk):
    assert look(cast.bureau)["made"] == 0
    assert not Correction.objects.exists() and Recalculation.objects.count() == 9
    assert look(cast.bureau, whole=True)["people"] >= 4 and not Correction.objects.exists()


def test_a_death_reported_late_reopens_the_months_after_it(months, cast, folk):
    died(folk["old"], dt.date(2024, 7, 15))
    assert look(cast.bureau)["made"] == 1
    found = Correction.objects.get()
    assert (found.person_id, found.kind, found.amount_fen, found.deceased) == (folk["old"].pk, "recovery", 10000, True)
    assert months_of(found) == [(AUGUST, 5000, 0), (SEPTEMBER, 5000, 0)]
    (stretch,) = causes.stretches(found.adjustments.all())
    assert stretch.sentence.startswith("2024年8月至2024年9月：已发每月50元，应发每月0元，因2024年7月15日去世")
    assert "公安" in stretch.sentence
    assert WorkItem.objects.get(kind="entitlements.correction").region_id == people.TOWN_A


def test_a_grade_known_late_takes_back_what_it_gave_and_says_since_when(months, cast, folk):
    graded(folk["poor"], 1, dt.date(2024, 8, 1))
    look(cast.bureau)
    large = Correction.objects.get()  # the small subsidy is on application, and was never granted
    assert large.service_id == "large-subsidy" and large.kind == "recovery"
    assert months_of(large) == [(AUGUST, 12000, 0), (SEPTEMBER, 12000, 0)]
    (fact,) = large.adjustments.first().cause["facts"]
    assert (fact["fact"], fact["before"], fact["now"], fact["since"]) == ("ability_level", "3", "1", "2024-08-01")
    (sentence,) = [stretch.sentence for stretch in causes.stretches(large.adjustments.all())]
    assert "能力等级" in sentence and "轻度失能" in sentence and "自2024年8月1日起" in sentence


def test_a_birth_date_put_right_pays_the_months_that_were_missed(months, cast, folk):
    people_ = type(folk["poor"]).objects.filter(pk=folk["poor"].pk)
    people_.update(birth_date=dt.date(1944, 7, 20), changed_at=timezone.now())
    look(cast.bureau)
    found = Correction.objects.get()
    assert found.kind == "arrears" and months_of(found) == [(AUGUST, 0, 5000), (SEPTEMBER, 0, 5000)]
    assert "出生日期" in causes.stretches(found.adjustments.all())[0].sentence


def test_looking_again_on_the_same_knowledge_writes_nothing(months, cast, folk):
    died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    before = list(Correction.objects.values_list("pk", "version"))
    for whole in (False, True):
        result = look(cast.bureau, whole)
        assert (result["made"], result["changed"], result["dropped"]) == (0, 0, 0)
    assert list(Correction.objects.values_list("pk", "version")) == before


def test_what_turns_out_not_to_be_so_is_no_longer_needed(months, cast, folk):
    death = died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    not_dead(folk["old"], death)
    assert look(cast.bureau)["dropped"] == 1
    found = Correction.objects.get()
    assert found.state == "dropped" and found.answer and not WorkItem.objects.filter(state="open").filter(
        kind="entitlements.correction").exists()


def test_more_known_changes_the_open_proposal_and_a_confirmed_one_goes_back(months, cast, folk):
    spell = died(folk["old"], dt.date(2024, 8, 15))
    look(cast.bureau)
    found = Correction.objects.get()
    assert found.amount_fen == 5000
    actions.confirm(cast.town_a, found.pk, version=found.version, method="at_once", answers="长子")
    not_dead(folk["old"], spell)
    died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    found.refresh_from_db()
    assert (found.state, found.amount_fen, found.method, found.maker) == ("proposed", 10000, "", None)
    assert "变化" in found.answer


def test_a_decided_month_counts_and_a_later_truth_gives_only_the_rest(months, cast, folk, run):
    spell = died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    found = Correction.objects.get()
    actions.confirm(cast.town_a, found.pk, version=found.version, method="at_once", answers="长子")
    found.refresh_from_db()
    actions.approve(cast.bureau, found.pk, version=found.version)
    assert look(cast.bureau, whole=True)["made"] == 0
    not_dead(folk["old"], spell)
    look(cast.bureau)
    back = Correction.objects.get(state="proposed")
    assert back.kind == "arrears" and months_of(back) == [(AUGUST, 0, 5000), (SEPTEMBER, 0, 5000)]


def test_a_rejected_proposal_comes_back_only_with_other_amounts(months, cast, folk):
    graded(folk["poor"], 1, dt.date(2024, 9, 1))
    look(cast.bureau)
    large = Correction.objects.get(kind="recovery")
    actions.reject(cast.town_b, large.pk, version=large.version, reason="评估有误，已要求复评")
    assert look(cast.bureau, whole=True)["made"] == 0
    graded(folk["poor"], 0, dt.date(2024, 8, 1))
    look(cast.bureau)
    again = Correction.objects.get(kind="recovery", state="proposed")
    assert months_of(again) == [(AUGUST, 12000, 0)]  # September's amounts are those that were rejected


def test_what_cannot_be_said_is_left_as_it_stands(months, cast, folk):
    folk["poor"].spells.filter(kind="ability").update(
        retracted_at=timezone.now(), retracted_by=cast.bureau, retract_reason="报告作废")
    look(cast.bureau)
    assert not Correction.objects.filter(service_id="large-subsidy").exists()


def test_new_rules_for_past_days_make_every_month_everybodys(months, cast, folk, pack):
    (pack / "services" / "10.yaml").write_text(SERVICES.replace("ELSE 5000", "ELSE 6000"), "utf-8")
    look(cast.bureau)
    found = Correction.objects.get(person=folk["old"])
    assert found.kind == "arrears" and found.amount_fen == 3000 and found.months == 3
    assert "政策" in causes.stretches(found.adjustments.all())[0].sentence
    assert Recalculation.objects.first().pack_hash != months[JULY]["age-allowance"].pack_hash
    assert look(cast.bureau)["made"] == 0


@pytest.mark.parametrize("state", ["refused", "held"])
def test_a_refusal_stands_and_what_was_only_held_back_is_proposed(run, cast, folk, state):
    known_from(dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
    approved_month(cast, run(cast.bureau, JULY), JULY, ["age-allowance"], **{f"p{folk['old'].pk}": state})
    look(cast.bureau, whole=True)
    found = Correction.objects.filter(person=folk["old"])
    assert found.exists() == (state == "held")
    if state == "held":
        assert "人不在本地" in causes.stretches(found.get().adjustments.all())[0].sentence


def test_a_service_on_application_is_due_only_to_whom_it_was_granted(months, cast, folk):
    poor = people.make_person(people.B2, "何满秀", birth=dt.date(1952, 1, 1))
    people.make_spell(poor, "relief", "dibao")
    people.make_spell(poor, "ability", grade=0)
    look(cast.bureau)
    assert not Correction.objects.filter(person=poor).exists()


def test_two_entries_of_one_person_were_paid_twice(months, cast, folk):
    from yinian.people.duplicates.actions import merge

    twin = people.make_person(people.A1, "李桂花", birth=dt.date(1940, 5, 2))
    type(twin).objects.filter(pk=twin.pk).update(created_at=dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
    cycle = months[JULY]["age-allowance"]
    others = [f.column for f in CycleLine._meta.fields if f.column not in ("id", "person_id")]
    columns = ", ".join(f'"{name}"' for name in others)
    with connection.cursor() as cursor:  # as if July had been approved with both entries
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO entitlements_cycleline (person_id, {columns}) SELECT %s, {columns} "
            "FROM entitlements_cycleline WHERE cycle_id = %s AND person_id = %s", [twin.pk, cycle.pk, folk["old"].pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    merge(cast.bureau, folk["old"].pk, twin.pk, "同一人")
    look(cast.bureau)
    found = Correction.objects.get(person=folk["old"])
    assert (found.kind, months_of(found)) == ("recovery", [(JULY, 10000, 5000)])
    assert "同一人" in causes.stretches(found.adjustments.all())[0].sentence


def test_a_merge_takes_open_corrections_along_and_gives_them_back(months, cast, folk):
    from yinian.people.duplicates.actions import merge, unmerge

    died(folk["old"], dt.date(2024, 8, 15))
    look(cast.bureau)
    twin = people.make_person(people.A1, "李桂花", birth=dt.date(1940, 5, 2))
    done = merge(cast.bureau, twin.pk, folk["old"].pk, "同一人")
    found = Correction.objects.get()
    assert found.person_id == twin.pk and found.adjustments.get().person_id == twin.pk
    unmerge(cast.bureau, done, "不是同一人")
    found.refresh_from_db()
    assert found.person_id == folk["old"].pk and found.adjustments.get().person_id == folk["old"].pk


def test_random_late_facts_give_the_same_as_running_every_month_anew(months, cast, folk):
    """Looking at those touched, week after week, ends where one look at everybody ends."""
    chance = random.Random(11)
    for _round in range(6):
        for _ in range(3):
            person = folk[chance.choice(["old", "oldest", "poor", "elsewhere"])]
            day = dt.date(2024, chance.randint(5, 9), chance.randint(1, 28))
            kind = chance.choice(["ability", "relief", "move"])
            standing = person.spells.filter(kind=kind, retracted_at=None)
            standing.update(retracted_at=timezone.now(), retracted_by=cast.bureau, retract_reason="订正")
            if kind == "ability":
                people.make_spell(person, kind, grade=chance.randint(0, 4), since=day)
            elif kind == "relief":
                people.make_spell(person, kind, chance.choice(["dibao", "none"]), since=day)
            elif chance.random() < 0.5:
                people.make_spell(person, kind, "out", since=day, department="public_security")
        look(cast.bureau)
        open_ = set(Adjustment.objects.filter(standing="open").values_list("person", "service_id", "month",
                                                                           "held_fen", "due_fen"))
        anew = perform.work_out(people.COUNTY, whole=True)
        assert open_ == {(r["person_id"], r["service_id"], r["month"], r["held_fen"], r["due_fen"]) for r in anew.rows}
        decided = Correction.objects.filter(state="proposed").first()
        if decided is not None:
            _through(cast, decided)


def _through(cast, row):
    """Confirm and approve one correction."""
    method = "pay" if row.kind == "arrears" else "at_once"
    town = cast.town_a if row.region_code.startswith(people.TOWN_A) else cast.town_b
    done = actions.confirm(town, row.pk, version=row.version, method=method)
    actions.approve(cast.bureau, done.pk, version=done.version)


def test_the_grid_of_a_person_adds_up(months, cast, folk):
    died(folk["old"], dt.date(2024, 8, 15))
    look(cast.bureau)
    grid = queries.months_of(cast.bureau, folk["old"])
    assert grid.months == [SEPTEMBER, AUGUST, JULY] and grid.services == [("age-allowance", "高龄津贴")]
    cell = grid.cell(SEPTEMBER, "age-allowance")
    assert (cell.approved_fen, cell.held_fen, cell.open_fen, cell.due_fen) == (5000, 5000, -5000, 0)
    assert grid.cell(JULY, "age-allowance").open_fen == 0


def test_a_months_correction_is_open_once_and_decided_ones_stay(months, cast, folk):
    died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    found = Correction.objects.get()
    row = found.adjustments.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        other = Correction.objects.create(
            person=folk["old"], county_id=people.COUNTY, region_code=people.A1, service_id="age-allowance",
            kind="arrears", amount_fen=1, first_month=JULY, last_month=JULY, months=1, found_by=cast.bureau)
        Adjustment.objects.create(correction=other, person=folk["old"], service_id="age-allowance", month=row.month,
                                  held_fen=0, due_fen=1, difference_fen=1, pack_hash="", known_at=timezone.now())
    _done = actions.confirm(cast.town_a, found.pk, version=found.version, method="at_once", answers="长子")
    actions.approve(cast.bureau, found.pk, version=_done.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(due_fen=1, difference_fen=1 - row.held_fen)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).delete()


def test_who_may_look_again_and_where(months, cast, folk):
    for actor, error in ((cast.village_a, Forbidden), (cast.town_a, NotVisible), (cast.stranger, NotVisible)):
        with pytest.raises(error):
            actions.start_recalculation(actor, people.COUNTY)
    with pytest.raises(Refused):
        actions.start_recalculation(cast.bureau, people.TOWN_A)
    died(folk["old"], dt.date(2024, 7, 15))
    assert actions.recalculate_person(cast.town_a, folk["old"].pk)["made"] == 1
    with pytest.raises(NotVisible):
        actions.recalculate_person(cast.town_b, folk["old"].pk)
    assert AuditRow.objects.filter(action="entitlements.recalculate_person").count() == 1
    assert actions.start_nightly() == 1


def test_a_month_not_approved_is_not_looked_at(months, cast, folk):
    died(folk["old"], dt.date(2024, 10, 15))
    look(cast.bureau)
    assert not Correction.objects.exists() and OCTOBER not in months
