"""Forms of joint meetings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.plans.meetings.models import Decision
from yinian.plans.tasks.models import Task
from yinian.plans.units.models import Unit


class MeetingForm(StaffForm):
    plan = forms.ChoiceField(label=_("Plan"))
    title = forms.CharField(label=_("Title of the meeting"), max_length=120)
    held_on = DayField(label=_("Meeting held on"))
    venue = forms.CharField(label=_("Place of the meeting"), max_length=120)
    chair = forms.CharField(label=_("Chaired by"), max_length=60)
    present = forms.CharField(label=_("Present"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    minutes = forms.CharField(label=_("What was said"), max_length=8000, required=False,
                              widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args: Any, plans: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plans  # type: ignore[attr-defined]


class DecisionForm(StaffForm):
    """One decision; which fields count depends on its kind."""

    kind = forms.ChoiceField(label=_("What is decided"), choices=Decision.Kind.choices)
    text = forms.CharField(label=_("In words"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    task = RowField(Task.objects.none(), label=_("Task"), required=False,
                    help_text=_("For one that is withdrawn or moved."))
    title = forms.CharField(label=_("Short name of the new task"), max_length=200, required=False)
    lead = forms.ModelMultipleChoiceField(Unit.objects.none(), label=_("Lead units"), required=False,
                                          help_text=_("For a new task."))
    assist = forms.ModelMultipleChoiceField(Unit.objects.none(), label=_("Assisting units"), required=False)
    due_on = DayField(label=_("Deadline"), required=False,
                      help_text=_("For a new task, or the new one of a moved task."))

    def __init__(self, *args: Any, tasks: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = tasks  # type: ignore[attr-defined]
        for name in ("lead", "assist"):
            self.fields[name].queryset = units  # type: ignore[attr-defined]
            self.fields[name].widget.attrs |= {"size": 5, "class": "form-select"}
