"""What the page of occupancy is asked for. A GET: it holds no personal data."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.places.models import Site

STEPS = [("month", _("By month")), ("day", _("By day"))]


class OccupancyForm(StaffForm):
    home = RowField(
        Site.objects.none(), words=lambda s: s.name, label=_("Care home"), required=False, empty_label=_("All of them")
    )
    step = forms.ChoiceField(label=_("Way of showing"), choices=STEPS)
    until = DayField(label=_("Until"), not_after_today=True, required=False)

    def __init__(self, *args: Any, homes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].queryset = homes  # type: ignore[attr-defined]
