"""Why people are not due a service: the tests that fail on given facts, or what became of the person."""

import datetime as dt

import polars as pl
from django.utils.translation import gettext as _

from yinian.core.jinja import day as day_words
from yinian.engines.entitlement import Pack, Service, evaluate
from yinian.entitlements import grounds
from yinian.entitlements.workkinds import in_words
from yinian.people.models import Person


def failed(
    pack: Pack, facts: pl.DataFrame | None, service: Service, day: dt.date, people: pl.Series
) -> dict[int, tuple[str, str]]:
    """Person to reason and clause, of ``people`` (ids) who are not due ``service`` on ``day`` by ``facts``."""
    found: dict[int, tuple[str, str]] = {}
    labels = {test.id: test.label for test in service.tests}
    if facts is not None:
        mine = facts.filter(pl.col("person_id").is_in(people.cast(pl.String).implode()))
        rows = evaluate(pack, mine, day, with_not_due=True).filter(pl.col("service_id") == service.id)
        for person_id, tests in rows.select("person_id", "false_tests").iter_rows():
            names = [name for name in tests.split(";") if name]
            words = _(", ").join(in_words(labels[name]) for name in names)
            found[int(person_id)] = (
                _("No longer meets: %(tests)s") % {"tests": words},
                grounds.ground_of(pack, service, names[0] if names else ""),
            )
    left = Person.objects.filter(pk__in=[p for p in people.to_list() if p not in found])
    for person in left.only("pk", "state", "died_on"):
        found[person.pk] = (left_words(person), grounds.ground_of(pack, service))
    return found


def left_words(person: Person) -> str:
    """What became of somebody who no longer stands in the county's register."""
    if person.state == Person.State.DEAD and person.died_on is not None:
        return _("Died on %(day)s") % {"day": day_words(person.died_on)}
    return {
        Person.State.MOVED_OUT: _("Moved out of the county"), Person.State.MERGED: _("Merged into another entry"),
    }.get(Person.State(person.state), _("No longer in the county's register"))
