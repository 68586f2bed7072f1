"""Who may do what: roles, rights, and the reach of a role. No tables here.

A right is ``room.verb``. A role is held in a region (or at a site) through a posting; it reaches that region
and all below it. Nothing is allowed by default: a right that no role lists is nobody's.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    BUREAU_OFFICER = "bureau_officer"
    DISPATCHER = "dispatcher"
    TOWN_OFFICER = "town_officer"
    VILLAGE_WORKER = "village_worker"
    HOME_MANAGER = "home_manager"
    CARER = "carer"
    ASSESSOR = "assessor"
    VISITING_CARER = "visiting_carer"
    HAMLET_LEADER = "hamlet_leader"
    FINANCE_OFFICER = "finance_officer"
    AUDITOR = "auditor"
    REVIEWER = "reviewer"
    SCHEME_EXPERT = "scheme_expert"
    UNIT_OFFICER = "unit_officer"
    SCREEN = "screen"
    MEMBER = "member"


RIGHTS: dict[str, Promise | str] = {
    "inbox.view": _("See the work desk"),
    "inbox.act": _("Take, hand over and close work items"),
    "people.view": _("See older people"),
    "people.edit": _("Record circumstances, kin and consent"),
    "people.reveal": _("Show masked personal data, with a reason"),
    "people.export": _("Export lists of people"),
    "people.import": _("Load departmental lists"),
    "people.merge": _("Merge and un-merge duplicates"),
    "people.represent": _("Let family members act for a person"),
    "own.view": _("See one's own matters, or those of a person one acts for"),
    "own.act": _("Apply and ask for oneself or a person one acts for"),
    "places.view": _("See organisations, sites and beds"),
    "places.edit": _("Edit organisations, sites and beds"),
    "homes.view": _("See homes, beds and residents"),
    "homes.admit": _("Admit and discharge residents"),
    "fees.view": _("See homes' bills and residents' money"),
    "fees.manage": _("Close a home's bills, take and give back residents' money"),
    "fees.draft": _("Draft the bills of a month"),
    "fees.oversee": _("Set the guided prices of homes"),
    "homes.intake": _("Assess risks before admission, draw up agreements with residents"),
    "waiting.view": _("See applications for a bed in a home and the waiting list"),
    "waiting.apply": _("Enter applications for a bed in a home"),
    "waiting.decide": _("Decide on applications for a bed, offer beds"),
    "waiting.lift": _("Lift an urgent case on the waiting list, together with a second officer"),
    "waiting.export": _("Export the waiting list"),
    "homes.balance": _("Propose who would better live in which home, and enter the answers"),
    "care.view": _("See daily care in homes"),
    "care.record": _("Record daily care in a home"),
    "care.manage": _("Set residents' care and enter medicine orders"),
    "incidents.view": _("See incidents in homes"),
    "incidents.report": _("Report incidents in a home"),
    "incidents.follow": _("Follow up incidents, tell family and bureau"),
    "incidents.close": _("Close incidents that others reported"),
    "medical.view": _("See homes' contracts with hospitals and their own clinics"),
    "medical.contract": _("Enter homes' contracts with hospitals and their own clinics"),
    "medical.refer": _("Refer residents to hospital and take them back"),
    "health.view": _("See health summaries, referrals, check-ups and family doctors"),
    "health.edit": _("Enter health summaries, check-ups and family doctors"),
    "family.view": _("Read what families and the home write to each other"),
    "family.write": _("Write to families for the home"),
    "reviews.view": _("See each home's own plan: visits, findings, goals"),
    "reviews.guide": _("Visit homes for the guidance centre, advise, check what came of it"),
    "reviews.report": _("Report what a home did about findings"),
    "stores.view": _("See stores of quilts, clothing and other goods"),
    "stores.manage": _("Keep the county's store and send goods to homes"),
    "stores.keep": _("Keep a home's store: confirm, hand out, count"),
    "economy.view": _("See gardens and animals of homes"),
    "economy.record": _("Enter harvests of a home"),
    "economy.manage": _("Keep a home's plots and animals, enter what became of the harvest"),
    "workforce.view": _("See staff and certificates"),
    "workforce.edit": _("Edit staff and certificates"),
    "training.hold": _("Keep the county's trainers, hold training"),
    "training.enrol": _("Put staff on a training"),
    "rosters.view": _("See duty rosters and whether homes have enough staff"),
    "rosters.plan": _("Plan and publish a home's duty roster"),
    "rosters.own": _("See one's own shifts"),
    "shadowing.view": _("See which new staff are shown the work"),
    "shadowing.note": _("Note days of shadowing, sign for whom one showed the work"),
    "directors.appoint": _("Record appointed directors of homes"),
    "assessments.view": _("See assessments"),
    "assessments.area": _("See every assessment of an area"),
    "assessments.request": _("Ask for assessments, hand over notices, enter objections"),
    "assessments.assign": _("Assign assessors"),
    "assessments.assess": _("Visit and assess"),
    "assessments.issue": _("Review and issue results, check those of other bodies"),
    "assessments.manage": _("Keep the assessors and the recognised bodies"),
    "assessments.statistics": _("Compare assessors"),
    "assessments.export": _("Export assessments"),
    "careplans.view": _("See care plans"),
    "careplans.area": _("See every care plan of an area"),
    "careplans.edit": _("Draw up, review and end care plans"),
    "careplans.agree": _("Record agreement to care plans, ask for their review"),
    "entitlements.view": _("See the service list and who is due what"),
    "entitlements.names": _("See by name who is due what"),
    "entitlements.run": _("Start a county run"),
    "entitlements.export": _("Export outcomes"),
    "entitlements.compare": _("See drafts of the service list and what they would do"),
    "entitlements.draft": _("Draft changes of the service list"),
    "entitlements.promote": _("Review drafts of the service list and put them in force"),
    "entitlements.adjust": _("Confirm arrears and recoveries, record repayments"),
    "entitlements.settle": _("Check arrears and recoveries as the second officer"),
    "entitlements.reconcile": _("Take in reports of what was paid, and settle findings"),
    "entitlements.cycle": _("Open and cancel monthly cycles; open services for application"),
    "entitlements.review": _("Review a town's lines and applications"),
    "entitlements.check": _("Check cycles and changes of grants for the county"),
    "entitlements.approve": _("Approve cycles and applications"),
    "entitlements.propose": _("Propose to suspend, resume or stop a grant"),
    "entitlements.invite": _("Invite people who are due a service to apply for it"),
    "entitlements.lodge": _("Lodge and accept applications in the village"),
    "oversight.view": _("See evaluations and their results"),
    "schemes.apply": _("Apply in evaluations for the county, report how an award is used"),
    "schemes.recommend": _("Mark, visit and recommend applicants for the prefecture"),
    "schemes.manage": _("Hold evaluations: panel, ranking, public notice, awards"),
    "schemes.score": _("Score applications as an expert"),
    "plans.view": _("See plans and how far they are"),
    "plans.area": _("See every task of an area's plans"),
    "plans.review": _("Take in plan documents and review what was read from them"),
    "plans.drive": _("Drive plans: check tasks, hold meetings, send letters"),
    "plans.report": _("Report on the tasks of one's own unit"),
    "plans.export": _("Export plans"),
    "indicators.view": _("See indicators and figures"),
    "indicators.report": _("Report figures by hand"),
    "indicators.freeze": _("Freeze and correct figures"),
    "wall.view": _("See the wall screen: counts, never a name"),
    "indicators.export": _("Export figures and statistics reports"),
    "documents.view": _("See the register of issued papers"),
    "users.view": _("See users and their scope"),
    "users.edit": _("Create users, set scope, lock"),
    "audit.view": _("Read the audit chain"),
    "jobs.view": _("See background jobs"),
    "jobs.cancel": _("Stop background jobs"),
    "calendar.edit": _("Edit holidays and working days"),
    "demo.view": _("See the demo calibration"),
}

_SEE = {"inbox.view", "people.view", "places.view", "homes.view", "entitlements.view", "entitlements.names",
        "documents.view", "demo.view", "jobs.view"}
_ASSESSED = {"assessments.view", "assessments.area", "assessments.request"}
_CARED = {"care.view", "incidents.view"}
_CARES = _CARED | {"care.record", "incidents.report"}
_MEDICAL = {"medical.view", "health.view"}
_MEDICAL_ALL = _MEDICAL | {"medical.contract", "medical.refer", "health.edit"}
_FAMILY = {"family.view", "family.write"}  # of the home's own staff alone: letters are no business of an office
_RUN = {"reviews.view", "stores.view", "economy.view"}
_GUIDES = _RUN | {"reviews.guide", "stores.manage"}
_KEEPS = _RUN | {"reviews.report", "stores.keep", "economy.record", "economy.manage"}
_PLANNED = {"careplans.view", "careplans.area"}
_PLANNER = _PLANNED | {"careplans.edit", "careplans.agree"}
_WAITING = {"waiting.view", "waiting.apply", "waiting.export"}
_PLACING = _WAITING | {"waiting.decide", "waiting.lift", "homes.intake"}
_OFFICER = _SEE | _ASSESSED | _PLANNER | _CARED | _WAITING | _RUN | _MEDICAL_ALL | {
    "incidents.close",
    "assessments.export",
    "inbox.act",
    "people.edit",
    "people.reveal",
    "people.export",
    "people.import",
    "people.merge",
    "people.represent",
    "places.edit",
    "homes.admit",
    "fees.view",
    "workforce.view",
    "workforce.edit",
    "training.enrol",
    "rosters.view",
    "shadowing.view",
    "shadowing.note",
    "directors.appoint",
    "entitlements.run",
    "entitlements.export",
    "entitlements.adjust",
    "entitlements.settle",
    "entitlements.reconcile",
    "entitlements.cycle",
    "entitlements.check",
    "entitlements.approve",
    "entitlements.propose",
    "entitlements.invite",
    "jobs.cancel",
}
_COUNTY_ONLY = {"entitlements.run", "entitlements.cycle", "entitlements.check", "entitlements.approve",
                "entitlements.settle", "jobs.cancel"}


@dataclass(frozen=True)
class RoleSpec:
    """A role's name on pages, its rights, and the highest region level it is meant for (1 province … 6 hamlet)."""

    label: Promise | str
    rights: frozenset[str]
    level: int
    at_site: bool = False
    # Work goes to one account by name: what waits for another of the role is not theirs to see.
    by_name: bool = False


