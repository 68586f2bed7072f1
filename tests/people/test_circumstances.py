"""Circumstances: two times, no double values, conflicts, and the facts that rules read."""

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import A1, A2, B1, COUNTY, TOWN_A, client_for, make_person, make_spell

from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.people.circumstances import actions, queries
from yinian.people.kinds import KINDS
from yinian.people.models import Conflict, Roll, Spell
from yinian.people.persons.actions import record_death, record_move

pytestmark = pytest.mark.django_db

DAY0 = dt.date(2020, 1, 1)
T0 = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)
SEVERAL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def held(person, kind, day, known_at=None):
    spell = queries.spells_on(person, day, known_at).get(kind)
    return None if spell is None else (spell.value, spell.grade)


def record(actor, person, value="alone", since=DAY0, until=None, kind="living", grade=None, department="village"):
    return actions.record_spell(actor, person, kind, value, grade, since, until, department)


# --- recording -------------------------------------------------------------------------------------------------


def test_a_new_circumstance_ends_the_one_before_and_both_stay_known(cast):
    person = make_person(A1)
    first = record(cast.village_a, person, "spouse")
    before = timezone.now()
    record(cast.village_a, person, "alone", dt.date(2023, 5, 1))
    assert held(person, "living", dt.date(2023, 4, 30)) == ("spouse", None)
    assert held(person, "living", dt.date(2023, 5, 1)) == ("alone", None)
    assert held(person, "living", dt.date(2023, 5, 1), before) == ("spouse", None)
    first.refresh_from_db()
    assert first.retracted_at is not None and first.retract_reason == "continued"
    assert [spell.value for spell in queries.known_on(person, dt.date(2023, 5, 1), before)] == ["spouse"]


@pytest.mark.parametrize(("kind", "value", "grade", "field"), [
    ("living", "palace", None, "value"), ("living", "", None, "value"), ("ability", "", 5, "grade"),
    ("ability", "", None, "grade"), ("ability", "x", 2, "value"), ("living", "alone", 1, "grade"),
    ("disability", "visual", None, "grade"), ("disability", "none", 2, "grade"), ("disability", "visual", 9, "grade"),
    ("nonsense", "true", None, "kind"), ("death", "dead", None, "kind"), ("move", "out", None, "kind"),
])
def test_values_the_kind_does_not_know_are_refused(cast, kind, value, grade, field):
    person = make_person(A1)
    with pytest.raises(Refused) as refusal:
        record(cast.bureau, person, value, kind=kind, grade=grade)
    assert field in refusal.value.fields
    assert not Spell.objects.exists()


@pytest.mark.parametrize(("since", "until", "field"), [
    (None, None, "from_date"), (dt.date(2190, 1, 1), None, "from_date"), (dt.date(1930, 1, 1), None, "from_date"),
    (DAY0, DAY0, "to_date"), (DAY0, dt.date(2019, 1, 1), "to_date"),
])
def test_days_that_cannot_be_are_refused(cast, since, until, field):
    person = make_person(A1)
    with pytest.raises(Refused) as refusal:
        record(cast.village_a, person, since=since, until=until)
    assert field in refusal.value.fields


def test_an_overlap_is_refused_with_a_sentence_that_names_what_stands(cast):
    person = make_person(A1)
    record(cast.village_a, person, "spouse", dt.date(2022, 1, 1))
    for since, until in ((dt.date(2021, 1, 1), None), (dt.date(2022, 1, 1), None),
                         (dt.date(2021, 1, 1), dt.date(2023, 1, 1)), (dt.date(2022, 6, 1), dt.date(2023, 1, 1))):
        with pytest.raises(Refused) as refusal:
            record(cast.village_a, person, "alone", since, until)
        assert "仅与配偶同住" in str(refusal.value) and "2022年1月1日" in str(refusal.value)
    assert record(cast.village_a, person, "alone", dt.date(2021, 1, 1), dt.date(2022, 1, 1)).pk


