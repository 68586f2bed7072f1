"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.ROOMS["oversight"] = _("Oversight")
labels.register(
    actions={
        "oversight.add_paper": _("Added a paper to an evaluation application"),
        "oversight.remove_paper": _("Removed a paper from an evaluation application"),
        "oversight.describe": _("Described an evaluation application"),
        "oversight.mark": _("Marked an application for the prefecture"),
        "oversight.place": _("Ranked an application"),
        "oversight.score": _("Scored an application"),
        "oversight.withdraw_use": _("Withdrew a report on an award's use"),
    }
)
