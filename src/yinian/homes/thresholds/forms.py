"""The form of a home's own figures."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, dress
from yinian.homes.thresholds.catalogue import GROUPS, thresholds
from yinian.homes.thresholds.queries import Standing


class ThresholdsForm(StaffForm):
    """A box for each figure, empty where the suggestion holds, and why it is changed."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It stands in the list of changes."))

    def __init__(self, *args: Any, standing: Mapping[str, Standing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, one in standing.items():
            spec = one.of
            self.fields[key] = forms.DecimalField(
                label=spec.label, required=False, max_digits=5, decimal_places=0 if spec.whole else 1,
                min_value=spec.least, max_value=spec.most, initial=plain(one.own) or None,
                widget=forms.TextInput(
                    attrs={"inputmode": "numeric" if spec.whole else "decimal", "autocomplete": "off",
                           "placeholder": plain(spec.suggested)}
                ),
                help_text=gettext("%(unit)s; suggested %(value)s") % {
                    "unit": spec.unit, "value": plain(spec.suggested)} if spec.suggested is not None
                else gettext("%(unit)s; nothing is suggested") % {"unit": spec.unit},
            )
            dress(self.fields[key])

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The boxes under their headings."""
        return [
            (words, [self[key] for key, one in thresholds().items() if one.group == group])
            for group, words in GROUPS.items()
        ]

    def values(self) -> dict[str, Decimal | None]:
        return {key: self.cleaned_data[key] for key in thresholds()}


def plain(value: Decimal | None) -> str:
    """3 of 3.0, 37.3 of 37.3; empty of none."""
    return "" if value is None else f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
