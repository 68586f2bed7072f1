"""Forms of other bodies: recognising one, entering a paper of theirs, refusing it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments import scales
from yinian.assessments.bodies.models import Body
from yinian.core.forms import DayField, StaffForm, choices_with_blank


class BodyForm(StaffForm):
    name = forms.CharField(label=_("Name of the body"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind of body"), help_text=_("As the county's rules name those it accepts."))
    basis = forms.CharField(
        label=_("Agreement it rests on"), max_length=200,
        help_text=_("The agreement or document, with its number and date."),
    )
    since = DayField(label=_("Recognised from"))
    until = DayField(label=_("Until, if it ends"), required=False)

    def __init__(self, *args: Any, kinds: Sequence[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale_of = {code: scale for code, _name, scale in kinds}
        self.fields["kind"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(code, f"{name} ({scales.scale_name(scale)})") for code, name, scale in kinds], _("Choose")
        )


class RecognitionForm(StaffForm):
    body = forms.TypedChoiceField(label=_("Body that assessed"), coerce=int, empty_value=None)
    number = forms.CharField(label=_("Number on the paper"), max_length=60)
    assessed_on = DayField(label=_("Assessed on"), not_after_today=True)
    level = forms.ChoiceField(label=_("Level it found"))
    file = forms.FileField(label=_("Paper of the other body"), help_text=_("A picture or PDF, at most 15 MB."))

    def __init__(self, *args: Any, bodies: Sequence[Body], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = {body.pk: body for body in bodies}
        self.fields["body"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(b.pk, f"{b.name} · {', '.join(scales.scale_name(s) for s in b.scales)}") for b in bodies], _("Choose")
        )
        wanted = list(dict.fromkeys(scale for b in bodies for scale in b.scales))
        self.fields["level"].choices = choices_with_blank([  # type: ignore[attr-defined]
            (scales.scale_name(scale), [(f"{scale}:{n}", name) for n, name in scales.level_choices(scale)])
            for scale in wanted
        ], _("Choose"))

    @property
    def found(self) -> tuple[str, int]:
        """Scale and level of what was chosen."""
        scale, _colon, level = self.cleaned_data["level"].partition(":")
        return scale, int(level)
