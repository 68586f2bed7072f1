"""Forms around a visit: when, confirming; and the record's answers as a browser without script sends them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.assessments.visits.actions import DETAIL, NOTES
from yinian.assessments.visits.queries import known_to_register
from yinian.core.forms import StaffForm
from yinian.engines.scale import Field, Scale

TABLE_ROWS = 12  # rows of a table that are read from a form


class PlanForm(StaffForm):
    planned_for = forms.DateTimeField(
        label=_("Day and hour of the visit"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("Empty takes the appointment back."),
    )


class SignForm(StaffForm):
    """A drawn signature, as the page's canvas gives it; or one's name and password."""

    drawn = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400_000)
    name = forms.CharField(label=_("Your name"), max_length=60, required=False,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(
        label=_("Your password"), required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("What is to be put right"), max_length=200)


def answers_from_post(scale: Scale, post: Any) -> dict[str, Any]:
    """The answers of a whole form as a browser without script sends it: every field asked, None where empty."""
    found: dict[str, Any] = {}
    for item in scale.items:
        text = post.get(item.code, "")
        found[item.code] = int(text) if text.lstrip("-").isdigit() and len(text) < 4 else None
    skip = known_to_register(scale)
    for section in scale.form_a:
        for field in section.fields:
            if field.code in skip:
                continue
            found[field.code] = _answer(field, post)
            if any(choice.detail for choice in field.choices):
                found[field.code + DETAIL] = post.get(field.code + DETAIL, "").strip() or None
    found[NOTES] = post.get(NOTES, "")
    return found


def _answer(field: Field, post: Any) -> Any:
    if field.type == "choice":
        ticked = [code for code in post.getlist(field.code) if code]
        return (ticked or None) if field.multiple else (ticked[0] if ticked else None)
    if field.type == "table":
        rows = []
        for n in range(TABLE_ROWS):
            row = {c.code: post.get(f"{field.code}:{n}:{c.code}", "").strip() for c in field.columns}
            row = {code: text for code, text in row.items() if text}
            if row:
                rows.append(row)
        return rows or None
    text = post.get(field.code, "").strip()
    if field.type == "number" and text:
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number
    return text or None


def rows_for(field: Field, value: Any) -> list[Mapping[str, str]]:
    """The rows of a table to show: those filled, and one or two empty ones."""
    rows = list(value) if isinstance(value, list) else []
    return [*rows, *({} for _n in range(max(1, 3 - len(rows))))][:TABLE_ROWS]
