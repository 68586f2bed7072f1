"""The register: entries, search, scope, masked values, moves and deaths."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import A1, A2, B1, TOWN_B, client_for, make_id_number, make_person, make_spell

from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Region, Reveal, WorkItem
from yinian.people.models import Kin, Person, Spell
from yinian.people.persons import actions, queries

pytestmark = pytest.mark.django_db


def found(actor, text):
    return {person.name for person in queries.search(queries.standing(actor), text)}


def number_ending(end: str, birth: dt.date = dt.date(1941, 3, 4)) -> str:
    """A valid synthetic number with the last four characters asked for, where one exists."""
    sex = "male" if int(end[2]) % 2 else "female"
    for division in range(990600, 990700):
        number = make_id_number(birth, sex, int(end[:3]) // 2, str(division))
        if number.endswith(end):
            return number
    raise AssertionError("no such number")


# --- search ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "单雄信", "雄信", "shanxiongxin", "shanx", "sxx", "SXX", "132X", "0132x", "13507301234", "+86-13507301234",
    "大托 单", "大托村 雄", "dt sxx", "桃林 单雄", "tls sxx", "桃林寺镇 132X", "datuo shan",
])
def test_a_person_is_found_by_name_pinyin_initials_number_phone_and_place(cast, text):
    number = number_ending("132X")
    person = actions.register_person(cast.bureau, name="单雄信", id_number=number, region=B1, phone="13507301234")
    make_person(A1, "李桂花")
    if text == "0132x":  # five characters: compared with the whole number
        text = number[-5:].lower()
    assert found(cast.bureau, text) == {person.name}


def test_a_whole_id_number_finds_only_its_holder(cast):
    person = make_person(A1, "李桂花")
    make_person(A1, "李桂香")
    assert found(cast.bureau, person.id_number) == {"李桂花"}
    assert found(cast.bureau, make_id_number(dt.date(1930, 1, 1), "male")) == set()


def test_more_than_four_last_characters_are_compared_with_the_number_itself(cast):
    one = make_person(A1, "甲", id_number=number_ending("132X", dt.date(1941, 3, 4)))
    other = make_person(A1, "乙", id_number=number_ending("132X", dt.date(1941, 3, 5)))
    assert found(cast.bureau, "132X") == {"甲", "乙"}
    assert found(cast.bureau, one.id_number[-6:]) == {"甲"}
    assert found(cast.bureau, other.id_number[-6:]) == {"乙"}


def test_search_stays_inside_the_actors_area(cast):
    make_person(A1, "李桂花")
    make_person(B1, "李桂英")
    assert found(cast.village_a, "李桂") == {"李桂花"}
    assert found(cast.bureau, "李桂") == {"李桂花", "李桂英"}
    assert found(cast.stranger, "李桂") == set()


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "'; drop", "x" * 500, "\\", "1", "12"])
def test_odd_words_find_nothing_and_break_nothing(cast, text):
    make_person(A1, "李桂花")
    assert found(cast.bureau, text) == set()


def test_a_search_by_number_or_phone_walks_an_index(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO people_person (name, name_pinyin, name_initials, sex, region_id, hukou_code, residence_code,
                household_no, state, synthetic, created_at, created_from, changed_at, version, id_index, id_tail_index,
                phone_index)
            SELECT '甲' || g, '', '', 'male', %s, '', '', '', 'living', true, now(), '', now(), 1,
                sha256(g::text::bytea), sha256(('t' || g)::bytea), sha256(('p' || g)::bytea)
            FROM generate_series(1, 4000) g""", [A1])
        cursor.execute("ANALYZE people_person")
    for text, index in (("132X", "person_id_tail"), ("13507301234", "person_phone"),
                        (make_id_number(dt.date(1940, 1, 1), "male"), "person_id_number_once")):
        with CaptureQueriesContext(connection) as made:
            assert not queries.search(queries.standing(cast.bureau).order_by(), text).exists()
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + made[-1]["sql"])
            plan = " ".join(row[0] for row in cursor.fetchall())
        assert index in plan, plan


# --- entries ---------------------------------------------------------------------------------------------------


