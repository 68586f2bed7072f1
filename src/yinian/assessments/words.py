"""What this room's acts and things are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.ROOMS["assessments"] = _("Assessments")
labels.register(
    actions={
        "assessments.request": _("Asked for an assessment"),
        "assessments.request_many": _("Asked for assessments"),
        "assessments.withdraw": _("Withdrew a request for assessment"),
        "assessments.assign": _("Named assessors"),
        "assessments.release": _("Released an assessor"),
        "assessments.recuse": _("Recused an assessor"),
        "assessments.plan": _("Arranged a visit"),
        "assessments.begin": _("Began a visit"),
        "assessments.locate": _("Recorded where a visit took place"),
        "assessments.finish": _("Finished the record of a visit"),
        "assessments.reopen": _("Opened a finished record again"),
        "assessments.confirm": _("Confirmed and signed an assessment"),
        "assessments.exhibit": _("Added a photo or paper to a visit"),
        "assessments.exhibit_remove": _("Took a photo or paper from a visit"),
        "assessments.result": _("An assessment was complete"),
        "assessments.send_back": _("Returned a result"),
        "assessments.issue": _("Issued a result"),
        "assessments.deliver": _("Recorded the delivery of a notice"),
        "assessments.take_effect": _("A result came into force"),
        "assessments.void": _("Declared a result void"),
        "assessments.object": _("Entered an objection"),
        "assessments.object_close": _("Closed an objection"),
        "assessments.object_withdraw": _("Withdrew an objection"),
        "assessments.recognise": _("Entered an assessment of another body"),
        "assessments.recognise_accept": _("Accepted an assessment of another body"),
        "assessments.recognise_refuse": _("Refused an assessment of another body"),
        "assessments.body": _("Changed the recognised bodies"),
        "assessments.assessor": _("Changed an assessor's profile"),
        "assessments.export": _("Exported assessments"),
    },
    kinds={
        "assessments.request": _("request for assessment"),
        "assessments.assessor": _("assessor"),
        "assessments.seat": _("assessor's part"),
        "assessments.recusal": _("recusal"),
        "assessments.visit": _("assessment visit"),
        "assessments.exhibit": _("photo or paper of a visit"),
        "assessments.result": _("assessment result"),
        "assessments.objection": _("objection"),
        "assessments.body": _("recognised body"),
        "assessments.recognition": _("assessment of another body"),
    },
)
