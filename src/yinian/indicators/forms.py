"""The room's forms."""

import datetime as dt
from fractions import Fraction
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import RegionField, StaffForm, YuanField, choices_with_blank
from yinian.core.users.models import Scope
from yinian.engines.entitlement.measures import SHARES, Indicator
from yinian.indicators.models import Period
from yinian.indicators.periods import Span, before, kind_for, span_of

OFFERED = {Period.MONTH: 18, Period.QUARTER: 12, Period.YEAR: 8}


class ReportForm(StaffForm):
    """One figure reported by hand: the value, or for a share the counted and of how many."""

    region = RegionField(label=_("Area"))
    period = forms.ChoiceField(label=_("Period"))
    value = forms.DecimalField(label=_("Value"), min_value=0, max_digits=18, decimal_places=4, required=False)
    counted = forms.IntegerField(label=_("Counted"), min_value=0, required=False,
                                 help_text=_("Of a share: how many were reached."))
    of = forms.IntegerField(label=_("Of how many"), min_value=1, required=False)
    note = forms.CharField(label=_("Where it comes from"), max_length=200,
                           help_text=_("The report or statement, its date, who told it."))
    file = forms.FileField(label=_("Evidence"), required=False,
                           help_text=_("A scan or photo, a PDF, a Word or Excel file."))
    reason = forms.CharField(label=_("Why a figure that is there is replaced"), max_length=200, required=False,
                             help_text=_("Only when this period has a figure already."))

    def __init__(self, *args: Any, indicator: Indicator, scope: Scope, **kwargs: Any) -> None:
        self.indicator = indicator
        super().__init__(*args, **kwargs)
        area = self.fields["region"]
        assert isinstance(area, RegionField)
        area.scope, area.levels = scope, tuple(range(3, indicator.level + 1))
        area.widget.attrs["data-region"] = ",".join(map(str, area.levels))
        self.spans = spans_for(indicator)
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (span.starts.isoformat(), span.name) for span in self.spans
        ]
        if indicator.unit == "fen":
            self.fields["value"] = YuanField(label=_("Value, yuan"), required=False)
            self.fields["value"].widget.attrs["class"] = "form-control"
        if indicator.unit not in SHARES:
            del self.fields["counted"], self.fields["of"]
        self.order_fields(["region", "period", "value", "counted", "of", "note", "file", "reason"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        value, counted, of = cleaned.get("value"), cleaned.get("counted"), cleaned.get("of")
        if counted is not None and of is None and "of" not in self.errors:
            self.add_error("of", _("Say of how many."))
        elif counted is not None and of is not None and counted > of and self.indicator.unit == "percent":
            self.add_error("counted", _("More were counted than there are."))
        elif counted is not None and of is not None:
            cleaned["exact"] = Fraction(counted * self.indicator.scale, of)
        elif value is None and not self.errors:
            self.add_error("value", _("Fill this in."))
        elif value is not None:
            cleaned["exact"] = Fraction(value)
        starts = cleaned.get("period")
        if starts:
            cleaned["span"] = span_of(kind_for(self.indicator.period), dt.date.fromisoformat(starts))
        return cleaned


def spans_for(indicator: Indicator) -> list[Span]:
    """The periods for which an indicator can be reported: the running one and those before."""
    kind = kind_for(indicator.period)
    now = span_of(kind, timezone.localdate())
    return [before(now, n) for n in range(OFFERED[Period(kind)])]


class FreezeForm(StaffForm):
    """Which period's figures are frozen."""

    kind = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, spans: list[Span], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(span.kind, span.name) for span in spans]
        )


class CorrectForm(StaffForm):
    """Why a frozen figure is worked out again."""

    reason = forms.CharField(
        label=_("What was wrong"), max_length=200, widget=forms.Textarea,
        help_text=_("It is kept with every new version and printed under reports that use it."),
    )
