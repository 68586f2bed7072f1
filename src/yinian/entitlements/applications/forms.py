"""The forms of applications: who applies for what, papers, what is known of unknown facts, decisions, objections."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.forms import DayField, StaffForm
from yinian.entitlements.models import Application, Objection

CHANNELS = [
    (Application.Channel.VILLAGE.value, _("The village for the person")),
    (Application.Channel.PERSON.value, _("The person, with a paper form")),
    (Application.Channel.FAMILY.value, _("The family, with a paper form")),
]


def _choices(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class BeginForm(StaffForm):
    """For which service, and who applies."""

    service = forms.ChoiceField(label=_("Service"), widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("Who applies"), widget=forms.RadioSelect, choices=CHANNELS)

    def __init__(self, *args: Any, services: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "service", services)


class PaperForm(StaffForm):
    """One photographed or scanned paper."""

    document = forms.ChoiceField(label=_("Which paper"))
    file = forms.FileField(
        label=_("Photo or scan"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*,.pdf", "capture": "environment"}),
        help_text=_("A picture (JPG, PNG, WebP) or a PDF."),
    )

    def __init__(self, *args: Any, papers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "document", papers)


class ClaimsForm(StaffForm):
    """What the applicant says of facts that are not on record: one field a fact."""

    def __init__(self, *args: Any, facts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in facts:
            self.fields[f"fact_{name}"] = forms.CharField(
                label=words, max_length=200, required=False,
                widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
            )

    def claims(self) -> dict[str, str]:
        """Fact to what was said of it."""
        return {name.removeprefix("fact_"): value for name, value in self.cleaned_data.items() if value}


class ReasonForm(StaffForm):
    """A reason, and nothing else."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea)


class ReturnForm(StaffForm):
    """What is missing, and what to do about it."""

    missing = forms.MultipleChoiceField(label=_("What is missing"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=_("What to supplement"), max_length=300, widget=forms.Textarea,
                             help_text=_("Say it so that the applicant knows what to bring."))

    def __init__(self, *args: Any, papers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "missing", papers)


class AgainstForm(StaffForm):
    """Which condition does not hold, and what was found."""

    test = forms.ChoiceField(label=_("Which condition does not hold"), widget=forms.RadioSelect, required=False)
    reason = forms.CharField(label=_("What was found"), max_length=300, widget=forms.Textarea,
                             help_text=_("It stands in the decision that the person receives."))

    def __init__(self, *args: Any, tests: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "test", tests)


class ObjectionForm(StaffForm):
    """An objection during public notice, or to a refusal."""

    text = forms.CharField(label=_("What is objected"), max_length=1000, widget=forms.Textarea)
    raised_by = forms.CharField(label=_("Who objects, and how to reach them"), max_length=120, required=False,
                                help_text=_("Kept encrypted. Leave it empty when it was raised without a name."))
    raised_on = DayField(label=_("Raised on"), not_after_today=True)


class OwnObjectionForm(StaffForm):
    """A family's objection to a refusal."""

    text = forms.CharField(label=_("What you object to"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))


class SettleForm(StaffForm):
    """The answer to an objection."""

    outcome = forms.ChoiceField(label=pgettext_lazy("objection", "Outcome"), widget=forms.RadioSelect,
                                choices=Objection.Outcome.choices)
    answer = forms.CharField(label=_("What was found"), max_length=300, widget=forms.Textarea)


class IntakeForm(StaffForm):
    """Which service to open for application."""

    service = forms.ChoiceField(label=_("Service"))

    def __init__(self, *args: Any, services: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "service", services)
