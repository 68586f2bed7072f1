"""What the one search box finds of this room: services, by name, condition or the document they rest on."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.errors import NotVisible, Refused
from yinian.core.pinyin import initials
from yinian.core.search import LIMIT, Hit, register
from yinian.core.users.models import User
from yinian.entitlements import listing, packs, queries


def provide(actor: User, text: str) -> list[Hit]:
    """Services whose name, its pinyin initials, description or ground holds the text."""
    try:
        region = queries.region_for(actor, "")
        pack = packs.in_force(region.pk).pack
    except (NotVisible, Refused):
        return []
    wanted, letters = text.casefold(), text.replace(" ", "").lower()
    first: list[Hit] = []
    further: list[Hit] = []
    for entry in listing.entries(pack, timezone.localdate()):
        hit = Hit(entry.name, reverse("entitlements:service", args=[entry.id]) + f"?region={region.pk}",
                  " · ".join(filter(None, (entry.group, entry.amount, entry.clause.title))))
        if wanted in entry.name.casefold() or (letters.isalpha() and initials(entry.name).startswith(letters)):
            first.append(hit)
        elif any(wanted in part.casefold() for part in (
            entry.description, entry.clause.title, entry.clause.number or "", *(c.label for c in entry.conditions)
        )):
            further.append(hit)
    return [*first, *further][:LIMIT]


register("entitlements.services", _("Service list"), "entitlements.view", provide,
         more=lambda text: reverse("entitlements:services"), order=40)
