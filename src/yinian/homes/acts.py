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
        "homes.draft_bills": _("Drafted a home's bills"),
        "homes.close_bills": _("Closed a home's bills"),
        "homes.close_bill": _("Closed a bill"),
        "homes.correct_bill": _("Put a closed bill right"),
        "homes.charge_once": _("Charged a resident once"),
        "homes.drop_charge": _("Took a single charge back"),
        "homes.pay": _("Recorded a payment on a bill"),
        "homes.reverse_payment": _("Took a payment back"),
        "homes.receive_county": _("Recorded public money of a home"),
        "homes.take_ahead": _("Took money of a resident ahead"),
        "homes.keep_account": _("Entered a home's supervised account"),
        "homes.state_balance": _("Entered the bank's balance"),
        "homes.open_refund": _("Opened a refund"),
        "homes.agree_refund_days": _("Entered the agreed days of a refund"),
        "homes.settle_refund": _("Settled a refund"),
        "homes.publish_price": _("Published a price"),
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
