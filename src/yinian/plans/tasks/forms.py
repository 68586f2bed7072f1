"""Forms of tasks: reporting, moving a deadline, changing a task."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.plans.tasks.models import Task, TaskUnit
from yinian.plans.units.models import Unit


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; cleaned to a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in given if one]
        if self.required and not found:
            raise forms.ValidationError(self.error_messages["required"])
        return found


class ReportForm(StaffForm):
    unit = forms.ChoiceField(label=_("Reported for"))
    text = forms.CharField(label=_("What was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    percent = forms.IntegerField(label=_("How far, in percent"), min_value=0, max_value=100,
                                 widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": 5}))
    finished = forms.BooleanField(label=_("All of it is done"), required=False)
    proof = FilesField(label=_("Proof of it"), required=False,
                       help_text=_("Pictures, PDF, Word or Excel; several at once."))
    on = DayField(label=_("As of"), not_after_today=True)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]
        self.fields["unit"].initial = units[0].pk if units else None
        self.fields["on"].initial = timezone.localdate
        self.fields["percent"].required = False
        if len(units) == 1:
            self.fields["unit"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("finished"):
            data["percent"] = 100
        elif data.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say how far it is, or that all of it is done."))
        return data


class DeadlineForm(StaffForm):
    day = DayField(label=_("New deadline"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("Kept with your name in the history of the task."))


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class TaskForm(StaffForm):
    """A task's short name, its proof, its place, and its units by role."""

    title = forms.CharField(label=_("Short name"), max_length=200)
    evidence = forms.CharField(label=_("Evidence needed"), max_length=200, required=False,
                               help_text=_("Such as: acceptance form and pictures of the site."))
    evidence_count = forms.IntegerField(label=_("Files at least"), min_value=0, max_value=20)
    lead = forms.ModelMultipleChoiceField(Unit.objects.none(), label=_("Lead units"), required=False)
    assist = forms.ModelMultipleChoiceField(Unit.objects.none(), label=_("Assisting units"), required=False)
    responsible = forms.ModelMultipleChoiceField(Unit.objects.none(), label=_("Other responsible units"),
                                                 required=False)
    parent = RowField(Task.objects.none(), label=_("Part of"), required=False)

    def __init__(self, *args: Any, units: Any, tasks: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lead", "assist", "responsible"):
            field = self.fields[name]
            field.queryset = units  # type: ignore[attr-defined]
            field.widget.attrs |= {"size": 6, "class": "form-select"}
        self.fields["parent"].queryset = tasks  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(task: Task, parts: list[TaskUnit]) -> dict[str, Any]:
        """The form's values from a task."""
        by_role: dict[str, list[int]] = {"lead": [], "assist": [], "responsible": []}
        for part in parts:
            if part.unit_id is not None:
                by_role[part.role if part.role in by_role else "responsible"].append(part.unit_id)
        return {"title": task.title, "evidence": task.evidence, "evidence_count": task.evidence_count,
                "parent": task.parent_id, **by_role}
