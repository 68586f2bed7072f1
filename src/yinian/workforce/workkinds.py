"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

CERTIFICATE = work_kind(
    "workforce.certificate",
    _("%(name)s (%(site)s): a certificate runs out on %(day)s. Have it renewed and enter the new one."),
    _("Open the entry"),
    Role.HOME_MANAGER,
    10,
)
