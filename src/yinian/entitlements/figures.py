"""The figures under the work desk that this room answers for."""

from django.utils.translation import gettext as _

from yinian.core.figures import Stat, register
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.entitlements import queries
from yinian.entitlements.check_pages import check_url
from yinian.entitlements.lists import outcome_url
from yinian.entitlements.queries import Sums


def provide(actor: User) -> list[Stat]:
    """Due and not receiving, to be checked, newly due: of the widest area the actor answers for."""
    scope = actor.scope("entitlements.names")
    if not scope.regions:
        return []
    region = min(scope.regions, key=lambda code: (len(code), code))
    runs = queries.standing_runs(region)
    if not runs:
        return []
    people = queries.figures_of(actor, runs, region).get("", Sums())
    note = _("as of %(day)s") % {"day": day(runs[0].as_of)}
    stats = [
        Stat(_("Due and not receiving"), people.missing, _("people"), outcome_url(region, measure="missing"), note),
        Stat(_("To be checked"), people.to_check, _("people"), check_url(region), note),
    ]
    if runs[0].previous_id is not None:
        stats.append(Stat(_("Newly due"), people.newly, _("people"), outcome_url(region, measure="newly"), note))
    return stats


register("entitlements", "entitlements.names", provide, order=20)
