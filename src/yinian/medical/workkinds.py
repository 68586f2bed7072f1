"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

CONTRACT_ENDS = work_kind(
    "medical.contract_ends",
    _("%(home)s: the contract with %(what)s ends on %(day)s. Renew it and enter the new one."),
    _("Open the contract"), Role.HOME_MANAGER, 10,
).name
LICENCE_ENDS = work_kind(
    "medical.licence_ends",
    _("%(home)s: the licence of %(what)s ends on %(day)s. Have it renewed and enter the new one."),
    _("Open the licence"), Role.HOME_MANAGER, 10,
).name
UNANSWERED = work_kind(
    "medical.unanswered",
    _("Ask %(hospital)s for its answer about %(name)s and enter it."),
    _("Open the referral"), Role.HOME_MANAGER, 1,
).name
TO_ANSWER = work_kind(
    "medical.to_answer",
    _("%(hospital)s asks your home to take %(name)s from hospital. Answer."),
    _("Open the referral"), Role.HOME_MANAGER, 1,
).name
COME_BACK = work_kind(
    "medical.come_back",
    _("%(name)s is no longer in %(hospital)s. Enter how the referral ended, with the discharge summary."),
    _("Open the referral"), Role.HOME_MANAGER, 2,
).name
FOLLOW_UP = work_kind(
    "medical.follow_up",
    _("The check-up of %(name)s on %(on)s found something to follow up by %(day)s."),
    _("Open the check-up"), Role.VILLAGE_WORKER, 5,
).name
