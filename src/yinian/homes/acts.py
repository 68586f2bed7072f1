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
        "homes.bed_tag_renewed": _("Renewed the code of a bed"),
        "homes.bed_tags": _("Made codes of beds"),
        "homes.care_correct": _("Put a care record right"),
        "homes.care_record": _("Recorded a care task"),
        "homes.care_set": _("Set a resident's care"),
        "homes.dose": _("Recorded a dose"),
        "homes.dose_correct": _("Put the record of a dose right"),
        "homes.hand_over": _("Left a hand-over note"),
        "homes.hand_over_read": _("Read a hand-over note"),
        "homes.incident": _("Reported an incident"),
        "homes.incident_bureau": _("Told the bureau of an incident"),
        "homes.incident_close": _("Closed an incident"),
        "homes.incident_family": _("Recorded what the family was told of an incident"),
        "homes.incident_step": _("Added a step to an incident"),
        "homes.order": _("Entered a medicine order"),
        "homes.order_stop": _("Stopped a medicine order"),
        "homes.vital": _("Recorded a measured value"),
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
