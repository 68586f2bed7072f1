"""Forms of assessors: naming them, recusing, and their profiles."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments import scales
from yinian.assessments.assignments.models import Recusal
from yinian.assessments.assignments.proposal import Candidate
from yinian.assessments.assignments.queries import barred_words
from yinian.core.forms import DayField, StaffForm, choices_with_blank, dress
from yinian.core.models import Region
from yinian.workforce.models import Worker


def candidate_choices(candidates: Sequence[Candidate], region: str) -> list[tuple[Any, Any]]:
    """Who can be chosen for a place, the least busy first: name, background, visits waiting."""
    able = sorted((c for c in candidates if not c.barred), key=lambda c: (not c.serves(region), c.waiting, c.pk))
    return [("", _("Choose")), *((c.pk, candidate_words(c, region)) for c in able)]


def candidate_words(c: Candidate, region: str) -> str:
    parts = [c.name]
    if c.medical:
        parts.append(str(_("medical")))
    parts.append(str(_("%(n)d waiting") % {"n": c.waiting}))
    if not c.serves(region):
        parts.append(str(_("of another town")))
    return " · ".join(parts)


class AssignForm(StaffForm):
    """The assessors of one request, the leader first."""

    def __init__(
        self, *args: Any, candidates: Sequence[Candidate], region: str, count: int, again: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = candidate_choices(candidates, region)
        for place in range(1, count + 1):
            self.fields[f"a{place}"] = forms.TypedChoiceField(
                label=_("First assessor, who leads") if place == 1 else _("Assessor %(n)d") % {"n": place},
                choices=choices, coerce=int, empty_value=None,
            )
        if again:
            self.fields["reason"] = forms.CharField(
                label=_("Why the assessors are changed"), max_length=200, help_text=_("It is kept.")
            )
        self.places = [f"a{place}" for place in range(1, count + 1)]
        for field in self.fields.values():
            dress(field)

    @property
    def chosen(self) -> list[int]:
        return [self.cleaned_data[name] for name in self.places]


def barred_lines(candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """Who cannot be named, and why."""
    return [(c.name, barred_words(c.barred)) for c in candidates if c.barred]


class RecuseForm(StaffForm):
    ground = forms.ChoiceField(
        label=_("Ground of recusal"), choices=choices_with_blank(Recusal.Ground.choices, _("Choose"))
    )
    reason = forms.CharField(label=_("In a few words"), max_length=200)


class ProfileForm(StaffForm):
    """What qualifies an assessor and where they go."""

    qualification = forms.CharField(label=_("Qualification"), max_length=80, help_text=_("Such as nurse, grade 3."))
    medical = forms.BooleanField(label=_("Has a medical or nursing background"), required=False)
    agency = forms.CharField(label=_("Body they assess for"), max_length=120, required=False)
    certificate = forms.CharField(label=_("Number of the assessor's certificate"), max_length=60, required=False)
    certificate_expires = DayField(label=_("Holds until"), required=False)
    scales = forms.MultipleChoiceField(label=_("May assess by"), widget=forms.CheckboxSelectMultiple)
    areas = forms.MultipleChoiceField(
        label=_("Goes to"), widget=forms.CheckboxSelectMultiple,
        help_text=_("The whole county, or single towns."),
    )
    most_open = forms.IntegerField(
        label=_("Visits they can have waiting at most"), min_value=1, max_value=500, required=False,
        help_text=_("Empty: no bound. Beyond it they are proposed only when nobody else is left."),
    )
    worker = forms.TypedChoiceField(
        label=_("Entry under Workforce"), coerce=int, required=False, empty_value=None,
        help_text=_("Where they are on the staff of a home or station."),
    )
    active = forms.BooleanField(label=_("Assesses at present"), required=False, initial=True)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, areas: Sequence[Region], workers: Sequence[Worker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {region.code: region for region in areas}
        self.fields["scales"].choices = scales.choices()  # type: ignore[attr-defined]
        self.fields["areas"].choices = [(r.code, r.name) for r in areas]  # type: ignore[attr-defined]
        self.fields["worker"].choices = [("", _("None")), *((w.pk, w.name) for w in workers)]  # type: ignore[attr-defined]

    @property
    def profile(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {
            "areas": [self.regions[code] for code in data.pop("areas")], "worker_pk": data.pop("worker"), **data,
        }
