"""Forms of taking somebody in: the hazards, signatures, the agreement, the admission."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.jinja import label
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.intake import hazards
from yinian.people.representatives.models import Representative
from yinian.places.models import Site
from yinian.places.sites.queries import prices

ANSWER_WORDS = [("0", _("Not at all")), ("1", _("To a degree")), ("2", _("Clearly"))]


class RisksForm(StaffForm):
    """One question a field, and what is done about each hazard where it differs from what is proposed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for hazard in hazards.catalogue().hazards:
            for item in hazard.items:
                name = hazards.field(hazard.id, item.id)
                self.fields[name] = forms.ChoiceField(
                    label=label(item.label), choices=ANSWER_WORDS, required=False, widget=forms.RadioSelect
                )
            self.fields[f"measures.{hazard.id}"] = forms.CharField(
                label=_("Measures agreed"), required=False, max_length=500,
                widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
            )

    def answers(self) -> dict[str, int]:
        return {
            name: int(value) for name, value in self.cleaned_data.items()
            if not name.startswith("measures.") and value in ("0", "1", "2")
        }

    def measures(self) -> dict[str, str]:
        return {
            name.removeprefix("measures."): value for name, value in self.cleaned_data.items()
            if name.startswith("measures.") and value
        }


class SignForm(StaffForm):
    name = forms.CharField(label=_("Name of who signs"), max_length=60)
    relation = forms.ChoiceField(
        label=_("Who signs"), choices=choices_with_blank(Representative.Relation.choices, _("Choose"))
    )


class AgreementForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind of stay"), choices=BedApplication.Kind.choices)
    basis = forms.ChoiceField(label=_("Kind of admission"), choices=Stay.Basis.choices)
    begins = DayField(label=_("Begins on"))
    until = DayField(label=_("Ends on"), required=False, help_text=_("For a trial or respite stay."))
    items = forms.MultipleChoiceField(
        label=_("What the resident pays"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("The prices the home has published."),
    )
    payer = forms.CharField(label=_("Who pays and is called in an emergency"), max_length=80, required=False)

    def __init__(self, *args: Any, home: Site, words: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["items"]
        field.choices = [
            (str(line.current.pk), words(line.current)) for line in prices(home) if line.current is not None
        ]


class SignedForm(StaffForm):
    file = forms.FileField(label=_("Photo or scan of the signed agreement"))
    on = DayField(label=_("Signed on"), not_after_today=True)


class AdmitOnForm(StaffForm):
    on = DayField(label=_("Moves in on"), help_text=_("A day up to 30 days ahead keeps the bed for the person."))


def today_for(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, timezone.localdate())
