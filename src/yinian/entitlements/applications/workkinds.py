"""The work items of applications: at each stage, on invitations, and on objections."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit.labels import register
from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

_DAYS = 10  # every item here carries its own day, worked out by the pack; this is a kind's own, which nothing shows

VILLAGE = work_kind("entitlements.application_village", _("Accept %(name)s's application: %(service)s"), _("Accept it"),
                    Role.VILLAGE_WORKER, _DAYS).name
TOWN = work_kind("entitlements.application_town", _("Examine %(name)s's application: %(service)s"), _("Examine it"),
                 Role.TOWN_OFFICER, _DAYS).name
COUNTY = work_kind("entitlements.application_county", _("Decide on %(name)s's application: %(service)s"),
                   _("Decide on it"), Role.BUREAU_OFFICER, _DAYS).name
RETURNED = work_kind("entitlements.application_returned",
                     _("Supplement %(name)s's application: %(service)s"), _("Supplement it"),
                     Role.VILLAGE_WORKER, _DAYS).name
OBJECTION = work_kind("entitlements.objection", _("Look into an objection to %(name)s's application: %(service)s"),
                      _("Look into it"), Role.TOWN_OFFICER, _DAYS).name
REFUSAL = work_kind("entitlements.refusal_objection",
                    _("Look again at %(name)s's refused application: %(service)s"), _("Look into it"),
                    Role.BUREAU_OFFICER, _DAYS).name
INVITED = work_kind("entitlements.invited", _("%(service)s: help those who are due to apply (people: %(count)s)"),
                    _("Open the list"), Role.VILLAGE_WORKER, _DAYS).name

register({"entitlements.apply_reopen": _("Reopened a refused application after an objection")})

KIND_AT = {"village": VILLAGE, "town": TOWN, "county": COUNTY, "returned": RETURNED}


def application_key(pk: int) -> str:
    return f"application:{pk}"


def objection_key(pk: int) -> str:
    return f"objection:{pk}"


def invited_prefix(county: str) -> str:
    return f"invite:{county}"


def invited_key(village: str, service_id: str) -> str:
    return f"invite:{village}:{service_id}"
