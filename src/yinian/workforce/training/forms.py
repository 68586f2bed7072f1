"""Forms of trainers, sessions, attendance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, choices_with_blank
from yinian.workforce.models import Trainer, Worker
from yinian.workforce.training.models import Field


class TrainerForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    unit = forms.CharField(label=_("Where they work"), max_length=120)
    fields_ = forms.MultipleChoiceField(
        label=_("What they teach"), choices=Field.choices, widget=forms.CheckboxSelectMultiple
    )
    proof = forms.CharField(
        label=_("What shows that they can"),
        max_length=200,
        help_text=_("Certificate or appointment, with its number."),
    )
    since = DayField(label=_("Trainer since"))
    until = DayField(label=_("First day no longer"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SessionForm(StaffForm):
    subject = forms.CharField(label=_("Subject"), max_length=120)
    field = forms.ChoiceField(label=_("What is taught"), choices=choices_with_blank(Field.choices, _("Choose")))
    trainer = RowField(
        Trainer.objects.none(),
        label=_("Trainer"),
        empty_label=_("Choose"),
        words=lambda one: f"{one.name} · {one.field_words()}",
    )
    day = DayField(label=_("Day"))
    place = forms.CharField(label=_("Place of the training"), max_length=120)
    hours = forms.DecimalField(label=_("Hours"), min_value=0, max_value=200, decimal_places=1, initial=4)
    certificate = forms.BooleanField(label=_("Whoever passes gets a training completion certificate"), required=False)

    def __init__(self, *args: Any, trainers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainer"].queryset = trainers  # type: ignore[attr-defined]


class AttendForm(StaffForm):
    workers = forms.ModelMultipleChoiceField(
        Worker.objects.none(), label=_("Staff"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workers"].queryset = staff  # type: ignore[attr-defined]
