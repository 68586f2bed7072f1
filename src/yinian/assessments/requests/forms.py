"""Forms of requests: asking for one person, for many, and withdrawing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments import scales
from yinian.assessments.requests.models import Request
from yinian.core.forms import DayField, StaffForm, choices_with_blank


class ScalesField(forms.MultipleChoiceField):
    """One or more scales, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple


class AskForm(StaffForm):
    scale = ScalesField(label=_("By which scale"), help_text=_("Two scales are assessed in one visit."))
    kind = forms.ChoiceField(label=_("Why it is made"))
    channel = forms.ChoiceField(label=_("Who asks"))
    reason = forms.CharField(
        label=_("What has changed, or why it is needed"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    place = forms.CharField(
        label=_("Where the person can be met, if not at home"), max_length=200, required=False,
        help_text=_("Such as a hospital ward or a relative's house. Kept encrypted."),
    )
    requested_on = DayField(label=_("Asked on"), not_after_today=True)
    file = forms.FileField(
        label=_("Signed paper, if there is one"), required=False, help_text=_("A picture or PDF, at most 15 MB.")
    )

    def __init__(self, *args: Any, region: str, channels: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scale"].choices = scales.choices(region)  # type: ignore[attr-defined]
        kinds = [c for c in Request.Kind.choices if c[0] != Request.Kind.DISPUTED]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            c for c in Request.Channel.choices if c[0] in channels and c[0] != Request.Channel.RUN
        ]


class ManyForm(StaffForm):
    """Who was picked (hidden), by which scale, and why."""

    scale = forms.ChoiceField(label=_("By which scale"))
    reason = forms.CharField(label=_("Why they are needed"), max_length=200)

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scale"].choices = scales.choices(region)  # type: ignore[attr-defined]


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class OwnAskForm(StaffForm):
    """What a family fills in on a phone: why, and where the person is."""

    kind = forms.ChoiceField(label=_("What is it about"), choices=choices_with_blank([
        (Request.Kind.FIRST, _("Never assessed before")),
        (Request.Kind.IMMEDIATE, _("Something has changed since the last time")),
        (Request.Kind.ROUTINE, _("The last assessment was long ago")),
    ], _("Choose")))
    reason = forms.CharField(
        label=_("What has changed, or why it is needed"), max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
    place = forms.CharField(
        label=_("Where the person can be met, if not at home"), max_length=200, required=False,
        help_text=_("Such as a hospital ward or a relative's house. Kept encrypted."),
    )