def test_the_database_itself_refuses_two_values_at_one_time(cast):
    person = make_person(A1)
    make_spell(person, "living", "alone")
    make_spell(person, "relief", "dibao")
    for value, since in (("spouse", DAY0), ("alone", dt.date(2025, 1, 1))):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_spell(person, "living", value, since=since)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_spell(person, "living", "palace", since=dt.date(2000, 1, 1), until=dt.date(2001, 1, 1))
    make_spell(make_person(A1, "王秀英"), "living", "spouse")


def test_a_village_cannot_speak_for_a_department(cast):
    person = make_person(A1)
    with pytest.raises(Refused) as refusal:
        record(cast.village_a, person, "dibao", kind="relief", department="civil_affairs")
    assert "department" in refusal.value.fields


def test_recording_needs_right_and_reach_and_a_living_entry(cast):
    person = make_person(A1)
    with pytest.raises(NotVisible):
        record(cast.village_b, person)
    with pytest.raises(Forbidden):
        record(cast.auditor, person)
    record_death(cast.village_a, person, dt.date(2024, 1, 1), "village")
    with pytest.raises(Refused):
        record(cast.village_a, person, since=dt.date(2024, 2, 1))
    assert not Spell.objects.exclude(kind="death").exists()


def test_a_retraction_keeps_what_was_believed_and_needs_a_reason(cast):
    person = make_person(A1)
    spell = record(cast.village_a, person)
    before = timezone.now()
    with pytest.raises(Refused):
        actions.retract_spell(cast.village_a, spell, " ")
    actions.retract_spell(cast.village_a, spell, "记错了人")
    assert held(person, "living", dt.date(2024, 1, 1)) is None
    assert held(person, "living", dt.date(2024, 1, 1), before) == ("alone", None)
    with pytest.raises(Refused):
        actions.retract_spell(cast.village_a, spell, "记错了人")
    assert AuditRow.objects.filter(action="people.spell_retract", reason="记错了人").count() == 1


def test_retracting_a_death_brings_the_person_back(cast):
    person = make_person(A1)
    record_death(cast.village_a, person, dt.date(2024, 1, 1), "village")
    actions.retract_spell(cast.village_a, Spell.objects.get(kind="death"), "同名误报")
    person.refresh_from_db()
    assert (person.state, person.died_on) == ("living", None)


def test_a_circumstance_can_end_with_nothing_known_to_follow(cast):
    person = make_person(A1)
    spell = record(cast.village_a, person)
    with pytest.raises(Refused):
        actions.end_spell(cast.village_a, spell, DAY0, "搬走")
    actions.end_spell(cast.village_a, spell, dt.date(2024, 1, 1), "搬走")
    assert held(person, "living", dt.date(2023, 12, 31)) == ("alone", None)
    assert held(person, "living", dt.date(2024, 1, 1)) is None


def test_a_scan_is_kept_with_the_record_and_a_refused_record_keeps_none(cast):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from yinian.core.models import Attachment

    person, client = make_person(A1), client_for(cast.village_a)
    body = {"value": "alone", "from_date": "2024-01-01", "department": "village"}

    def send(content, **more):
        scan = SimpleUploadedFile("scan.pdf", content)
        return client.post(f"/people/{person.pk}/record/living/", body | {"file": scan} | more)

    assert send(b"MZ not a scan").status_code == 422
    assert send(b"%PDF-1.4\n%%EOF\n", from_date="1900-02-01").status_code == 422
    assert not Attachment.objects.exists()
    assert send(b"%PDF-1.4\n%%EOF\n").status_code == 302
    assert Spell.objects.get().attachment == Attachment.objects.get()


# --- the two times, against a plain model ----------------------------------------------------------------------


@dataclass
class Believed:
    """One record in the plain model: a value over days, from when to when we believed it."""

    value: str
    since: int
    until: int | None
    made: int
    gone: int | None = None