def test_the_id_number_fills_birth_date_and_sex(cast):
    number = make_id_number(dt.date(1940, 2, 29), "female")
    person = actions.register_person(cast.village_a, name=" 李 桂 花 ", id_number=number.lower(), region=A1)
    assert (person.name, person.birth_date, person.sex, person.synthetic) == (
        "李桂花", dt.date(1940, 2, 29), "female", True)
    assert (person.name_pinyin, person.name_initials) == ("liguihua", "lgh")
    assert AuditRow.objects.filter(action="people.register", object_id=str(person.pk)).count() == 1


@pytest.mark.parametrize(("more", "field"), [
    ({"id_number": "43068119400502123"}, "id_number"),
    ({"id_number": "990681194005021235"}, "id_number"),
    ({"id_number": "990681194013021230"}, "id_number"),
    ({"sex": "female"}, "birth_date"),
    ({"birth_date": dt.date(1940, 1, 1)}, "sex"),
    ({"sex": "female", "birth_date": dt.date(2190, 1, 1)}, "birth_date"),
    ({"sex": "female", "birth_date": dt.date(1790, 1, 1)}, "birth_date"),
    ({"sex": "female", "birth_date": dt.date(1940, 1, 1), "phone": "12"}, "phone"),
    ({"sex": "female", "birth_date": dt.date(1940, 1, 1), "name": "  "}, "name"),
    ({"sex": "female", "birth_date": dt.date(1940, 1, 1), "hukou_code": "here"}, "hukou_code"),
])
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_stored(cast, more, field):
    with pytest.raises(Refused) as refusal:
        actions.register_person(cast.village_a, **({"name": "李桂花", "region": A1} | more))
    assert field in refusal.value.fields
    assert not Person.objects.exists()
    assert not AuditRow.objects.exists()


def test_a_county_in_service_refuses_made_up_numbers(cast, settings):
    settings.IN_SERVICE = True
    with pytest.raises(Refused) as refusal:
        actions.register_person(cast.village_a, name="李桂花", region=A1,
                                id_number=make_id_number(dt.date(1940, 1, 1), "female"))
    assert "id_number" in refusal.value.fields


def test_a_number_is_registered_once_and_the_refusal_names_whom_one_may_see(cast):
    person = make_person(A1, "李桂花")
    with pytest.raises(actions.AlreadyRegistered) as visible:
        actions.register_person(cast.village_a, name="李桂华", region=A1, id_number=person.id_number)
    assert visible.value.person == person
    assert "李桂花" in visible.value.fields["id_number"]
    with pytest.raises(actions.AlreadyRegistered) as hidden:
        actions.register_person(cast.village_b, name="李桂华", region=B1, id_number=person.id_number)
    assert hidden.value.person is None
    assert "李桂花" not in hidden.value.fields["id_number"]


def test_an_edit_keeps_the_entry_and_its_number_in_step_and_meets_a_faster_colleague(cast):
    person = make_person(A1, "李桂花")
    with pytest.raises(Refused) as refusal:
        actions.edit_person(cast.village_a, person, 1, birth_date=dt.date(1950, 1, 1))
    assert "birth_date" in refusal.value.fields
    changed = actions.edit_person(cast.village_a, person, 1, name="李桂华", phone="13507301234")
    assert (changed.name, changed.phone, changed.version) == ("李桂华", "13507301234", 2)
    with pytest.raises(Changed):
        actions.edit_person(cast.village_a, person, 1, name="李桂香")
    row = AuditRow.objects.get(action="people.edit")
    assert row.detail == {"fields": ["name", "phone"]}


def test_nobody_writes_outside_the_area_or_without_the_right(cast):
    person = make_person(A1)
    for call in (
        lambda actor: actions.edit_person(actor, person, 1, name="别名"),
        lambda actor: actions.record_death(actor, person, dt.date(2024, 1, 1), "village"),
        lambda actor: actions.record_move(actor, person, "out", dt.date(2024, 1, 1), "village"),
        lambda actor: actions.add_kin(actor, person, name="王", relation="儿子"),
        lambda actor: actions.give_consent(
            actor, person, purpose="health", given_on=dt.date(2024, 1, 1), given_by="本人"),
    ):
        with pytest.raises(NotVisible):
            call(cast.village_b)
        with pytest.raises(Forbidden):
            call(cast.finance)
    person.refresh_from_db()
    assert (person.name, person.state, person.version) == ("李桂花", "living", 1)
    assert not Spell.objects.exists() and not Kin.objects.exists() and not AuditRow.objects.exists()


