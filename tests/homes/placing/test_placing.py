"""Who would better live where: worked out from rules and beds, asked for one by one, moving nobody."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.cast import A1, B1, COUNTY, TOWN_B, client_for, make_home, make_person, make_spell
from tests.homes.conftest import lies
from tests.homes.placing.sample import draft, moves, proposal_with_a_move, tekun
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.models import AuditRow
from yinian.homes.models import Move, Rebalancing, Stay, Transfer
from yinian.homes.placing import actions, queries, words
from yinian.places.models import Room, Site


def test_only_those_whose_level_another_home_takes_are_asked_to_move(homes, beds):
    heavy, light = tekun("李桂花", 4), tekun("何满姑", 1)
    private = make_person(A1, "张梅英")
    make_spell(private, "ability", grade=4)
    for person, bed in zip((heavy, light, private), "123", strict=True):
        lies(person, beds[bed])
    made = draft()
    assert moves(made) == {heavy.pk: (homes.home_b.pk, "routing")}
    assert (made.counts["wrong_before"], made.counts["wrong_after"]) == (1, 0)
    assert made.proof["optimal"] and made.proof["cost_mm"] == made.proof["bound_mm"]


def test_a_full_home_gives_up_no_bed_but_two_may_change_places(homes, beds):
    for at, bed in enumerate(homes.home_b.beds.order_by("label")):
        lies(tekun(f"张{'一二三四'[at]}妹", 4, B1), bed)
    heavy = tekun("李桂花", 4)
    lies(heavy, beds["1"])
    assert moves(draft()) == {}, "nobody of home B may live elsewhere"
    last = Stay.objects.filter(bed__site=homes.home_b).earliest("pk")  # in a nursing bed, as the other needs one
    last.person.spells.filter(kind="ability").update(grade=1)
    assert moves(draft()) == {
        heavy.pk: (homes.home_b.pk, "routing"), last.person_id: (homes.home_a.pk, "routing"),
    }  # fmt: skip


def test_those_under_state_support_who_wish_for_a_place_get_a_free_bed_but_nobodys(homes, beds):
    waiting = tekun("王秀英", 1)
    make_spell(waiting, "wants_central", "true", department="village")
    assert moves(draft()) == {waiting.pk: (homes.home_a.pk, "entry")}
    for bed in [*beds.values(), *homes.home_b.beds.all()]:
        lies(make_person(B1, f"陈{bed.site_id}{bed.label}"), bed)
    made = draft()
    assert moves(made) == {} and made.counts["unserved"] == 1


def test_a_room_for_women_is_not_offered_to_a_man(homes, beds):
    Room.objects.filter(site=homes.home_b).update(sex="female")
    heavy = tekun("李建国", 4, sex="male")
    lies(heavy, beds["1"])
    made = draft()
    assert moves(made) == {} and made.counts["wrong_after"] == 1


def test_who_lives_far_away_is_moved_nearer_only_where_that_is_asked_for(homes, beds):
    far = tekun("李桂花", 1, A1)
    third = make_home(TOWN_B, "三江镇敬老院")
    Site.objects.filter(pk=third.pk).update(lat=28.80, lon=113.40, levels=[0, 1, 2])
    lies(far, third.beds.first())
    assert moves(draft()) == {}
    assert moves(draft(beyond_km=50)) == {}
    assert moves(draft(beyond_km=20)) == {far.pk: (homes.home_a.pk, "nearer")}


def test_whose_level_or_village_is_not_known_stays_and_is_counted(homes, beds):
    unknown = make_person(A1, "李桂花")
    make_spell(unknown, "relief", "tekun")
    lies(unknown, beds["1"])
    lies(tekun("何满姑", 4, "430681112202"), beds["2"])
    made = draft()
    assert moves(made) == {}
    assert (made.counts["level_unknown"], made.counts["place_unknown"]) == (1, 1)


@pytest.fixture
def proposal(homes, beds, django_capture_on_commit_callbacks):
    """A proposal as the job writes it: one move, of a resident of home A to home B."""
    person = tekun("李桂花", 4)
    lies(person, beds["1"])
    job = actions.draw_up(homes.dispatcher, COUNTY, None)
    assert actions.draw_up(homes.bureau, COUNTY, None) == job, "one at a time"
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return Rebalancing.objects.get()


@pytest.mark.django_db(transaction=True)
def test_the_job_writes_the_proposal_and_moves_nobody(proposal):
    move = proposal.moves.get()
    assert move.state == "proposed" and move.rule == "heavy"
    assert Stay.objects.get().bed.site == move.from_site
    said = " ".join(words.reasons(move))
    assert "桃林寺" in said and "《方案》第二条" in said and "公里" in said
    assert AuditRow.objects.filter(action="homes.balance").exists()


ANSWER = {"agreed": True, "whom": "person", "name": "", "how": "spoken", "note": ""}


@pytest.fixture
def asked(homes, beds):
    person = tekun("李桂花", 4)
    lies(person, beds["1"])
    return proposal_with_a_move(homes.dispatcher, person, homes.home_a, homes.home_b)[1]


def answer(actor, move, version=1, **more):
    return actions.answer(actor, move.pk, version, **({**ANSWER, "on": timezone.localdate()} | more))


def test_an_answer_has_day_speaker_and_way_and_moves_nobody(homes, asked):
    kept = answer(homes.dispatcher, asked, whom="kin", name="李明", how="phone")
    assert (kept.state, kept.answered_name, kept.recorded_by) == ("agreed", "李明", homes.dispatcher)
    assert Stay.objects.get().bed.site == homes.home_a
    assert [one.pk for one in queries.standing_moves(homes.bureau)] == [asked.pk]
    with pytest.raises(Changed):
        answer(homes.bureau, asked)
    refused = answer(homes.bureau, asked, version=2, agreed=False, note="舍不得同屋")
    assert refused.state == "refused" and not queries.standing_moves(homes.bureau)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"whom": ""}, "whom"), ({"whom": "kin"}, "name"), ({"how": ""}, "how"), ({"agreed": False}, "note"),
        ({"on": dt.date(2020, 1, 1)}, "on"), ({"on": timezone.localdate() + dt.timedelta(days=2)}, "on"),
    ],
)  # fmt: skip
def test_half_an_answer_is_refused_beside_its_field(homes, asked, given, field):
    with pytest.raises(Refused) as refusal:
        answer(homes.dispatcher, asked, **given)
    assert field in refusal.value.fields
    asked.refresh_from_db()
    assert asked.state == "proposed"


def test_only_those_with_the_right_in_the_county_see_and_answer(homes, asked):
    for user in (homes.town_a, homes.manager_a, homes.village_a):
        with pytest.raises(Forbidden):
            answer(user, asked)
        with pytest.raises(Forbidden):
            actions.draw_up(user, COUNTY, None)
    with pytest.raises(NotVisible):
        answer(homes.stranger, asked)


def test_the_database_refuses_consent_without_day_or_speaker(homes, asked):
    for wrong in ({"state": "agreed"}, {"state": "refused", "answered_on": timezone.localdate()},
                  {"answered_by": "kin"}, {"to_site": asked.from_site}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Move.objects.filter(pk=asked.pk).update(**wrong)


def test_the_pages_show_before_and_after_with_every_move_explained(homes, asked):
    client = client_for(homes.dispatcher)
    assert "/homes/balance/" in client.get("/homes/").content.decode()
    assert "/homes/balance/" not in client_for(homes.town_a).get("/homes/").content.decode()
    assert f"/homes/balance/{asked.proposal_id}/" in client.get("/homes/balance/").content.decode()
    page = client.get(f"/homes/balance/{asked.proposal_id}/").content.decode()
    assert "李桂花" in page and homes.home_b.name in page
    assert "李桂花" not in client.get(f"/homes/balance/{asked.proposal_id}/?state=agreed").content.decode()
    url = f"/homes/balance/moves/{asked.pk}/"
    assert "待征求意见" in client.get(url).content.decode()
    given = {"agreed": "yes", "whom": "kin", "name": "", "how": "phone", "on": str(timezone.localdate()),
             "version": "1", "note": "已电话确认"}  # fmt: skip
    back = client.post(url, given)
    assert back.status_code == 422 and "已电话确认" in back.content.decode()
    assert client.post(url, {**given, "name": "李明"}).status_code == 302
    assert "李明" in client.get(url).content.decode()
    assert client.post(url, {**given, "name": "李明"}).status_code == 409
    excel = client.get(f"/homes/balance/{asked.proposal_id}/?format=xlsx")
    assert excel.status_code in (200, 302)


def test_an_agreed_move_asks_the_other_home_from_its_page(homes, asked):
    answer(homes.dispatcher, asked)
    client = client_for(homes.dispatcher)
    page = client.get(f"/homes/balance/moves/{asked.pk}/").content.decode()
    stay = Stay.objects.get()
    url = f"/homes/stays/{stay.pk}/transfer/ask/"
    assert f'action="{url}"' in page
    given = dict(re.findall(r'name="(ask-[a-z]+)" value="([^"]*)"', page)) | {"version": stay.version}
    assert client.post(url, given).status_code == 302
    made = Transfer.objects.get()
    assert (made.stay, made.to_site, made.state) == (stay, homes.home_b, "asked")
    assert made.reason.startswith("已于")
