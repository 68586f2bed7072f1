"""Small helpers of the tests of the way from the wish to the bed."""

import io

from django.utils import timezone

from tests.cast import A1, make_person, make_spell
from tests.homes.conftest import days
from yinian.homes.models import BedApplication
from yinian.homes.way.applications import actions
from yinian.homes.way.applications.actions import Wish
from yinian.homes.way.intake import actions as intake
from yinian.homes.way.intake import hazards
from yinian.homes.way.intake.models import RiskAssessment
from yinian.homes.way.offers import actions as offering

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def levelled(name="李桂花", level=1, region=A1, **facts):
    """A person with an ability level; further circumstances by kind, such as ``relief="tekun"``."""
    person = make_person(region, name, sex=facts.pop("sex", "female"))
    if level is not None:
        make_spell(person, "ability", grade=level)
    for kind, value in facts.items():
        make_spell(person, kind, value)
    return person


def lodged(cast, person, wish=None, channel="village", actor=None):
    return actions.lodge(actor or cast.town_a, person.pk, wish or Wish(), channel)


def fresh(application):
    return BedApplication.objects.get(pk=application.pk)


def waits(cast, person, wish=None, since=None):
    """On the waiting list; ``since``: so many days ago."""
    one = lodged(cast, person, wish)
    one = actions.accept(cast.dispatcher, one.pk, one.version)
    if since is not None:
        BedApplication.objects.filter(pk=one.pk).update(since=days(-since))
        from yinian.homes.way.applications import waiting

        waiting.look_again(cast.dispatcher, [one])
    return fresh(one)


def offered(cast, person, bed, wish=None):
    one = waits(cast, person, wish)
    return offering.offer(cast.dispatcher, one.pk, one.version, bed.pk)


def accepted(cast, person, bed):
    found = offered(cast, person, bed)
    return offering.accept(cast.town_a, found.pk, found.version)


def answers(value=0):
    return {hazards.field(h.id, i.id): value for h in hazards.catalogue().hazards for i in h.items}


def risks_signed(manager, application):
    intake.begin_risks(manager, application.pk)
    intake.save_risks(manager, application.pk, 1, answers(), {}, sign=True)
    return intake.sign_risks(manager, application.pk, 2, "王小明", "child")


def signed(manager, application, **more):
    """An agreement signed by all sides."""
    risks_signed(manager, application)
    made = intake.draw_up(manager, application.pk, **{
        "kind": "long", "basis": "tekun", "begins": timezone.localdate(), "until": None, "items": [], "payer": "",
        **more})
    made = intake.issue(manager, made.pk, made.version)
    return intake.sign(manager, made.pk, made.version, io.BytesIO(PDF), timezone.localdate())


def risks_of(application):
    return RiskAssessment.objects.get(application=application)
