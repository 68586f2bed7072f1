"""Entries made twice: found by the machine, decided by a person, merged and given back."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import A1, A2, B1, COUNTY, client_for, make_id_number, make_person, make_spell

from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Job
from yinian.people.circumstances.queries import facts_frame
from yinian.people.duplicates import actions, queries
from yinian.people.kinds import KINDS
from yinian.people.models import Consent, DuplicatePair, Kin, Merge, Person, Spell
from yinian.people.persons.actions import add_kin, give_consent

pytestmark = pytest.mark.django_db

SEVERAL = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BIRTH = dt.date(1940, 5, 2)


def twins(one=A1, two=A1):
    return make_person(one, "李桂花"), make_person(two, "李桂花")


def pair_of(first, second, **more):
    return DuplicatePair.objects.create(first=first, second=second, region=first.region, score=0.98, agreement={
        "name": "same", "reasons": ["same_name_and_birth"]}, **more)


def picture(*people):
    """Everything that a merge may touch, without versions and clocks."""
    rows = []
    for person in people:
        person = Person.objects.get(pk=person.pk)
        skip = {"version", "changed_at"}
        rows.append({f.name: getattr(person, f.attname) for f in Person._meta.concrete_fields if f.name not in skip})
        for index in ("id_index", "id_tail_index", "phone_index"):
            rows[-1][index] = rows[-1][index] and bytes(rows[-1][index])
        for model in (Spell, Kin, Consent):
            rows.append(sorted(map(str, model.objects.filter(person=person).values())))
    return rows


def village_of_others():
    """A name tells little where everybody has it: thirty others with names of their own."""
    for n in range(30):
        name = "赵钱孙周吴郑"[n % 6] + "春夏秋冬东"[n // 6] + "生"
        make_person(A2, name, birth=dt.date(1945 + n % 20, 1 + n % 12, 1 + n % 28))


def entered_twice():
    """One person under two numbers with a slip of one digit."""
    numbers = make_id_number(BIRTH, "female", 7), make_id_number(BIRTH, "female", 8)
    first, second = (make_person(A1, "李桂花", id_number=number) for number in numbers)
    village_of_others()
    return first, second


def test_two_entries_of_one_person_are_found_once_and_a_decision_stands(cast):
    first, second = entered_twice()
    assert actions.store_duplicates(COUNTY) == 1
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second) == (first, second)
    assert pair.agreement["name"] == "same"
    actions.keep_apart(cast.town_a, pair, pair.version, "双胞胎姐妹")
    assert actions.store_duplicates(COUNTY) == 0
    pair.refresh_from_db()
    assert pair.state == "different"
    assert not queries.open_pairs(cast.town_a).exists()


def test_the_search_runs_as_a_job_with_an_outcome(cast):
    from yinian.core.jobs.actions import run

    entered_twice()
    with pytest.raises(Forbidden):
        actions.start_finding(cast.village_a, A1)
    job = actions.start_finding(cast.bureau, COUNTY)
    assert actions.start_finding(cast.bureau, COUNTY).pk == job.pk
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("yinian.core.jobs.actions.connection.close", lambda: None)
        run(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert job.state == "done", job.error
    assert job.result["new"] == 1


def test_a_merge_moves_what_fits_and_retracts_what_contradicts(cast):
    kept, gone = twins()
    make_spell(kept, "living", "alone")
    clash = make_spell(gone, "living", "spouse", since=dt.date(2022, 1, 1))
    past = make_spell(gone, "living", "spouse", since=dt.date(2010, 1, 1), until=dt.date(2015, 1, 1))
    pension = make_spell(gone, "pension", "resident")
    kin = add_kin(cast.village_a, gone, name="王强", relation="儿子")
    give_consent(cast.village_a, kept, purpose="health", given_on=dt.date(2024, 1, 1), given_by="本人")
    double = give_consent(cast.village_a, gone, purpose="health", given_on=dt.date(2024, 1, 1), given_by="本人")
    photo = give_consent(cast.village_a, gone, purpose="photo", given_on=dt.date(2024, 1, 1), given_by="本人")
    merge = actions.merge(cast.town_a, kept.pk, gone.pk, "同一人两次登记")
    for row in (clash, past, pension, kin, double, photo, gone):
        row.refresh_from_db()
    assert (clash.person, clash.retract_reason) == (gone, "merged")
    assert past.person == pension.person == kin.person == photo.person == kept
    assert double.person == gone
    assert (gone.state, gone.merged_into) == ("merged", kept)
    assert facts_frame(COUNTY, dt.date(2025, 1, 1))["person_id"].to_list() == [str(kept.pk)]
    with pytest.raises(Refused):
        add_kin(cast.village_a, gone, name="王强", relation="儿子")
    assert AuditRow.objects.filter(action="people.merge", object_id=str(kept.pk), detail__merge=merge.pk).exists()


def test_the_kept_entry_takes_over_what_it_lacks_and_gives_it_back(cast):
    kept, gone = twins()
    Person.objects.filter(pk=kept.pk).update(id_number=None, id_index=None, id_tail_index=None)
    before = picture(kept, gone)
    merge = actions.merge(cast.town_a, kept.pk, gone.pk, "同一人两次登记")
    kept.refresh_from_db()
    assert kept.id_number == gone.id_number
    assert "id_number" in merge.moved["filled"] and gone.id_number not in str(merge.moved)
    actions.unmerge(cast.town_a, merge, "并非同一人")
    assert picture(kept, gone) == before


STATES = st.lists(st.tuples(
    st.booleans(), st.sampled_from([k for k in KINDS if k not in ("death", "move", "residence")]),
    st.integers(0, 9), st.integers(0, 5), st.integers(1, 4)), max_size=14)


@SEVERAL
@given(rows=STATES, kin=st.lists(st.booleans(), max_size=3),
       consents=st.lists(st.tuples(st.booleans(), st.sampled_from(Consent.Purpose.values)), max_size=4),
       lacking=st.sets(st.sampled_from(["household_no", "hukou_code", "phone"])))
def test_merge_and_unmerge_leave_everything_as_it_was(cast, rows, kin, consents, lacking):
    with transaction.atomic():
        kept, gone = twins()
        gone.phone, gone.household_no = "13507301234", "H1"
        gone.save()
        for name in lacking:
            setattr(kept, name, None if name == "phone" else "")
        kept.save()
        for first, kind, choice, year, length in rows:
            spec = KINDS[kind]
            value = list(spec.values)[choice % len(spec.values)] if spec.values else ""
            grade = list(spec.grades)[choice % len(spec.grades)] if spec.grades and value != "none" else None
            since, until = dt.date(2010 + 2 * year, 1, 1), dt.date(2010 + 2 * year + length, 1, 1)
            try:
                with transaction.atomic():
                    make_spell(kept if first else gone, kind, value, grade, since, until)
            except IntegrityError:  # an overlap: this draw adds nothing
                continue
        for first in kin:
            Kin.objects.create(person=kept if first else gone, name="王强", relation="儿子")
        for first, purpose in consents:
            person = kept if first else gone
            if not person.consents.filter(purpose=purpose).exists():
                Consent.objects.create(person=person, purpose=purpose, given_on=dt.date(2024, 1, 1), given_by="本人")
        pair = pair_of(kept, gone)
        before = picture(kept, gone)
        merge = actions.merge(cast.town_a, kept.pk, gone.pk, "同一人两次登记", pair=pair, version=1)
        held = Spell.objects.filter(person=kept, retracted_at__isnull=True).count()
        assert held + len(merge.moved["retracted"]) == Spell.objects.count()
        actions.unmerge(cast.town_a, merge, "并非同一人")
        assert picture(kept, gone) == before
        pair.refresh_from_db()
        assert (pair.state, pair.decided_by) == ("open", None)
        transaction.set_rollback(True)


def test_merging_needs_the_right_over_both_entries(cast):
    kept, gone = twins(A1, B1)
    before = picture(kept, gone)
    with pytest.raises(Forbidden):
        actions.merge(cast.village_a, kept.pk, gone.pk, "同一人")
    for actor in (cast.town_a, cast.town_b, cast.stranger):
        with pytest.raises(NotVisible):
            actions.merge(actor, kept.pk, gone.pk, "同一人")
    for reason, other in ((" ", gone.pk), ("同一人", kept.pk), ("同一人", 10**9)):
        with pytest.raises(Refused):
            actions.merge(cast.bureau, kept.pk, other, reason)
    assert picture(kept, gone) == before
    assert not Merge.objects.exists() and not AuditRow.objects.exists()


def test_a_pair_is_decided_once_and_merges_are_undone_in_order(cast):
    one, two = twins()
    three = make_person(A1, "李桂花")
    pair = pair_of(one, two)
    inner = actions.merge(cast.town_a, one.pk, two.pk, "同一人", pair=pair, version=1)
    with pytest.raises(Refused):
        actions.merge(cast.town_a, one.pk, two.pk, "同一人", pair=pair, version=1)
    with pytest.raises(Changed):
        actions.keep_apart(cast.town_a, pair, 1, "两个人")
    outer = actions.merge(cast.town_a, three.pk, one.pk, "同一人")
    with pytest.raises(Refused):
        actions.unmerge(cast.town_a, inner, "弄错了")
    actions.unmerge(cast.town_a, outer, "弄错了")
    actions.unmerge(cast.town_a, inner, "弄错了")
    with pytest.raises(Refused):
        actions.unmerge(cast.town_a, inner, "弄错了")
    assert set(Person.objects.values_list("state", flat=True)) == {"living"}


def test_the_pages_show_both_sides_masked_and_carry_the_decision(cast):
    kept, gone = twins()
    make_spell(kept, "living", "alone")
    make_spell(gone, "living", "spouse")
    pair = pair_of(kept, gone)
    client = client_for(cast.town_a)
    assert client.get("/people/duplicates/").status_code == 200
    text = client.get(f"/people/duplicates/{pair.pk}/").content.decode()
    assert "独居" in text and "仅与配偶同住" in text and "differs" in text
    assert kept.id_number not in text and gone.id_number not in text
    assert client_for(cast.town_b).get(f"/people/duplicates/{pair.pk}/").status_code == 404
    assert client_for(cast.village_a).get(f"/people/duplicates/{pair.pk}/").status_code == 403
    data = {"decision": str(kept.pk), "reason": "同一人", "version": "9"}
    assert client.post(f"/people/duplicates/{pair.pk}/", data).status_code == 409
    assert client.post(f"/people/duplicates/{pair.pk}/", data | {"version": "1"}).status_code == 302
    merge = Merge.objects.get()
    assert client.get("/people/merges/").status_code == 200
    assert client.get(f"/people/{gone.pk}/").status_code == 200
    assert client.post(f"/people/merges/{merge.pk}/", {"reason": "弄错了"}).status_code == 302
    gone.refresh_from_db()
    assert gone.state == "living"
