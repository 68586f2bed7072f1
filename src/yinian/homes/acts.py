"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "homes.bed_in_use": _("Put a bed back into use"),
        "homes.bed_out": _("Took a bed out of use"),
        "homes.change_bed": _("Moved a resident to another bed"),
        "homes.waiting_order": _("Put the waiting list in order"),
        "homes.apply_lodge": _("Lodged an application for a bed"),
        "homes.apply_accept": _("Accepted an application for a bed"),
        "homes.apply_return": _("Returned an application for a bed for supplement"),
        "homes.apply_refuse": _("Refused an application for a bed"),
        "homes.apply_supplement": _("Supplemented an application for a bed"),
        "homes.apply_change": _("Changed the wishes of an application for a bed"),
        "homes.apply_assessment": _("Asked for the assessment an application for a bed waits for"),
        "homes.apply_withdraw": _("Withdrew an application for a bed"),
        "homes.apply_close": _("Closed an application for a bed"),
        "homes.apply_offer": _("Offered a bed"),
        "homes.apply_take": _("Recorded that an offered bed is accepted"),
        "homes.apply_decline": _("Recorded that an offered bed is declined"),
        "homes.apply_recall": _("Took back the offer of a bed"),
        "homes.apply_expire": _("Let the offer of a bed run out"),
        "homes.apply_admit": _("Ended an application for a bed by moving in"),
        "homes.lift_propose": _("Proposed an urgent lift on the waiting list"),
        "homes.lift_confirm": _("Confirmed an urgent lift on the waiting list"),
        "homes.lift_reject": _("Rejected an urgent lift on the waiting list"),
        "homes.risks_begin": _("Began a risk assessment before admission"),
        "homes.risks_save": _("Kept answers of a risk assessment"),
        "homes.risks_sign": _("Signed a risk assessment for the home"),
        "homes.risks_agree": _("Recorded the family's signature of a risk assessment"),
        "homes.agreement_draw": _("Drew up an agreement with a resident"),
        "homes.agreement_issue": _("Printed an agreement with a resident"),
        "homes.agreement_sign": _("Kept the signed agreement with a resident"),
        "homes.agreement_void": _("Set aside an agreement with a resident"),
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
