"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.audit import labels

labels.ROOMS["medical"] = _("Medical care")
labels.FIELDS["health_summary"] = _("health summary")
labels.register(
    actions={
        "medical.institution": _("Entered a medical institution"),
        "medical.contract": _("Entered a home's contract with an institution"),
        "medical.licence": _("Entered the licence of a home's clinic"),
        "medical.paper": _("Attached the paper of a contract or licence"),
        "medical.stop": _("Ended a contract, a licence or a signing"),
        "medical.error": _("Marked an entry about medical care as an error"),
        "medical.refer": _("Referred a resident to hospital"),
        "medical.refer_down": _("Entered a hospital's referral to a home"),
        "medical.answer": _("Entered the answer to a referral"),
        "medical.arrive": _("Entered the arrival of a referred person"),
        "medical.return": _("Entered a return from hospital"),
        "medical.stayed": _("Entered that a referred person did not come back"),
        "medical.withdraw": _("Withdrew a referral"),
        "medical.condition": _("Entered a condition in a health summary"),
        "medical.condition_change": _("Changed the course of a condition"),
        "medical.allergy": _("Entered an allergy in a health summary"),
        "medical.doctor": _("Entered a family doctor"),
        "medical.check_up": _("Entered a check-up"),
        "medical.check_list_upload": _("Uploaded a list of check-ups"),
        "medical.check_list_check": _("Had a list of check-ups checked again"),
        "medical.check_list_checked": _("Checked a list of check-ups"),
        "medical.check_list_refused": _("Refused a list of check-ups"),
        "medical.check_list_start": _("Began to take in a list of check-ups"),
        "medical.check_list_take": _("Took in a list of check-ups"),
        "medical.check_list_back": _("Took back a list of check-ups"),
        "medical.followed_up": _("Closed what a check-up found"),
        "medical.bed": _("Entered a bed of the health side"),
        "medical.export": _("Exported a list of medical care"),
    },
    kinds={
        "medical.institution": pgettext_lazy("audit", "medical institution"),
        "medical.contract": _("contract with an institution"),
        "medical.licence": _("licence of a clinic"),
        "medical.referral": pgettext_lazy("audit", "referral"),
        "medical.condition": _("condition"),
        "medical.allergy": _("allergy"),
        "medical.familydoctor": _("family doctor"),
        "medical.checklist": pgettext_lazy("audit", "list of check-ups"),
        "medical.checkup": _("check-up"),
        "medical.medicalbed": _("bed of the health side"),
    },
)
