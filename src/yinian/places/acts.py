"""How the room's acts are called in the audit chain."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels

labels.register(
    actions={
        "places.add_beds": _("Added beds"),
        "places.add_day_places": _("Added places for day care"),
        "places.add_hamlet": _("Added a hamlet"),
        "places.add_room": _("Added a room"),
        "places.create_site": _("Entered a site"),
        "places.edit_room": _("Changed a room"),
        "places.edit_site": _("Edited a site"),
        "places.load_divisions": _("Loaded divisions"),
        "places.set_price": _("Set a price"),
    }
)
