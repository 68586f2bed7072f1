"""Forms of targets and standards."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.plans.targets.models import Target


class YearsField(forms.CharField):
    """Values by year, one a line: 2026 55. Cleaned to a mapping of year to value."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{year} {amount}" for year, amount in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        found: dict[int, Decimal] = {}
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(20\d\d)\s*年?[\s:：,，]+(-?[\d.]+)\s*%?\s*", line)
            try:
                if match is None:
                    raise ValueError(line)
                found[int(match[1])] = Decimal(match[2])
            except (ValueError, InvalidOperation):
                raise forms.ValidationError(
                    _("“%(line)s” is not a year and a value, such as 2026 55."), params={"line": line.strip()[:30]}
                ) from None
        return found


class TargetForm(StaffForm):
    title = forms.CharField(label=_("Name of the target"), max_length=200)
    binding = forms.ChoiceField(label=_("Kind of target"), choices=Target.Binding.choices)
    baseline = forms.DecimalField(label=_("Baseline"), required=False, max_digits=18, decimal_places=4)
    baseline_on = DayField(label=_("Baseline as of"), required=False)
    years = YearsField(label=_("To be reached by year"), required=False,
                       help_text=_("One year a line, with its value, such as 2026 55."))
    indicator = forms.ChoiceField(label=_("Measured by"), required=False)

    def __init__(self, *args: Any, indicators: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = choices_with_blank(indicators, _("reported by hand"))  # type: ignore[attr-defined]


class ValueForm(StaffForm):
    value = forms.DecimalField(label=_("Value"), max_digits=18, decimal_places=4)
    as_of = DayField(label=_("As of"), not_after_today=True)
    source = forms.CharField(label=_("Source"), max_length=200,
                             help_text=_("Such as: statistics bulletin of 2025, county civil affairs bureau."))


class LinkForm(StaffForm):
    link = forms.ChoiceField(label=_("In the policy pack"), required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["link"].choices = choices_with_blank(choices, _("not linked"))  # type: ignore[attr-defined]