# --- death and move --------------------------------------------------------------------------------------------


def test_a_death_is_a_state_and_a_spell_and_happens_once(cast):
    person = make_person(A1)
    for day in (dt.date(2190, 1, 1), dt.date(1900, 1, 2)):
        with pytest.raises(Refused):
            actions.record_death(cast.village_a, person, day, "village")
    dead = actions.record_death(cast.village_a, person, dt.date(2024, 5, 1), "village", "村委会报告")
    assert (dead.state, dead.died_on) == ("dead", dt.date(2024, 5, 1))
    assert Spell.objects.get(kind="death").valid.lower == dt.date(2024, 5, 1)
    with pytest.raises(Refused):
        actions.record_death(cast.village_a, person, dt.date(2024, 5, 2), "village")


def test_a_move_within_the_county_changes_who_answers_and_tells_the_new_village(cast):
    person = make_person(A1)
    moved = actions.record_move(cast.town_a, person, "within", dt.date(2024, 5, 1), "town", to_region=B1)
    assert moved.region_id == B1 and moved.residence_code == B1
    item = WorkItem.objects.get(kind="people.moved_in")
    assert (item.region_id, item.role, item.params["name"]) == (B1, "village_worker", "李桂花")
    with pytest.raises(NotVisible):
        queries.get_person(cast.village_a, person.pk)
    assert queries.get_person(cast.village_b, person.pk).pk == person.pk
    with pytest.raises(Refused) as refusal:
        actions.record_move(cast.bureau, person, "within", dt.date(2024, 6, 1), "town", to_region=B1)
    assert "to_region" in refusal.value.fields


def test_who_moved_out_can_only_move_back_in(cast):
    person = make_person(A1)
    actions.record_move(cast.village_a, person, "out", dt.date(2024, 5, 1), "village")
    with pytest.raises(Refused):
        actions.record_move(cast.village_a, person, "within", dt.date(2024, 6, 1), "village", to_region=A2)
    back = actions.record_move(cast.town_a, person, "in", dt.date(2024, 7, 1), "village", to_region=A2)
    assert (back.state, back.region_id) == ("living", A2)
    with pytest.raises(Refused):
        actions.record_move(cast.town_a, person, "in", dt.date(2024, 8, 1), "village", to_region=A1)


def test_a_move_beyond_the_county_line_is_not_a_move_within(cast):
    person = make_person(A1)
    with pytest.raises(Refused) as refusal:
        actions.record_move(cast.bureau, person, "within", dt.date(2024, 5, 1), "village",
                            to_region=Region.objects.get(code="430621100201").code)
    assert "to_region" in refusal.value.fields


# --- masked values, kin, consent -------------------------------------------------------------------------------


def test_a_masked_value_is_shown_only_with_a_reason_and_the_reason_is_kept(cast):
    person = make_person(A1, phone="13507301234")
    with pytest.raises(Refused):
        actions.reveal(cast.village_a, person, "phone", " ")
    with pytest.raises(NotVisible):
        actions.reveal(cast.village_b, person, "phone", "核对资料")
    with pytest.raises(Forbidden):
        actions.reveal(cast.finance, person, "phone", "核对资料")
    with pytest.raises(NotVisible):
        actions.reveal(cast.village_a, person, "name", "核对资料")
    assert not Reveal.objects.exists()
    assert actions.reveal(cast.village_a, person, "phone", "核对资料") == "13507301234"
    row = Reveal.objects.get()
    assert (row.actor, row.field, row.reason) == (cast.village_a, "phone", "核对资料")
    assert AuditRow.objects.filter(action="core.reveal", object_id=str(person.pk)).count() == 1


