"""The demo's way to a bed: a waiting list of believable size, and applications in every state before and after it.

Those on the list are filled in bulk and put in order by the room's own rule; what comes before and after is done by the
room's own actions, by different people. Wishes and reasons are synthetic.
"""

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from yinian.assessments.results.queries import in_force
from yinian.core.errors import Refused
from yinian.core.models import Region, User
from yinian.homes.models import Offer, Stay
from yinian.homes.way.applications import actions, rules, waiting
from yinian.homes.way.applications.actions import Wish
from yinian.homes.way.applications.models import BedApplication, BedStep, BedWish
from yinian.homes.way.intake import actions as intake
from yinian.homes.way.intake import hazards
from yinian.homes.way.offers import actions as offering
from yinian.homes.way.offers import matching
from yinian.people.circumstances.queries import believed
from yinian.people.models import Person, Spell
from yinian.people.representatives.queries import standing
from yinian.places.models import Site

WAITING = 64  # on the list from the beginning
FEWEST = 12  # however small the county
OTHERS = 24  # in the states before and after
LONGEST_DAYS = 200  # how long ago the first of them applied
KINDS = (("long", 80), ("respite", 12), ("trial", 8))
CHANNELS = (("village", 55), ("family", 25), ("person", 12), ("office", 8))
RETURNS = ("缺户口簿复印件", "请补充体检情况", "意愿机构未写明")
REFUSALS = ("有传染性疾病，治愈后可再申请", "户籍和居住地均不在本市")
DECLINES = ("想离女儿近一些", "家里暂时能照护")
HOSPITAL = "脑梗住院二十天，医院通知出院，子女在外，家中无人照护。"
LIFT = "房屋因暴雨受损，暂住村部，独自一人。"
OFFICER, SECOND, DISPATCHER, MANAGER, FAMILY = "minzheng", "fuhe", "zhidao", "jigou", "jiashu"


def build(county: Region, day: dt.date, seed: int) -> None:
    """Fill the way to a bed for a demo county; nothing where it has no homes or no pack that rules it."""
    homes = list(Site.objects.filter(kind=Site.Kind.HOME, region__code__startswith=county.code).order_by("pk"))
    users = {user.username: user for user in User.objects.filter(
        username__in=(OFFICER, SECOND, DISPATCHER, MANAGER, FAMILY))}
    try:
        kept = rules.frozen(county.code)
    except Refused:
        return
    if not homes or DISPATCHER not in users:
        return
    rng = np.random.default_rng(seed + 23)
    people = _candidates(county, day, rng)
    # A small county has a short list: each step of the way puts the whole of it in order anew.
    waiting_now = min(WAITING, max(FEWEST, Stay.objects.filter(bed__site__in=homes).count() // 8))
    _on_the_list(users[DISPATCHER], people[:waiting_now], homes, kept, day, rng)
    _family(users)
    _in_every_state(users, people[WAITING:], homes)


def _candidates(county: Region, day: dt.date, rng: np.random.Generator) -> list[Person]:
    """People who live at home and have a level: the destitute who wish for it among them, the disabled, others."""
    now = Spell.objects.filter(believed(None), person=OuterRef("pk"), valid__contains=day)
    at_home = (
        Person.objects.filter(region__code__startswith=county.code, state=Person.State.LIVING, merged_into=None)
        .filter(Exists(now.filter(kind="ability")), ~Exists(Stay.objects.filter(person=OuterRef("pk"))))
        .exclude(pk__in=standing().values("person"))
    )
    wish = at_home.filter(
        Exists(now.filter(kind="relief", value="tekun")), Exists(now.filter(kind="wants_central", value="true"))
    )
    poor = at_home.filter(Exists(now.filter(kind="relief", value__in=["dibao", "marginal"])))
    weak = at_home.filter(Exists(now.filter(kind="ability", grade__gte=2)))
    chosen: dict[int, Person] = {}
    for rows, share in ((wish, 18), (poor.filter(Exists(now.filter(kind="ability", grade__gte=2))), 16), (weak, 30),
                        (poor, 12), (at_home, WAITING + OTHERS)):
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:2000])
        picked = rng.permutation(pks)[:share].tolist() if pks else []
        for person in rows.filter(pk__in=picked).select_related("region__parent"):
            if len(chosen) < WAITING + OTHERS:
                chosen.setdefault(person.pk, person)
    found = list(chosen.values())
    return [found[place] for place in rng.permutation(len(found))]


def _pick(rng: np.random.Generator, shares: tuple[tuple[str, int], ...]) -> str:
    total = sum(share for _name, share in shares)
    return str(rng.choice([name for name, _s in shares], p=[share / total for _n, share in shares]))


def _near(person: Person, homes: list[Site]) -> list[Site]:
    """Homes of the person's own town first."""
    return sorted(homes, key=lambda home: (not home.region_id.startswith(person.region_id[:9]), home.pk))


