"""Acts and things of the audit chain in words. An act not named here is shown by its room: nothing stays code."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTIONS: dict[str, Promise | str] = {
    "users.login": gettext_lazy("Logged in"),
    "users.create": gettext_lazy("Made a user"),
    "users.post": gettext_lazy("Gave a role"),
    "users.unpost": gettext_lazy("Ended a role"),
    "users.lock": gettext_lazy("Locked an account"),
    "users.unlock": gettext_lazy("Unlocked an account"),
    "users.identify": gettext_lazy("Entered whose account it is"),
    "users.end_sessions": gettext_lazy("Ended sessions"),
    "users.reset_password": gettext_lazy("Gave a one-time password"),
    "users.change_password": gettext_lazy("Changed the password"),
    "users.second_factor_on": gettext_lazy("Turned the second factor on"),
    "users.second_factor_off": gettext_lazy("Turned the second factor off"),
    "users.recovery_code_used": gettext_lazy("Used a recovery code"),
    "core.reveal": gettext_lazy("Saw a masked value"),
    "audit.verify": gettext_lazy("Checked the audit chain"),
    "audit.export": gettext_lazy("Exported audit rows"),
    "inbox.take": gettext_lazy("Took a work item"),
    "inbox.hand_over": gettext_lazy("Handed a work item over"),
    "inbox.close": gettext_lazy("Closed a work item"),
    "inbox.escalate": gettext_lazy("Raised an overdue work item"),
    "inbox.export": gettext_lazy("Exported work items"),
    "jobs.start": gettext_lazy("Started a job"),
    "jobs.cancel": gettext_lazy("Stopped a job"),
    "jobs.file": gettext_lazy("Took a finished workbook"),
    "jobs.file_clear": gettext_lazy("Took away a finished workbook after its day"),
    "calendar.set": gettext_lazy("Entered a holiday or working day"),
    "calendar.clear": gettext_lazy("Cleared a calendar day"),
    "calendar.load": gettext_lazy("Loaded the national holidays"),
    "attachments.store": gettext_lazy("Stored a file"),
    "attachments.open": gettext_lazy("Opened a file"),
    "documents.issue": gettext_lazy("Issued a paper"),
    "documents.withdraw": gettext_lazy("Withdrew a paper"),
    "documents.export": gettext_lazy("Exported the register of papers"),
    "people.register": gettext_lazy("Registered an older person"),
    "people.edit": gettext_lazy("Changed an older person's record"),
    "people.export": gettext_lazy("Exported a list of people"),
    "people.merge": gettext_lazy("Merged duplicates"),
    "people.unmerge": gettext_lazy("Un-merged duplicates"),
    "people.represent": gettext_lazy("Let a family member act for a person"),
    "people.represent_end": gettext_lazy("Ended that a family member acts for a person"),
    "people.import": gettext_lazy("Loaded a departmental list"),
    "entitlements.run": gettext_lazy("Ran the county"),
    "entitlements.export": gettext_lazy("Exported outcomes"),
    "entitlements.recalculate": gettext_lazy("Worked past months out again"),
    "entitlements.recalculate_person": gettext_lazy("Worked a person's past months out again"),
    "entitlements.correction_found": gettext_lazy("Proposed arrears or a recovery"),
    "entitlements.correction.confirm": gettext_lazy("Confirmed arrears or a recovery"),
    "entitlements.correction.reject": gettext_lazy("Rejected arrears or a recovery"),
    "entitlements.correction.return": gettext_lazy("Sent arrears or a recovery back"),
    "entitlements.correction.approve": gettext_lazy("Checked arrears or a recovery"),
    "entitlements.correction.waive": gettext_lazy("Checked the waiver of a recovery"),
    "entitlements.corrections_settled": gettext_lazy("Settled arrears and recoveries with a month"),
    "entitlements.repayment": gettext_lazy("Recorded money that came back"),
    "entitlements.send_villages": gettext_lazy("Sent villages to people who are missed"),
    "entitlements.invite": gettext_lazy("Invited people who are missed to apply"),
    "homes.admit": gettext_lazy("Admitted a resident"),
    "homes.discharge": gettext_lazy("Discharged a resident"),
    "homes.export": gettext_lazy("Exported homes"),
    "places.export": gettext_lazy("Exported places"),
    "workforce.export": gettext_lazy("Exported staff"),
}

ROOMS: dict[str, Promise | str] = {
    "people": gettext_lazy("Older people"),
    "imports": gettext_lazy("Departmental lists"),
    "duplicates": gettext_lazy("Duplicates"),
    "entitlements": gettext_lazy("Services and dues"),
    "homes": gettext_lazy("Homes and beds"),
    "places": gettext_lazy("Places"),
    "workforce": gettext_lazy("Workforce"),
    "users": gettext_lazy("Users"),
    "inbox": gettext_lazy("Work items"),
    "jobs": gettext_lazy("Background work"),
    "calendar": gettext_lazy("Holidays"),
    "audit": gettext_lazy("Audit"),
    "attachments": gettext_lazy("Files"),
    "core": gettext_lazy("Base"),
    "demo": gettext_lazy("Demo"),
    "api": gettext_lazy("Interface"),
}

KINDS: dict[str, Promise | str] = {
    "core.user": gettext_lazy("user"),
    "core.workitem": gettext_lazy("work item"),
    "core.job": gettext_lazy("background job"),
    "core.holiday": gettext_lazy("calendar day"),
    "core.attachment": gettext_lazy("file"),
    "core.document": gettext_lazy("issued paper"),
    "core.auditrow": gettext_lazy("audit row"),
    "people.person": gettext_lazy("older person"),
    "people.spell": gettext_lazy("circumstance"),
    "people.kin": gettext_lazy("kin"),
    "people.contact": gettext_lazy("contact"),
    "people.consent": gettext_lazy("consent"),
    "people.import": gettext_lazy("departmental list"),
    "people.importbatch": gettext_lazy("departmental list"),
    "people.duplicate": gettext_lazy("possible duplicate"),
    "places.organisation": gettext_lazy("organisation"),
    "places.site": gettext_lazy("site"),
    "places.room": gettext_lazy("room"),
    "places.bed": gettext_lazy("bed"),
    "homes.stay": gettext_lazy("stay"),
    "workforce.worker": gettext_lazy("staff member"),
    "workforce.certificate": gettext_lazy("certificate"),
    "entitlements.run": gettext_lazy("county run"),
    "entitlements.outcome": gettext_lazy("outcome"),
}

FIELDS: dict[str, Promise | str] = {
    "id_number": gettext_lazy("ID number"), "phone": gettext_lazy("phone number"),
    "address": gettext_lazy("address"), "bank_account": gettext_lazy("bank account"),
}


def register(actions: dict[str, Promise | str] | None = None, kinds: dict[str, Promise | str] | None = None) -> None:
    """Name a room's own acts and things."""
    ACTIONS.update(actions or {})
    KINDS.update(kinds or {})


def action_words(action: str) -> str:
    """The act in words; for one without a name, the room it happened in."""
    if action in ACTIONS:
        return str(ACTIONS[action])
    room = ROOMS.get(action.split(".")[0])
    return _("%(room)s: a recorded act") % {"room": room} if room else _("A recorded act")


def kind_words(kind: str) -> str:
    """The kind of thing in words; the room's name stands for one without."""
    if not kind:
        return ""
    return str(KINDS.get(kind) or ROOMS.get(kind.split(".")[0]) or _("record"))


def field_words(field: str) -> str:
    return str(FIELDS.get(field) or _("masked value"))