def test_a_contact_is_added_with_a_phone_and_ended_with_a_reason(cast):
    person = make_person(A1)
    with pytest.raises(Refused) as refusal:
        actions.add_kin(cast.village_a, person, name="王强", relation="儿子", emergency=True)
    assert "phone" in refusal.value.fields
    kin = actions.add_kin(cast.village_a, person, name="王强", relation="儿子", phone="13507301234", emergency=True)
    with pytest.raises(Refused):
        actions.end_kin(cast.village_a, kin, " ")
    assert actions.end_kin(cast.village_a, kin, "已搬走").end_reason == "已搬走"
    with pytest.raises(Refused):
        actions.end_kin(cast.village_a, kin, "已搬走")


def test_a_consent_stands_once_and_is_withdrawn_after_it_was_given(cast):
    person = make_person(A1)
    consent = {"purpose": "health", "given_by": "本人"}
    given = actions.give_consent(cast.village_a, person, given_on=dt.date(2024, 5, 1), **consent)
    with pytest.raises(Refused):
        actions.give_consent(cast.village_a, person, given_on=dt.date(2024, 6, 1), **consent)
    with pytest.raises(Refused):
        actions.withdraw_consent(cast.village_a, given, dt.date(2024, 4, 1))
    actions.withdraw_consent(cast.village_a, given, dt.date(2024, 6, 1))
    again = actions.give_consent(cast.village_a, person, given_on=dt.date(2024, 7, 1), **consent)
    assert again.withdrawn_on is None


# --- pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def full_person(cast):
    """A person with something of everything."""
    person = make_person(A1, phone="13507301234", address="三组12号")
    make_spell(person, "living", "alone", department="village", recorded_by=cast.village_a)
    make_spell(person, "relief", "dibao")
    make_spell(person, "ability", grade=2)
    actions.add_kin(cast.village_a, person, name="王强", relation="儿子", phone="13507305678", emergency=True)
    actions.give_consent(cast.village_a, person, purpose="health", given_on=dt.date(2024, 5, 1), given_by="本人")
    return person


def test_the_person_page_shows_no_whole_number_and_stays_within_its_queries(cast, full_person):
    client = client_for(cast.town_a)
    with CaptureQueriesContext(connection) as queries_made:
        response = client.get(f"/people/{full_person.pk}/")
    text = response.content.decode()
    assert response.status_code == 200
    for secret in (full_person.id_number, "13507301234", "13507305678", "三组12号"):
        assert secret not in text
    assert "独居" in text and "低保" in text and "中度失能" in text and "王强" in text
    assert len(queries_made) <= 44  # eight rooms and nouns above answer on this page, with one to three reads each


def test_the_list_stays_within_its_queries_and_finds_by_filter(cast, full_person):
    for n in range(60):
        make_person(A2, f"张{'甲乙丙丁戊'[n % 5]}")
    client = client_for(cast.bureau)
    with CaptureQueriesContext(connection) as queries_made:
        response = client.get("/people/")
    assert response.status_code == 200
    assert len(queries_made) <= 12
    for query, shown in (
        ("q=lgh", True), ("relief=dibao", True), ("relief=tekun", False), ("living=alone&age=80", True),
        ("missing=relief", False), ("missing=pension", True), (f"region={TOWN_B}", False), ("ability=2", True),
        ("ability=unknown", False), ("disability=unknown&sex=female", True),
    ):
        text = client.get(f"/people/?{query}").content.decode()
        assert ("李桂花" in text) is shown, query


