"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "people.conflict_raise": _("Raised a conflict between two sources"),
        "people.conflict_decide": _("Decided a conflict between two sources"),
        "people.consent_give": _("Recorded a consent"),
        "people.consent_withdraw": _("Recorded the withdrawal of a consent"),
        "people.death": _("Recorded a death"),
        "people.import_upload": _("Uploaded a departmental list"),
        "people.import_check": _("Began to check a departmental list"),
        "people.import_checked": _("Checked a departmental list"),
        "people.import_refused": _("Refused a departmental list"),
        "people.import_decide": _("Decided a doubtful row of a list"),
        "people.import_start": _("Began to load a departmental list"),
        "people.import_commit": _("Loaded a departmental list"),
        "people.import_undo_start": _("Began to take back a departmental list"),
        "people.import_undo": _("Took back a departmental list"),
        "people.kin_add": _("Entered a family member"),
        "people.kin_end": _("Ended a family member's entry"),
        "people.merged_away": _("Merged an entry into another"),
        "people.move": _("Recorded a move"),
        "people.spell_record": _("Recorded a circumstance"),
        "people.spell_end": _("Ended a circumstance"),
        "people.spell_retract": _("Retracted a circumstance"),
    }
)
