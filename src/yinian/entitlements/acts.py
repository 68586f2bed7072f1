"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "entitlements.apply": _("Lodged an application"),
        "entitlements.apply_paper": _("Added a paper to an application"),
        "entitlements.correction_changed": _("Worked a difference out anew"),
        "entitlements.correction_dropped": _("Dropped a difference"),
        "entitlements.cycle_open": _("Opened a month"),
        "entitlements.cycle_days": _("Entered on how many days a service was given"),
        "entitlements.cycle_accept": _("Accepted lines of a month"),
        "entitlements.cycle_hold": _("Held lines of a month back"),
        "entitlements.cycle_refuse": _("Refused lines of a month"),
        "entitlements.cycle_town": _("Reviewed a town's changes"),
        "entitlements.cycle_check": _("Checked a month"),
        "entitlements.cycle_approve": _("Approved a month"),
        "entitlements.cycle_send_back": _("Sent a month back"),
        "entitlements.cycle_cancel": _("Cancelled a month"),
        "entitlements.finding_propose": _("Proposed what to do with a payment finding"),
        "entitlements.grant": _("Granted a service"),
        "entitlements.grant_change": _("Changed a grant"),
        "entitlements.grant_reject": _("Rejected the change of a grant"),
        "entitlements.propose": _("Proposed to change a grant"),
        "entitlements.intake_open": _("Opened a service for application"),
        "entitlements.intake_close": _("Closed a service for application"),
        "entitlements.objection": _("Recorded an objection to a public notice"),
        "entitlements.objection_settle": _("Settled an objection to a public notice"),
        "entitlements.paid_upload": _("Uploaded a payment report"),
        "entitlements.paid_check": _("Began to check a payment report"),
        "entitlements.paid_checked": _("Checked a payment report"),
        "entitlements.paid_refused": _("Refused a payment report"),
        "entitlements.paid_map": _("Named the items of a payment report"),
        "entitlements.paid_decide": _("Decided a doubtful payee"),
        "entitlements.paid_start": _("Began to load a payment report"),
        "entitlements.paid_commit": _("Loaded a payment report"),
        "entitlements.paid_withdraw": _("Withdrew a payment report"),
        "entitlements.verify": _("Checked that a run can be reproduced"),
    }
)