def test_pages_answer_404_beyond_the_area_and_403_without_the_right(cast, full_person):
    pk, spell, kin = full_person.pk, full_person.spells.first().pk, full_person.kin.first().pk
    for path in (f"/people/{pk}/", f"/people/{pk}/timeline/", f"/people/{pk}/edit/", f"/people/{pk}/death/",
                 f"/people/{pk}/move/", f"/people/{pk}/record/", f"/people/{pk}/record/living/",
                 f"/people/spells/{spell}/retract/", f"/people/spells/{spell}/end/", f"/people/{pk}/kin/",
                 f"/people/kin/{kin}/end/", f"/people/{pk}/consent/"):
        assert client_for(cast.village_a).get(path).status_code == 200, path
        assert client_for(cast.village_b).get(path).status_code == 404, path
        assert client_for(cast.reviewer).get(path).status_code == 403, path
    for path in (f"/people/{pk}/reveal/phone/", f"/people/kin/{kin}/reveal/"):
        assert client_for(cast.village_b).post(path, {"reason": "核对资料"}).status_code == 404
        assert client_for(cast.finance).post(path, {"reason": "核对资料"}).status_code == 403
        assert "1350730" in client_for(cast.village_a).post(path, {"reason": "核对资料"}).content.decode()


def test_a_refused_form_comes_back_with_what_was_typed(cast, full_person):
    client = client_for(cast.village_a)
    response = client.post(f"/people/{full_person.pk}/record/living/", {
        "value": "spouse", "from_date": "2019-01-01", "department": "village", "evidence": "上门核实"})
    assert response.status_code == 422
    assert "上门核实" in response.content.decode()
    response = client.post(f"/people/{full_person.pk}/record/living/", {
        "value": "spouse", "from_date": "2024-01-01", "department": "village", "evidence": "上门核实"})
    assert response.status_code == 302
    response = client.post("/people/new/", {"name": "李桂华", "id_number": full_person.id_number, "region": A1})
    assert response.status_code == 422
    assert f"/people/{full_person.pk}/" in response.content.decode()


def test_the_timeline_tells_everything_and_can_be_narrowed(cast, full_person):
    actions.reveal(cast.village_a, full_person, "phone", "电话随访")
    client = client_for(cast.town_a)
    everything = client.get(f"/people/{full_person.pk}/timeline/").content.decode()
    assert all(word in everything for word in ("独居", "王强", "健康与能力数据", "电话随访"))
    reveals = client.get(f"/people/{full_person.pk}/timeline/?kind=reveals").content.decode()
    assert "电话随访" in reveals and "王强" not in reveals


# --- the API ---------------------------------------------------------------------------------------------------


def test_the_api_searches_reads_and_records_as_the_pages_do(cast, full_person):
    client, pk = client_for(cast.village_a), full_person.pk
    found = client.get("/api/people/", {"q": "lgh"}).json()
    assert [row["id"] for row in found["items"]] == [pk] and found["after"] is None
    card = client.get(f"/api/people/{pk}").json()
    assert card["id_number"].count("*") == 11 and full_person.id_number not in str(card)
    assert {row["kind"] for row in client.get(f"/api/people/{pk}/spells").json()} == {"living", "relief", "ability"}
    body = {"kind": "living", "value": "spouse", "since": "2024-01-01", "department": "village"}
    made = client.post(f"/api/people/{pk}/spells", body, content_type="application/json")
    assert made.status_code == 201 and made.json()["value"] == "spouse"
    on = client.get(f"/api/people/{pk}/spells", {"on": "2023-12-31"}).json()
    assert next(row for row in on if row["kind"] == "living")["value"] == "alone"
    body |= {"kind": "relief", "value": "none"}
    assert client.post(f"/api/people/{pk}/spells", body, content_type="application/json").status_code == 202


def test_the_api_refuses_as_the_pages_do(cast, full_person):
    path = f"/api/people/{full_person.pk}"
    body = {"kind": "living", "value": "palace", "since": "2024-01-01", "department": "village"}
    assert client_for(cast.village_b).get(path).status_code == 404
    assert client_for(cast.reviewer).get(path).status_code == 403
    assert client_for(cast.village_b).get("/api/people/", {"q": "lgh"}).json()["items"] == []
    for actor, status in ((cast.village_a, 422), (cast.village_b, 404), (cast.finance, 403)):
        response = client_for(actor).post(f"{path}/spells", body, content_type="application/json")
        assert response.status_code == status
    assert client_for(cast.village_a).get("/api/people/99999999999999999999999").status_code in (404, 422)
    assert client_for(cast.village_a).get("/api/people/", {"limit": "100000"}).status_code == 422
    assert full_person.spells.count() == 3
