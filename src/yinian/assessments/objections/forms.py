"""The form of an objection."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments.objections.models import Objection
from yinian.core.forms import DayField, StaffForm, choices_with_blank


class ObjectForm(StaffForm):
    by = forms.ChoiceField(label=_("Who objects"), choices=choices_with_blank(Objection.By.choices, _("Choose")))
    by_name = forms.CharField(label=_("Name"), max_length=60)
    reason = forms.CharField(
        label=_("What is doubted"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In the words of who objects; the assessors of the re-assessment read it."),
    )
    lodged_on = DayField(label=_("Raised on"), not_after_today=True)
    file = forms.FileField(
        label=_("Signed paper, if there is one"), required=False, help_text=_("A picture or PDF, at most 15 MB.")
    )


class OwnObjectForm(StaffForm):
    reason = forms.CharField(label=_("What do you doubt?"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