ROLES: dict[Role, RoleSpec] = {
    Role.ADMINISTRATOR: RoleSpec(
        _("System administrator"),
        # Keeps accounts and machinery; sees no older person's data.
        frozenset({"inbox.view", "inbox.act", "users.view", "users.edit", "audit.view", "jobs.view", "jobs.cancel",
                   "calendar.edit", "demo.view", "places.view"}),
        3,
    ),
    Role.BUREAU_OFFICER: RoleSpec(
        _("Civil affairs bureau officer"),
        frozenset(_OFFICER | _PLACING | _GUIDES | {"fees.draft", "fees.oversee", "users.view", "users.edit",
                              "calendar.edit", "training.hold",
                              "homes.balance", "assessments.assign", "assessments.issue", "assessments.manage",
                              "assessments.statistics", "entitlements.compare",
                              "plans.view", "plans.area", "plans.review", "plans.drive", "plans.report", "plans.export",
                              "indicators.view", "indicators.report", "indicators.freeze", "indicators.export",
                              "entitlements.draft", "entitlements.promote", "oversight.view", "schemes.apply",
                              "wall.view"}),
        3,
    ),
    Role.DISPATCHER: RoleSpec(
        _("Guidance-centre dispatcher"),
        frozenset(_SEE | _ASSESSED | _PLANNER | _CARED | _PLACING | _GUIDES | _MEDICAL_ALL | {"inbox.act",
                                                 "people.edit",
                                                 "people.reveal",
                                                 "homes.admit",
                                                 "homes.balance", "workforce.view", "training.hold",
                                                 "training.enrol", "rosters.view", "shadowing.view",
                                                 "assessments.assign",
                                                 "assessments.manage", "assessments.statistics",
                                                 "assessments.export", "plans.view",
                                                 "plans.area", "plans.export", "indicators.view", "indicators.export",
                                                 "wall.view"}),
        3,
    ),
    Role.TOWN_OFFICER: RoleSpec(
        _("Town officer"),
        frozenset(_OFFICER - _COUNTY_ONLY | {"users.view", "entitlements.review", "entitlements.lodge", "plans.view",
                                             "plans.report", "indicators.view", "indicators.report",
                                             "indicators.export"}), 4
    ),
    Role.VILLAGE_WORKER: RoleSpec(
        _("Village worker"),
        frozenset(_SEE - {"jobs.view"} | _ASSESSED | _PLANNED | _WAITING | _MEDICAL | {"careplans.agree", "inbox.act",
                                                                 "health.edit",
                                                                 "people.edit",
                                                                 "people.reveal", "people.export",
                                                                 "people.represent", "entitlements.export",
                                                                 "entitlements.lodge", "entitlements.propose"}),
        5,
    ),
    Role.HOME_MANAGER: RoleSpec(
        _("Care-home manager"),
        frozenset(_ASSESSED | _PLANNED | _CARES | _KEEPS | _FAMILY | _MEDICAL_ALL | {"care.manage",
                                          "incidents.follow",
                                          "incidents.close", "homes.intake", "waiting.view", "waiting.apply",
                                          "inbox.view", "inbox.act", "people.view",
                                          "people.edit", "people.reveal",
                                          "documents.view", "places.view", "homes.view", "homes.admit",
                                          "fees.view", "fees.draft", "fees.manage",
                                          "workforce.view", "workforce.edit", "training.enrol",
                                          "rosters.view", "rosters.plan",
                                          "rosters.own", "shadowing.view", "shadowing.note", "demo.view"}),
        4,
        at_site=True,
    ),
    Role.CARER: RoleSpec(
        _("Carer"),
        frozenset(_PLANNED | _CARES | _FAMILY | _MEDICAL | {"inbox.view", "inbox.act", "people.view",
                                      "homes.view", "economy.view", "economy.record",
                                      "rosters.own", "shadowing.view", "shadowing.note"}),
        4, True
    ),
    Role.ASSESSOR: RoleSpec(
        _("Assessor"),
        # An assessor's work comes from the lists of people whose ability is to be found out.
        frozenset({"inbox.view", "inbox.act", "people.view", "people.reveal", "places.view", "entitlements.view",
                   "entitlements.names", "documents.view", "assessments.view", "assessments.assess",
                   "careplans.view", "careplans.edit"}),
        3,
    ),
    Role.VISITING_CARER: RoleSpec(
        _("Visiting carer"), frozenset({"inbox.view", "inbox.act", "people.view"}), 5
    ),
    Role.HAMLET_LEADER: RoleSpec(
        _("Hamlet-point leader"), frozenset({"inbox.view", "inbox.act", "people.view", "places.view"}), 6
    ),
    Role.FINANCE_OFFICER: RoleSpec(
        _("Finance officer"),
        frozenset({"inbox.view", "inbox.act", "documents.view", "entitlements.view", "entitlements.names",
                   "entitlements.export", "entitlements.settle", "entitlements.reconcile", "entitlements.compare",
                   "people.view", "places.view", "plans.view", "plans.area", "plans.export", "indicators.view",
                   "indicators.export",
                   "homes.view", "fees.view", "demo.view"}),
        3,
    ),
    Role.AUDITOR: RoleSpec(
        _("Auditor"),
        frozenset(_SEE | _PLANNED | _CARED | _RUN | _MEDICAL | {"waiting.view", "waiting.export",
                                     "audit.view", "fees.view",
                                     "users.view", "people.reveal", "workforce.view", "rosters.view",
                                     "shadowing.view",
                                     "assessments.view",
                                     "assessments.area", "assessments.statistics", "assessments.export",
                                     "entitlements.compare", "plans.view", "plans.area", "plans.export",
                                     "indicators.view", "indicators.export", "oversight.view"}),
        3,
    ),
    Role.REVIEWER: RoleSpec(
        _("Prefecture or province reviewer"),
        # Which of the two an act belongs to is told by where the posting is: of a prefecture, or of the province.
        frozenset({"inbox.view", "inbox.act", "places.view", "homes.view", "medical.view", "entitlements.view",
                   "plans.view", "plans.area", "plans.export", "indicators.view", "indicators.export", "demo.view",
                   "entitlements.compare", "entitlements.draft",
                   "oversight.view", "schemes.recommend", "schemes.manage"}),
        1,
    ),
    Role.SCHEME_EXPERT: RoleSpec(
        # Sees what is assigned to them and nothing of an area.
        _("Evaluation expert"), frozenset({"inbox.view", "inbox.act", "schemes.score"}), 1
    ),
    Role.UNIT_OFFICER: RoleSpec(
        _("Officer of a responsible unit"),
        # Posted in the county, but sees of its plans only what their own unit has a part in (plans.units).
        frozenset({"inbox.view", "inbox.act", "plans.view", "plans.report"}),
        3,
        by_name=True,
    ),
    # The account of a screen in a public hall: whoever comes to its keyboard finds counts and nothing else.
    Role.SCREEN: RoleSpec(_("Wall screen"), frozenset({"wall.view"}), 3),
    Role.MEMBER: RoleSpec(_("Older person or family"), frozenset({"own.view", "own.act"}), 5),
}


ROLE_CHOICES = [(role.value, spec.label) for role, spec in ROLES.items()]
