"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "homes.bed_in_use": _("Put a bed back into use"),
        "homes.bed_out": _("Took a bed out of use"),
        "homes.change_bed": _("Moved a resident to another bed"),
        "homes.take_back": _("Took back a discharge"),
    }
)