def _on_the_list(
    actor: User, people: list[Person], homes: list[Site], kept: dict[str, object], day: dt.date,
    rng: np.random.Generator,
) -> None:
    rows, wishes = [], []
    for person in people:
        since = day - dt.timedelta(days=int(rng.integers(3, LONGEST_DAYS)))
        one = BedApplication(
            person=person, region_id=person.region_id, channel=_pick(rng, CHANNELS), kind=_pick(rng, KINDS),
            bed_kind=str(rng.choice(["", "nursing", "plain"], p=[0.6, 0.3, 0.1])), state="waiting", rules=kept,
            lodged_by=actor, lodged_on=since, since=since, accepted_on=since + dt.timedelta(days=2),
            lodged_at=timezone.make_aware(dt.datetime.combine(since, dt.time(10))),
        )
        waiting.restand(one)
        rows.append(one)
    with transaction.atomic():
        # Places are given at once: who waits has one when the transaction ends.
        BedApplication.objects.bulk_create(rows)
        for one in rows:
            wanted = _near(one.person, homes)[: int(rng.integers(0, 3))]
            wishes += [BedWish(application=one, site=home, rank=rank) for rank, home in enumerate(wanted, 1)]
        BedWish.objects.bulk_create(wishes)
        BedStep.objects.bulk_create(
            BedStep(application=one, verb=verb, actor=actor,
                    at=one.lodged_at + dt.timedelta(days=0 if verb == "lodge" else 2))
            for one in rows for verb in ("lodge", "accept")
        )
        if rows:
            waiting.lock_list(rows[0].region_id[: rules.COUNTY_DIGITS])
            waiting.reorder(actor, rows[0].region_id[: rules.COUNTY_DIGITS])


def _family(users: dict[str, User]) -> None:
    """The family's account has applied for the one it acts for who has no other matter open; it waits."""
    member = users.get(FAMILY)
    acts = standing().filter(user=member).select_related("person").order_by("-pk").first()
    if member is None or acts is None or Stay.objects.filter(person=acts.person).exists():
        return
    one = actions.lodge(member, acts.person_id, Wish(contact="女儿"), "", own=True)
    actions.accept(users[DISPATCHER], one.pk, one.version)


def _in_every_state(users: dict[str, User], people: list[Person], homes: list[Site]) -> None:
    left = iter(people)
    dispatcher = users[DISPATCHER]

    def lodge(wish: Wish | None = None, channel: str = "village") -> BedApplication | None:
        person = next(left, None)
        return None if person is None else actions.lodge(dispatcher, person.pk, wish or Wish(), channel)

    def wait(wish: Wish | None = None) -> BedApplication | None:
        one = lodge(wish)
        return None if one is None else actions.accept(dispatcher, one.pk, one.version)

    for channel in ("village", "family", "village"):
        lodge(channel=channel)
    lodge(Wish(urgent=True, urgent_reason=HOSPITAL), "hospital")
    for reason in RETURNS[:2]:
        if (one := lodge()) is not None:
            actions.send_back(dispatcher, one.pk, one.version, reason)
    for reason in REFUSALS:
        if (one := lodge()) is not None:
            actions.refuse(dispatcher, one.pk, one.version, reason)
    if (one := lodge()) is not None:
        actions.withdraw(dispatcher, one.pk, one.version, "子女接到城里住")
    for confirmed in (True, False):
        if (one := wait()) is not None:
            lift = actions.propose_lift(dispatcher, one.pk, one.version, LIFT)
            if confirmed and SECOND in users:
                actions.decide_lift(users[SECOND], lift.pk, True, "已上门核实")
    manager = users.get(MANAGER)
    mine = manager.scope("homes.intake").sites[0] if manager is not None else homes[0].pk
    for number, found in enumerate(_offers(dispatcher, wait, mine)):
        if number == 0:
            offering.decline(dispatcher, found.pk, found.version, DECLINES[0])
        elif number >= 3 and manager is not None:
            found = offering.accept(dispatcher, found.pk, found.version)
            if number >= 4:
                _take_in(manager, found.application_id, far=number >= 5)


def _offers(dispatcher: User, wait: Callable[[Wish | None], BedApplication | None], home: int) -> Iterator[Offer]:
    """Offers to people freshly accepted, of beds of one home that fit them, as long as there are any."""
    for _number in range(8):
        one = wait(Wish(homes=[home]))
        if one is None:
            return
        fits = [fit for fit in matching.suggestions(one) if fit.home.pk == home]
        if fits:
            yield offering.offer(dispatcher, one.pk, one.version, fits[0].beds[0].bed.pk, "指定本机构，前面的另有安排")


def _take_in(manager: User, pk: int, *, far: bool) -> None:
    """Risks looked at and signed for the home; ``far``: by the family too, and the agreement printed."""
    risks = intake.begin_risks(manager, pk)
    result = in_force(risks.application.person)
    told = hazards.prefilled(result.items) if result is not None else {}
    every = {hazards.field(h.id, i.id): 0 for h in hazards.catalogue().hazards for i in h.items}
    risks = intake.save_risks(manager, pk, risks.version, every | told, {}, sign=True)
    if not far:
        return
    intake.sign_risks(manager, pk, risks.version, "家属", "child")
    one = BedApplication.objects.select_related("person").get(pk=pk)
    made = intake.draw_up(
        manager, pk, kind="long", basis="tekun" if intake.basis_for(one) == "tekun" else "disabled",
        begins=timezone.localdate(), until=None, items=[], payer="",
    )
    intake.issue(manager, made.pk, made.version)