def plain_record(model, value, since, now):
    live = [b for b in model if b.gone is None and (b.until is None or b.until > since)]
    if any(b.since >= since or (b.value == value and b.until is None) for b in live):
        return False
    for b in live:
        b.gone = now
        model.append(replace(b, until=since, made=now, gone=None))
    model.append(Believed(value, since, None, now))
    return True


def plain_retract(model, value, now):
    live = [b for b in model if b.gone is None and b.value == value]
    if live:
        max(live, key=lambda b: b.since).gone = now
    return bool(live)


def plain_known(model, day, known):
    found = [b.value for b in model if b.since <= day and (b.until is None or day < b.until)
             and b.made <= known and (b.gone is None or b.gone > known)]
    assert len(found) <= 1
    return found[0] if found else None


VALUES = list(KINDS["living"].values)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(VALUES), st.integers(0, 30)),
        st.tuples(st.just("retract"), st.sampled_from(VALUES), st.just(0)),
    ),
    max_size=14,
)


@SEVERAL
@given(steps=STEPS)
def test_what_was_known_on_a_date_equals_a_plain_replay(cast, steps):
    with pytest.MonkeyPatch.context() as patched, transaction.atomic():
        person, model = make_person(A1), []
        for now, (act, value, since) in enumerate(steps):
            patched.setattr(actions.timezone, "now", lambda now=now: T0 + dt.timedelta(hours=now))
            if act == "record":
                expected = plain_record(model, value, since, now)
                try:
                    record(cast.village_a, person, value, DAY0 + dt.timedelta(days=since))
                    done = True
                except Refused:
                    done = False
            else:
                expected = plain_retract(model, value, now)
                spells = Spell.objects.filter(person=person, value=value, retracted_at__isnull=True).order_by("-valid")
                done = bool(spells)
                if done:
                    actions.retract_spell(cast.village_a, max(spells, key=lambda s: s.valid.lower), "有误")
            assert done is expected
        for known in range(len(steps)):
            for day in range(0, 33, 3):
                told = held(person, "living", DAY0 + dt.timedelta(days=day), T0 + dt.timedelta(hours=known))
                assert (told and told[0]) == plain_known(model, day, known)
        transaction.set_rollback(True)


# --- conflicts -------------------------------------------------------------------------------------------------


def test_a_claim_against_the_authority_overwrites_nothing_and_asks_the_town(cast):
    person = make_person(A1)
    standing = make_spell(person, "relief", "dibao", department="civil_affairs")
    made = record(cast.town_a, person, "none", dt.date(2024, 1, 1), kind="relief", department="town")
    assert isinstance(made, Conflict) and made.standing == standing
    assert held(person, "relief", dt.date(2025, 1, 1)) == ("dibao", None)
    item = WorkItem.objects.get(kind="people.conflict")
    assert (item.region_id, item.role) == (TOWN_A, "town_officer")
    with pytest.raises(NotVisible):
        actions.decide_conflict(cast.town_b, made, "keep", "核对底册")
    with pytest.raises(Forbidden):
        actions.decide_conflict(cast.village_a, made, "keep", "核对底册")
    with pytest.raises(Refused):
        actions.decide_conflict(cast.town_a, made, "keep", " ")
    actions.decide_conflict(cast.town_a, made, "replace", "核对底册")
    assert held(person, "relief", dt.date(2023, 12, 31)) == ("dibao", None)
    assert held(person, "relief", dt.date(2024, 1, 1)) == ("none", None)
    item.refresh_from_db()
    assert item.state == "done"
    with pytest.raises(Refused):
        actions.decide_conflict(cast.town_a, made, "keep", "再看一次")


