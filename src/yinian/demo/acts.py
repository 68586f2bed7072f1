"""How the demo's act is called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(actions={"demo.build": _("Built the demonstration county")})
