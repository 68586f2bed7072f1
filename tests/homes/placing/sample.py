"""A proposal with one move, for tests that need one to be there."""

from django.utils import timezone

from yinian.homes.models import Move, Rebalancing

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