def test_keeping_the_record_changes_nothing(cast):
    person = make_person(A1)
    standing = make_spell(person, "disability", "visual", 1, department="disabled_federation")
    since = dt.date(2024, 1, 1)
    conflict, again = (
        actions.raise_conflict(cast.bureau, person, "disability", standing, "visual", grade, since, "health")
        for grade in (3, 2)
    )
    assert again.pk == conflict.pk and again.claimed_grade == 2
    actions.decide_conflict(cast.town_a, again, "keep", "残疾证为准")
    assert held(person, "disability", dt.date(2025, 1, 1)) == ("visual", 1)


def test_a_death_claimed_against_a_pension_in_payment_becomes_a_death_when_the_town_says_so(cast):
    person = make_person(A1)
    pension = make_spell(person, "pension", "resident", department="social_security")
    conflict = actions.raise_conflict(
        cast.bureau, person, "death", pension, "dead", None, dt.date(2024, 3, 1), "public_security")
    actions.decide_conflict(cast.town_a, conflict, "replace", "村里核实")
    person.refresh_from_db()
    assert (person.state, person.died_on) == ("dead", dt.date(2024, 3, 1))


def test_the_conflict_pages_show_both_sides_and_take_a_decision(cast):
    person = make_person(A1)
    standing = make_spell(person, "relief", "dibao")
    since = dt.date(2024, 1, 1)
    conflict = actions.raise_conflict(cast.bureau, person, "relief", standing, "tekun", None, since, "town")
    client = client_for(cast.town_a)
    assert "李桂花" in client.get("/people/conflicts/").content.decode()
    text = client.get(f"/people/conflicts/{conflict.pk}/").content.decode()
    assert "低保" in text and "特困" in text
    assert client_for(cast.town_b).get(f"/people/conflicts/{conflict.pk}/").status_code == 404
    assert client_for(cast.village_a).post(f"/people/conflicts/{conflict.pk}/", {"decision": "keep", "reason": "x"}
                                           ).status_code == 403
    assert client.post(f"/people/conflicts/{conflict.pk}/", {"decision": "keep"}).status_code == 422
    decision = {"decision": "keep", "reason": "核对底册"}
    assert client.post(f"/people/conflicts/{conflict.pk}/", decision).status_code == 302
    conflict.refresh_from_db()
    assert conflict.state == "kept"


# --- the facts that rules read ---------------------------------------------------------------------------------


def naive(people, as_of, known_at=None):
    rows = {}
    for person in people:
        spells = queries.spells_on(person, as_of, known_at)
        gone = "death" in spells or (person.died_on is not None and person.died_on <= as_of)
        if gone or person.merged_into_id or ("move" in spells and spells["move"].value == "out"):
            continue
        facts = queries.facts_with_sources(person, as_of, known_at)
        rows[str(person.pk)] = {name: fact.value for name, fact in facts.items()} | {"region_code": person.region_id}
    return rows


def frame_rows(region, as_of, known_at=None):
    return {row.pop("person_id"): row for row in queries.facts_frame(region, as_of, known_at).iter_rows(named=True)}


RANDOM = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([k for k in KINDS if k not in ("death", "move", "residence")]),
              st.integers(0, 9), st.integers(0, 500), st.one_of(st.none(), st.integers(1, 400)), st.booleans()),
    max_size=20,
)


@SEVERAL
@given(rows=RANDOM, rolls=st.lists(st.tuples(
    st.sampled_from([k for k, v in KINDS.items() if v.absent]), st.sampled_from([COUNTY, TOWN_A, A1, B1]),
    st.integers(0, 600)), max_size=4), day=st.integers(0, 600))
