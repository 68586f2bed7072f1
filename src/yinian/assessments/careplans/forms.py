"""Forms of care plans: agreement, ending, asking for a review, holding one. The drafting page has its own way."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments.careplans.models import CarePlan, Goal, PlanReview
from yinian.core.forms import DayField, StaffForm, choices_with_blank

ENDINGS = [
    choice for choice in CarePlan.Ending.choices
    if choice[0] not in (CarePlan.Ending.REPLACED, CarePlan.Ending.DISCARDED)
]
GOAL = "goal-"


class AgreeForm(StaffForm):
    on = DayField(label=_("Agreed on"), not_after_today=True)
    by = forms.ChoiceField(label=_("Who agreed"), choices=CarePlan.By.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name of who agreed"), max_length=60)
    how = forms.ChoiceField(
        label=_("How it was agreed"), widget=forms.RadioSelect,
        choices=[(CarePlan.How.SIGNATURE, CarePlan.How.SIGNATURE.label), (CarePlan.How.ORAL, CarePlan.How.ORAL.label)],
    )
    file = forms.FileField(
        label=_("The signed page"), required=False, help_text=_("Where it was signed: a photo, scan or PDF.")
    )
    witness = forms.CharField(
        label=_("Witness"), max_length=60, required=False,
        help_text=_("Where it was by word of mouth: the name of who was present."),
    )


class OwnAgreeForm(StaffForm):
    """The family's agreement from its own account: the name typed; the needs are ticked where they stand."""

    name = forms.CharField(
        label=_("Your name"), max_length=60, help_text=_("Type it in full; it is kept as your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class AskReviewForm(StaffForm):
    reason = forms.CharField(
        label=_("What has changed"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as a fall, a stay in hospital, a carer who can no longer."),
    )


class EndForm(StaffForm):
    ending = forms.ChoiceField(label=_("Why it ends"), choices=choices_with_blank(ENDINGS))
    on = DayField(label=_("Ended on"), not_after_today=True)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Who said so, and what becomes of the help.")
    )


class ReviewForm(StaffForm):
    """The review: one line for each goal, what was found, what follows."""

    on = DayField(label=_("Held on"), not_after_today=True)
    present = forms.CharField(label=_("Who took part"), max_length=120, required=False)
    findings = forms.CharField(
        label=_("What the review found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    decision = forms.ChoiceField(label=_("What follows"), choices=PlanReview.Decision.choices, widget=forms.RadioSelect)
    next_review = DayField(label=_("Next review on"), required=False, help_text=_("Where the plan goes on."))
    ending = forms.ChoiceField(
        label=_("Why it ends"), choices=choices_with_blank(ENDINGS), required=False,
        help_text=_("Where the plan is ended."),
    )

    def __init__(self, *args: Any, goals: list[Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goals = goals
        for goal in goals:
            self.fields[f"{GOAL}{goal.pk}"] = forms.ChoiceField(
                label=goal.text, choices=choices_with_blank(Goal.State.choices, _("Choose")), initial=goal.state,
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            self.fields[f"{GOAL}{goal.pk}-note"] = forms.CharField(
                label=_("Remark"), max_length=120, required=False,
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    @property
    def outcomes(self) -> dict[int, tuple[str, str]]:
        """By goal: how far it has come, and the remark. Only after the form was found valid."""
        return {
            goal.pk: (self.cleaned_data[f"{GOAL}{goal.pk}"], self.cleaned_data[f"{GOAL}{goal.pk}-note"])
            for goal in self.goals
        }

    def rows(self) -> list[tuple[Goal, Any, Any]]:
        """Goal, its field and the remark's, for the page."""
        return [(goal, self[f"{GOAL}{goal.pk}"], self[f"{GOAL}{goal.pk}-note"]) for goal in self.goals]

    def given(self) -> dict[str, Any]:
        """What an action takes."""
        data = self.cleaned_data
        day: dt.date | None = data["on"]
        return {
            "on": day, "present": data["present"], "findings": data["findings"], "outcomes": self.outcomes,
            "decision": data["decision"], "next_review": data["next_review"], "ending": data["ending"],
        }
