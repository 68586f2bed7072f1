"""What a proposal keeps to beside level and distance: staff, kin, couples, rooms, the waiting list; and who stays, why.
"""

import pytest

from tests.cast import A1, A2, B1, TOWN_B, client_for, make_person, make_spell
from tests.homes.conftest import lies
from tests.homes.placing.sample import draft, moves, proposal_with_a_move, stays, tekun
from tests.homes.staff.making import CLAUSE, staff
from tests.homes.way.making import levelled, offered, waits
from yinian.core.models import Region
from yinian.homes.models import Move, Stay, Unmoved
from yinian.homes.placing import staffing, words, working
from yinian.homes.rosters.rules import Ratio
from yinian.homes.way.applications.actions import Wish
from yinian.homes.way.offers import matching
from yinian.people.models import Kin
from yinian.places.models import Room, Site


@pytest.fixture
def ratio(monkeypatch):
    """One to ten, six, three."""
    from decimal import Decimal

    per = {"independent": Decimal(10), "partial": Decimal(6), "full": Decimal(3)}
    for module in (staffing, working):
        monkeypatch.setattr(module, "ratio_for", lambda code: Ratio(per, (CLAUSE,)))


def kin(person, relation, lives_in="", name="李某", **more):
    return Kin.objects.create(person=person, name=name, relation=relation, lives_in=lives_in, **more)


def married(one, other):
    for person, whom in ((one, other), (other, one)):
        kin(person, "配偶", name=whom.name)
        type(one).objects.filter(pk=person.pk).update(household_no="H1")


def test_a_home_is_given_no_more_than_its_carers_can_look_after_and_the_page_says_how_many(homes, beds, ratio):
    staff(homes.home_b, "周护理")
    people = [tekun(name, 4) for name in ("李桂花", "何满姑", "王秀英", "陈四妹")]
    for person, bed in zip(people, "1234", strict=True):
        lies(person, beds[bed])
    assert len(draft().moves) == 3, "four beds, and one carer looks after three"
    lies(make_person(B1, "刘金莲"), homes.home_b.beds.get(kind="plain", label="101-3"))  # level not known: full care
    lies(make_person(B1, "彭翠英"), homes.home_b.beds.get(kind="plain", label="101-4"))
    made = draft()
    assert len(made.moves) == 1, "one carer looks after three, and two are there"
    left = [one for one in made.unmoved if one["why"] == "staff"]
    assert left and left[0]["looked_at"][0] | {"metres": 0} == {
        "id": homes.home_b.pk, "name": homes.home_b.name, "lacks": "staff", "metres": 0, "more": 0, "carers": 1,
    }  # fmt: skip
    line = next(one for one in made.homes if one["id"] == homes.home_b.pk)
    assert (line["carers"], line["before"]["more"], line["after"]["more"]) == (1, 1, 0)
    assert made.staffing["unknown"] == [homes.home_a.name]


def test_whoever_lives_in_a_home_with_too_few_carers_keeps_their_bed_and_nobody_comes_in(homes, beds, ratio):
    staff(homes.home_a, "周护理")
    staff(homes.home_b, "吴护理")
    for at, bed in enumerate("123"):
        person = make_person(A1, f"张{'一二三'[at]}妹")
        make_spell(person, "ability", grade=4)
        lies(person, beds[bed])
    for at in "123":  # of them no level is known: counted as full care
        lies(make_person(B1, f"刘{at}莲"), homes.home_b.beds.get(label=f"101-{at}"))
    wishing = tekun("王秀英", 1)
    make_spell(wishing, "wants_central", "true")
    made = draft()
    assert moves(made) == {} and stays(made)[wishing.pk] == "staff", "its one carer has three to look after"
    Stay.objects.filter(bed=beds["4"]).delete()
    more = make_person(A1, "张四妹")
    make_spell(more, "ability", grade=4)
    lies(more, beds["4"])
    made = draft()
    line = next(one for one in made.homes if one["id"] == homes.home_a.pk)
    assert line["before"]["short"] and line["after"]["short"] and moves(made) == {}
    assert not set(stays(made)) & {one.person_id for one in Stay.objects.filter(bed__site=homes.home_a)}


def test_distance_counts_from_kin_in_the_county_and_the_move_says_so(homes, beds):
    Region.objects.filter(pk=TOWN_B).update(lat=28.80, lon=113.30)
    person = make_person(A1, "李桂花")
    make_spell(person, "ability", grade=1)
    lies(person, beds["1"])
    assert moves(draft(beyond_km=5)) == {}
    town = Region.objects.get(pk=TOWN_B).name
    kin(person, "女儿", lives_in=town)
    made = draft(beyond_km=5)
    assert moves(made) == {person.pk: (homes.home_b.pk, "nearer")}
    assert made.moves[0]["near_id"] == TOWN_B and made.counts["by_kin"] == 1
    proposal, _move = proposal_with_a_move(homes.dispatcher, make_person(A2), homes.home_a, homes.home_b)
    said = " ".join(words.reasons(Move.objects.create(proposal=proposal, **made.moves[0])))
    assert f"离女儿所在的{town}近" in said
    Kin.objects.update(lives_in="长沙")
    assert moves(draft(beyond_km=5)) == {}, "kin far away leave the village as it is"


