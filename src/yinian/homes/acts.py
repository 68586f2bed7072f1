"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "homes.balance": _("Drew up who would better live where"),
        "homes.move_answer": _("Entered the answer to a proposed move"),
        "homes.bed_in_use": _("Put a bed back into use"),
        "homes.bed_out": _("Took a bed out of use"),
        "homes.change_bed": _("Moved a resident to another bed"),
        "homes.absence_take_back": _("Took back an absence"),
        "homes.change_kind": _("Changed the kind of a stay"),
        "homes.expected_end": _("Agreed another end of a stay"),
        "homes.come_back": _("Recorded a resident's return"),
        "homes.go": _("Recorded that a resident went away"),
        "homes.set_level": _("Set the care level of a resident"),
        "homes.take_back": _("Took back an admission"),
        "homes.transfer": _("Transferred a resident to another home"),
        "homes.transfer_ask": _("Asked another home to take a resident"),
        "homes.transfer_declined": _("Declined to take a resident"),
        "homes.transfer_withdrawn": _("Withdrew a request for a transfer"),
    }
)
