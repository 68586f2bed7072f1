"""What this room's acts and things are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.ROOMS["plans"] = _("Plans")
labels.register(
    kinds={
        "plandocument": _("Plan document"),
        "item": _("Item of a plan"),
    },
)
