"""Work items on the way from the wish to the bed, one for each step that waits for somebody."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

# The days stand in for the pack's: every item is asked with the deadline its application keeps.
DECIDE = work_kind(
    "homes.decide", _("Decide on the application of %(name)s, %(village)s, for a bed in a home"),
    _("Open the bed application"), Role.DISPATCHER, 5,
).name
RETURNED = work_kind(
    "homes.returned", _("Supplement the application of %(name)s, %(village)s, for a bed: %(reason)s"),
    _("Open the bed application"), Role.VILLAGE_WORKER, 10,
).name
LEVEL = work_kind(
    "homes.level", _("%(name)s, %(village)s, waits for a bed and has no ability level: ask for the assessment"),
    _("Ask for the assessment"), Role.VILLAGE_WORKER, 5,
).name
LIFT = work_kind(
    "homes.lift", _("Check the urgent lift of %(name)s, %(village)s, on the waiting list"), _("Check the lift"),
    Role.BUREAU_OFFICER, 1,
).name
ANSWER = work_kind(
    "homes.offer_answer", _("Ask %(name)s, %(village)s, for an answer: a bed in %(home)s is offered"),
    _("Record the answer"), Role.VILLAGE_WORKER, 3,
).name
TAKE_IN = work_kind(
    "homes.take_in", _("Take in %(name)s: risks, agreement, bed %(bed)s"), _("Open the bed application"),
    Role.HOME_MANAGER, 10,
).name
MATCH = work_kind(
    "homes.match", _("%(beds)d free beds fit people who wait (%(people)d on the list)"), _("Match"), Role.DISPATCHER, 3,
).name


def key(kind: str, pk: object) -> str:
    """The key of an item of one application, offer, lift or county."""
    return f"{kind}:{pk}"
