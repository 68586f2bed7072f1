"""What this room's acts and things are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.ROOMS["plans"] = _("Plans")
labels.register(
    actions={
        "plans.import": _("Took in a plan document"),
        "plans.read": _("Read a plan document"),
        "plans.read_again": _("Had a plan document read again"),
        "plans.edit_document": _("Put the facts of a plan document right"),
        "plans.withdraw": _("Withdrew a plan document"),
        "plans.accept": _("Accepted an item of a plan"),
        "plans.accept_all": _("Accepted the items of a section"),
        "plans.reject": _("Left out an item of a plan"),
        "plans.mend": _("Mended an item of a plan"),
        "plans.split": _("Split an item of a plan"),
        "plans.merge": _("Merged items of a plan"),
        "plans.add": _("Added an item to a plan document"),
        "plans.export": _("Exported plans"),
    },
    kinds={
        "plandocument": _("Plan document"),
        "item": _("Item of a plan"),
    },
)
