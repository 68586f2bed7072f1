"""A proposal with one move, for tests that need one to be there; and what drafts of a proposal stand on."""

from django.utils import timezone

from tests.cast import A1, COUNTY, make_person, make_spell
from yinian.homes.models import Move, Rebalancing
from yinian.homes.placing import working
from yinian.homes.placing.routing import Rules

COUNTS = {
    "residents": 1, "waiting": 0, "moves": 1, "entries": 0, "unserved": 0, "level_unknown": 0, "place_unknown": 0,
    "wrong_before": 1, "wrong_after": 0, "metres_before": 4000, "metres_after": 9000,
}  # fmt: skip


def proposal_with_a_move(actor, person, home, other, region="430681"):
    proposal = Rebalancing.objects.create(
        region_id=region, as_of=timezone.localdate(), made_by=actor, counts=COUNTS, proof={"optimal": True},
        homes=[{"id": one.pk, "name": one.name, "beds": 4, "before": {}, "after": {}} for one in (home, other)],
    )  # fmt: skip
    move = Move.objects.create(
        proposal=proposal, person=person, from_site=home, to_site=other, level=3, why="routing", metres_before=4000,
        metres_after=9000,
    )  # fmt: skip
    return proposal, move


RULES = Rules(
    (
        {"id": "heavy", "label": {"zh": "重度、完全失能"}, "levels": [3, 4], "relief": ["tekun"], "dementia": False,
         "kind": "", "names": ["桃林寺"], "towns": [], "title": "方案", "clause": "第二条", "confidence": "verified"},
        {"id": "others", "label": {"zh": "其余"}, "levels": [0, 1, 2], "relief": ["tekun"], "dementia": False,
         "kind": "township", "names": [], "towns": [], "title": "方案", "clause": "第二条", "confidence": "verified"},
    ), "f" * 64,
)  # fmt: skip


def tekun(name, level, region=A1, **more):
    person = make_person(region, name, **more)
    make_spell(person, "relief", "tekun")
    make_spell(person, "ability", grade=level)
    return person


def draft(beyond_km=None, waiting=False):
    return working.draft(COUNTY, timezone.localdate(), beyond_km, lambda *_: None, waiting=waiting)


def stays(made):
    """Who stays and why, by person."""
    return {one["person_id"]: one["why"] for one in made.unmoved}


def moves(made):
    return {one["person_id"]: (one["to_site_id"], one["why"]) for one in made.moves}
