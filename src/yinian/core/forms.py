"""What the forms of all rooms share: their look, our own fields, and the way a refusal comes back beside its field."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yinian.core.errors import Changed, Refused
from yinian.core.regions.models import Region
from yinian.core.users.models import Scope

_CLASSES = {
    forms.Select: "form-select", forms.SelectMultiple: "form-select", forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "form-check-input", forms.CheckboxSelectMultiple: "form-check-input",
}


class StaffForm(forms.Form):
    """A form in the house's look. Texts lose the blanks at their ends; lengths are bounded."""

    label_suffix = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)

    def refuse(self, refusal: Refused) -> None:
        """Put an action's refusal where it belongs: beside its fields, or at the top."""
        for name, message in refusal.fields.items():
            self.add_error(name if name in self.fields else None, message)
        if refusal.message:
            self.add_error(None, refusal.message)


def dress(field: forms.Field) -> None:
    """Give a field's widget the house's class, and a bound to free text."""
    widget = field.widget
    name = next((css for kind, css in _CLASSES.items() if type(widget) is kind), None)
    if name is None:
        name = "form-select" if isinstance(widget, forms.Select) else "form-control"
    known = widget.attrs.get("class", "")
    if name not in known.split():
        widget.attrs["class"] = f"{known} {name}".strip()
    if isinstance(field, forms.CharField) and field.max_length is None and not isinstance(widget, forms.PasswordInput):
        field.max_length = 2000 if isinstance(widget, forms.Textarea) else 200
        field.validators.append(MaxLengthValidator(field.max_length))
    if isinstance(widget, forms.Textarea):
        widget.attrs.setdefault("rows", 3)
    if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = (
            _("Choose one.") if isinstance(widget, forms.Select | forms.RadioSelect) else _("Fill this in.")
        )


def form_status(form: forms.BaseForm | None) -> int:
    """422 when the form came back with errors, else 200."""
    return 422 if form is not None and form.is_bound and form.errors else 200


def render_form(
    request: HttpRequest, template: str, form: forms.BaseForm, *, refusal: Refused | None = None, **context: Any
) -> HttpResponse:
    """The page of a form; 422 with everything typed kept when it has errors, 409 when somebody was faster."""
    status = form_status(form)
    if refusal is not None:
        if isinstance(form, StaffForm):
            form.refuse(refusal)
        status = 409 if isinstance(refusal, Changed) else 422
    return render(request, template, {"form": form, **context}, status=status)


class DayField(forms.DateField):
    """A day, picked or typed as 2026-03-01, 2026/3/1 or 20260301."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"]

    def __init__(self, *, not_after_today: bool = False, **kwargs: Any) -> None:
        self.not_after_today = not_after_today
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not dt.date(1880, 1, 1) <= day <= dt.date(2200, 12, 31):
            raise forms.ValidationError(_("This day cannot be right; look at the year."))
        if day is not None and self.not_after_today and day > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return day


class YuanField(forms.DecimalField):
    """Money typed in yuan, cleaned to whole fen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 10_000_000_000)
        super().__init__(decimal_places=2, **kwargs)

    def clean(self, value: Any) -> Any:
        amount: Decimal | None = super().clean(value)
        return None if amount is None else int(amount * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 100:.2f}" if isinstance(value, int) else value


class RegionField(forms.CharField):
    """A region, found by typing its name or pinyin initials; cleaned to a :class:`Region` inside ``scope``.

    ``levels`` bounds what may be chosen (5 village …); set ``scope`` in the form's ``__init__``.
    """

    def __init__(self, *, levels: Iterable[int] = (3, 4, 5, 6), scope: Scope | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Area"))
        kwargs.setdefault("help_text", _("Type the name or the first letters of its pinyin, then choose."))
        self.levels, self.scope = tuple(levels), scope
        super().__init__(max_length=14, **kwargs)
        self.widget.attrs |= {"data-region": ",".join(map(str, self.levels)), "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Region) else value

    def clean(self, value: Any) -> Any:
        code = super().clean(value).strip()
        if not code:
            return None
        region = Region.objects.filter(code=code, level__in=self.levels).first()
        if region is None or (self.scope is not None and not self.scope.covers(region.code)):
            raise forms.ValidationError(_("Choose an area from the list."))
        return region


class RowField(forms.ModelChoiceField):
    """One of a queryset's rows (already cut to what the actor sees), shown by ``words(row)``."""

    def __init__(self, queryset: QuerySet[Any], *, words: Any = str, **kwargs: Any) -> None:
        self.words = words
        super().__init__(queryset, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(self.words(obj))


def choices_with_blank(
    choices: Iterable[tuple[Any, Any]], blank: str | Promise = "–"
) -> list[tuple[Any, Any]]:
    """Choices headed by an empty one."""
    return [("", blank), *choices]