def test_the_frame_of_facts_equals_person_by_person_reading(cast, rows, rolls, day):
    with transaction.atomic():
        people = [make_person(region, f"人{n}") for n, region in enumerate((A1, A2, B1, A1))]
        for who, kind, choice, since, length, gone in rows:
            spec = KINDS[kind]
            value = list(spec.values)[choice % len(spec.values)] if spec.values else ""
            grade = list(spec.grades)[choice % len(spec.grades)] if spec.grades and value != "none" else None
            start = DAY0 + dt.timedelta(days=since)
            try:
                with transaction.atomic():
                    make_spell(people[who], kind, value, grade, start, length and start + dt.timedelta(days=length),
                               recorded_at=T0, recorded_by=cast.bureau,
                               retracted_at=T0 + dt.timedelta(days=1) if gone else None,
                               retracted_by=cast.bureau if gone else None, retract_reason="有误" if gone else "")
            except IntegrityError:
                continue
        for kind, region, as_of in rolls:
            Roll.objects.create(kind=kind, department="health", region_id=region, as_of=DAY0 + dt.timedelta(days=as_of),
                                recorded_at=T0)
        people[3].created_at = T0 - dt.timedelta(days=9)
        people[3].save()
        on = DAY0 + dt.timedelta(days=day)
        assert frame_rows(COUNTY, on) == naive(people, on)
        assert frame_rows(TOWN_A, on) == naive([p for p in people if p.region_id.startswith(TOWN_A)], on)
        early = T0 + dt.timedelta(hours=1)
        earlier = {pk: row for pk, row in naive(people, on, early).items() if pk == str(people[3].pk)}
        assert frame_rows(COUNTY, on, early) == earlier
        transaction.set_rollback(True)


def test_the_dead_the_gone_and_the_merged_are_not_in_the_frame(cast):
    living, dead, gone, merged = (make_person(A1, name) for name in ("甲", "乙", "丙", "丁"))
    record_death(cast.village_a, dead, dt.date(2024, 6, 1), "village")
    record_move(cast.village_a, gone, "out", dt.date(2024, 7, 1), "village")
    merged.state, merged.merged_into = "merged", living
    merged.save()
    names = {str(p.pk): p.name for p in (living, dead, gone, merged)}

    def there(day):
        return "".join(sorted(names[pk] for pk in frame_rows(COUNTY, day)))

    assert there(dt.date(2024, 5, 31)) == "".join(sorted("甲乙丙"))
    assert there(dt.date(2024, 6, 1)) == "".join(sorted("甲丙"))
    assert there(dt.date(2024, 7, 1)) == "甲"


def test_not_being_on_a_complete_list_is_knowledge_and_says_where_it_comes_from(cast):
    person = make_person(A1)
    Roll.objects.create(kind="relief", department="civil_affairs", region_id=COUNTY, as_of=dt.date(2024, 1, 1))
    Roll.objects.create(kind="disability", department="disabled_federation", region_id=B1, as_of=dt.date(2024, 1, 1))
    row = frame_rows(COUNTY, dt.date(2024, 6, 1))[str(person.pk)]
    assert (row["relief"], row["disability_category"], row["disability_grade"]) == ("none", None, None)
    assert frame_rows(COUNTY, dt.date(2023, 6, 1))[str(person.pk)]["relief"] is None
    fact = queries.person_facts(cast.village_a, person, dt.date(2024, 6, 1))["relief"]
    assert fact.concluded and fact.department == "civil_affairs" and fact.since == dt.date(2024, 1, 1)
    with pytest.raises(NotVisible):
        queries.person_facts(cast.village_b, person, dt.date(2024, 6, 1))


def test_the_facts_have_the_names_and_types_the_rules_expect(cast):
    from yinian.engines.entitlement.evaluate import prepare_facts
    from yinian.engines.entitlement.facts import FACTS

    person = make_person(A1)
    make_spell(person, "disability", "none")
    make_spell(person, "ability", grade=3)
    frame = queries.facts_frame(COUNTY, dt.date(2024, 6, 1))
    assert set(FACTS) - {"age"} == set(frame.columns) - {"region_code"}
    assert prepare_facts(frame, dt.date(2024, 6, 1)).height == 1
    assert queries.facts_frame("110101", dt.date(2024, 6, 1)).is_empty()
