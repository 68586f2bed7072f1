"""What the tests of homes' staff stand on: staff in post, a ratio on file, somebody on every shift."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from tests.homes.conftest import days
from yinian.homes.rosters import queries, rules
from yinian.homes.rosters.rules import Clause, Ratio, ShadowRule
from yinian.workforce.models import Post, Worker

CLAUSE = Clause("比例", "《样例规定》三(一)2", "按比例配备", "verified", "")
MONDAY = queries.monday_of(timezone.localdate()) + dt.timedelta(days=7)  # a week that has not begun


def staff(home, name, kind="carer", since=-1500, until=None, user=None):
    worker = Worker.objects.create(name=name, synthetic=True, user=user)
    Post.objects.create(
        worker=worker, site=home, kind=kind, period=(days(since), None if until is None else days(until))
    )
    return worker


def ratio_on_file(monkeypatch, independent=10, partial=6, full=3):
    per = {"independent": Decimal(independent), "partial": Decimal(partial), "full": Decimal(full)}
    monkeypatch.setattr(queries, "ratio_for", lambda region: Ratio(per, (CLAUSE,)))


def shadowing_on_file(monkeypatch, asked=7, begins=-30):
    from yinian.homes.shadowing import actions, pages  # noqa: F401 - pages keep the rule of the place: load them first
    from yinian.homes.shadowing import queries as shadowing

    rule = ShadowRule(asked, days(begins), CLAUSE)
    for module in (shadowing, actions, rules):
        monkeypatch.setattr(module, "shadow_rule_for", lambda home: rule)
    return rule


def whole_week(workers, shift="early"):
    """Cells that put some people on one shift of every day of the week."""
    return {(one.pk, day): shift for one in workers for day in queries.days_of(MONDAY)}
