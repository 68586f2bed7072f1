"""Forms of shadowings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.places.models import Site
from yinian.workforce.models import Worker


class BeginForm(StaffForm):
    """Who is shown the work, where, by whom. The mentors are those of the place chosen before."""

    worker = RowField(Worker.objects.none(), label=_("Who is new"), empty_label=_("Choose"))
    mentor = RowField(Worker.objects.none(), label=_("Mentor"), empty_label=_("Choose"))
    since = DayField(label=_("First day"))

    def __init__(self, *args: Any, staff: Any, mentors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = staff  # type: ignore[attr-defined]
        self.fields["mentor"].queryset = mentors  # type: ignore[attr-defined]


class PlaceForm(StaffForm):
    place = RowField(Site.objects.none(), label=_("Where the work is shown"), words=lambda site: site.name)

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class DayForm(StaffForm):
    day = DayField(label=_("Day"), not_after_today=True)
    note = forms.CharField(label=_("What was shown and done"), max_length=500, widget=forms.Textarea)


class MentorForm(StaffForm):
    word = forms.CharField(label=_("How they do the work"), max_length=200)
