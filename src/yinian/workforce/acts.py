"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "workforce.add": _("Entered a staff member"),
        "workforce.edit": _("Edited a staff member's entry"),
        "workforce.add_certificate": _("Entered a certificate"),
        "workforce.drop_certificate": _("Removed a certificate"),
        "workforce.post": _("Gave a post"),
        "workforce.end_post": _("Ended a post"),
        "workforce.account": _("Tied a staff member to an account"),
        "workforce.trainer": _("Kept the register of trainers"),
        "workforce.training": _("Entered a training"),
        "workforce.training_put": _("Put staff on a training"),
        "workforce.training_results": _("Recorded results of a training"),
    }
)
