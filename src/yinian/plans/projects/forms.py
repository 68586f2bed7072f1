"""Forms of projects."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, YuanField
from yinian.plans.projects.models import Project, ProjectFund
from yinian.plans.targets.forms import YearsField
from yinian.plans.tasks.forms import FilesField
from yinian.plans.units.models import Unit

SOURCES = [c for c in ProjectFund.Source.choices if c[0] != ProjectFund.Source.UNASSIGNED]


class ProjectForm(StaffForm):
    """A project with one field for each source of funds, in yuan."""

    name = forms.CharField(label=_("Name of the project"), max_length=200)
    owner = forms.CharField(label=_("Built by"), max_length=120, required=False)
    unit = RowField(
        Unit.objects.none(), words=lambda unit: unit.name, label=_("Unit that reports on it"), required=False,
        empty_label=_("Only the office that drives the plan"),
        help_text=_("Its accounts see the project and enter how far it is."),
    )
    nature = forms.CharField(label=_("Nature"), max_length=40, required=False,
                             help_text=_("New, rebuilt, extended, and the like."))
    start_year = forms.IntegerField(label=_("Begins in"), min_value=2000, max_value=2100, required=False)
    end_year = forms.IntegerField(label=_("Ends in"), min_value=2000, max_value=2100, required=False)
    total = YuanField(label=_("Total, in yuan"), required=False)
    years = YearsField(label=_("To be done by the end of a year, in percent"), required=False,
                       help_text=_("One year a line, with its value, such as 2026 55."))

    def __init__(self, *args: Any, project: Project, units: QuerySet[Unit], **kwargs: Any) -> None:
        funds = {fund.source: fund.amount_fen for fund in project.funds.all()}
        kwargs.setdefault("initial", {
            "name": project.name, "owner": project.owner, "unit": project.unit_id, "nature": project.nature,
            "start_year": project.start_year, "end_year": project.end_year, "total": project.total_fen,
            "years": {year.year: year.percent for year in project.years.all()},
            **{f"fund_{source}": amount for source, amount in funds.items()},
        })
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        for source, words in SOURCES:
            field = YuanField(label=_("From: %(source)s, in yuan") % {"source": words}, required=False)
            field.widget.attrs["class"] = "form-control"
            self.fields[f"fund_{source}"] = field
        self.order_fields(["name", "owner", "unit", "nature", "start_year", "end_year", "total",
                           *(f"fund_{source}" for source, _words in SOURCES), "years"])

    @property
    def given(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {
            **{key: data[key] for key in ("name", "owner", "unit", "nature", "start_year", "end_year")},
            "total_fen": data["total"], "years": {year: int(value) for year, value in data["years"].items()},
            "funds": {source: data[f"fund_{source}"] or 0 for source, _words in SOURCES},
        }


class ProgressForm(StaffForm):
    on = DayField(label=_("As of"), not_after_today=True)
    percent = forms.IntegerField(label=_("How far, in percent"), min_value=0, max_value=100)
    spent = YuanField(label=_("Spent so far, in yuan"))
    text = forms.CharField(label=_("What was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    photos = FilesField(label=_("Pictures"), required=False, help_text=_("JPG, PNG or WebP; several at once."))