def test_husband_and_wife_stay_together_and_the_one_goes_along_with_the_other(homes, beds):
    heavy, light = tekun("李建国", 4, sex="male"), tekun("王秀英", 1)
    married(heavy, light)
    lies(heavy, beds["1"])
    lies(light, beds["3"])
    Room.objects.filter(site=homes.home_b).update(sex="mixed")
    made = draft()
    assert moves(made) == {heavy.pk: (homes.home_b.pk, "routing"), light.pk: (homes.home_b.pk, "together")}
    assert made.moves[0]["partner_id"] == light.pk and made.counts["couples"] == 1
    for bed in homes.home_b.beds.filter(kind="plain"):
        lies(make_person(B1, f"陈{bed.label}"), bed)
    make_lone = homes.home_b.beds.filter(kind="nursing").latest("pk")
    lies(make_person(B1, "陈五妹"), make_lone)
    made = draft()
    assert moves(made) == {} and stays(made)[heavy.pk] == "together", "one bed is left, and none is parted"


def test_an_empty_room_is_for_men_or_for_women(homes, beds):
    for other in homes.home_b.beds.exclude(label="101-1").exclude(label="101-2"):
        other.delete()
    man, woman = tekun("李建国", 4, sex="male"), tekun("王秀英", 4)
    lies(man, beds["3"])
    lies(woman, beds["1"])
    made = draft()
    assert len(made.moves) == 1 and len(made.unmoved) == 1
    Room.objects.filter(site=homes.home_b).update(sex="mixed")
    assert len(draft().moves) == 2


def test_the_waiting_list_is_placed_in_its_order_where_that_is_asked_for(homes, beds):
    first, second = levelled("李桂花", 1), levelled("何满姑", 1)
    waits(homes, first, Wish(homes=[homes.home_a.pk]), since=20)
    waits(homes, second, Wish(homes=[homes.home_a.pk]), since=10)
    for bed in "123":
        lies(make_person(A2, f"陈{bed}妹"), beds[bed])
    assert moves(draft()) == {}
    made = draft(waiting=True)
    assert moves(made) == {first.pk: (homes.home_a.pk, "entry")}
    assert stays(made)[second.pk] == "full"
    assert made.counts["listed"] == 2


def test_a_bed_that_is_offered_is_not_given_twice(homes, beds):
    offered(homes, levelled("李桂花", 1), beds["4"])
    for bed in "123":
        lies(make_person(A2, f"陈{bed}妹"), beds[bed])
    late = levelled("何满姑", 1)
    waits(homes, late, Wish(homes=[homes.home_a.pk]))
    made = draft(waiting=True)
    assert moves(made) == {} and stays(made)[late.pk] == "full"


@pytest.mark.parametrize("level", [0, 1, 3, 4])
@pytest.mark.parametrize("facts", [{}, {"relief": "tekun"}, {"relief": "dibao"}])
def test_matching_and_the_proposal_hold_the_same_homes_possible(homes, beds, level, facts):
    one = waits(homes, levelled("李桂花", level, **facts))
    matched = {fit.home.pk for fit in matching.suggestions(one)}
    asked = next(
        who for who in working.people_of(
            "430681", one.since, working.rules_for(""), list(Site.objects.filter(kind="home")), waiting=True
        ) if who.pk == one.person_id
    )  # fmt: skip
    assert matched == asked.open_to and matched
    made = draft(waiting=True)
    assert {move["to_site_id"] for move in made.moves} <= matched and made.moves


def test_matching_warns_of_a_home_without_a_carer_for_one_more(homes, beds, ratio):
    staff(homes.home_b, "周护理")
    for bed in homes.home_b.beds.exclude(label="101-1"):
        lies(make_person(B1, f"陈{bed.label[-1]}妹"), bed)
    fits = {fit.home.pk: fit for fit in matching.suggestions(waits(homes, levelled("李桂花", 2)))}
    assert fits[homes.home_b.pk].more == 0 and fits[homes.home_a.pk].more is None
    assert list(fits) == [homes.home_a.pk, homes.home_b.pk], "told last"


def test_the_page_and_the_api_say_why_somebody_stays(homes, beds):
    person = tekun("李桂花", 4)
    lies(person, beds["1"])
    proposal, move = proposal_with_a_move(homes.dispatcher, make_person(A2), homes.home_a, homes.home_b)
    Unmoved.objects.create(
        proposal=proposal, person=person, site=homes.home_a, level=4, wrong=True, why="staff", looked_at=[
            {"id": homes.home_b.pk, "name": homes.home_b.name, "lacks": "staff", "metres": 4000, "more": 2, "carers": 3}
        ],
    )  # fmt: skip
    client = client_for(homes.dispatcher)
    page = client.get(f"/homes/balance/{proposal.pk}/unmoved/").content.decode()
    assert "护理员不足（现有3名），最多再收2名" in page and "李桂花" in page
    assert "李桂花" not in client.get(f"/homes/balance/{proposal.pk}/unmoved/?why=full").content.decode()
    assert client.get("/api/homes/balances").json()[0]["id"] == proposal.pk
    whole = client.get(f"/api/homes/balances/{proposal.pk}").json()
    assert [one["id"] for one in whole["homes"]] == [homes.home_a.pk, homes.home_b.pk]
    told = client.get(f"/api/homes/balances/{proposal.pk}/moves").json()
    assert told[0]["id"] == move.pk and told[0]["state"] == "proposed" and told[0]["reasons"]
    left = client.get(f"/api/homes/balances/{proposal.pk}/unmoved").json()
    assert left[0]["why"] == "staff" and left[0]["looked_at"][0]["more"] == 2
    assert client.get(f"/api/homes/balances/{proposal.pk}/moves?after={move.pk}").json() == []
    for user, status in ((homes.town_a, 403), (homes.auditor, 403), (homes.stranger, 404)):
        other = client_for(user)
        for tail in ("", "/moves", "/unmoved"):
            assert other.get(f"/api/homes/balances/{proposal.pk}{tail}").status_code == status
    assert client_for(homes.stranger).get("/api/homes/balances").json() == []
