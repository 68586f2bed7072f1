"""Forms of circumstances: a record, its end, its retraction, a decision between two departments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.people.circumstances.words import ability_words
from yinian.people.kinds import Kind
from yinian.people.persons.actions import departments_for


class SpellForm(StaffForm):
    """A circumstance of one kind: only the parts that kind has are shown."""

    value = forms.ChoiceField(label=_("What holds"), widget=forms.RadioSelect)
    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, empty_value=None, required=False)
    from_date = DayField(label=_("Since"), not_after_today=True,
                         help_text=_("The day it began; if only the month is known, its first day."))
    to_date = DayField(label=_("Until (not with this day)"), required=False,
                       help_text=_("Leave empty while it goes on."))
    department = forms.ChoiceField(label=_("On whose word"))
    evidence = forms.CharField(label=_("Evidence"), max_length=200, required=False,
                               help_text=_("Such as: visit of the village, certificate, notice number."))
    file = forms.FileField(label=_("Picture or scan"), required=False,
                           help_text=_("Of the certificate or notice: a photo or PDF. It is kept encrypted."))

    def __init__(self, actor: User, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = departments_for(actor)
        self.fields["department"].choices = list(departments.items())  # type: ignore[attr-defined]
        fitting = [code for code in kind.authority if code in departments]
        self.fields["department"].initial = fitting[0] if fitting else next(iter(departments))
        if kind.values:
            self.fields["value"].choices = list(kind.values.items())  # type: ignore[attr-defined]
        else:
            del self.fields["value"]
        if kind.grades is None:
            del self.fields["grade"]
            return
        grade = self.fields["grade"]
        grade.label = str(kind.grade_label) or grade.label
        words = [(n, ability_words(n) if kind.code == "ability" else str(n)) for n in kind.grades]
        grade.choices = choices_with_blank(words)  # type: ignore[attr-defined]
        grade.required = not kind.values


class EndForm(StaffForm):
    on = DayField(label=_("No longer since"), not_after_today=True)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("It is kept with your name."))


class DecideForm(StaffForm):
    decision = forms.ChoiceField(label=_("Which holds?"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("What you looked at: it is kept with your name."))

    def __init__(self, keep: str, replace: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [("keep", keep), ("replace", replace)]  # type: ignore[attr-defined]
