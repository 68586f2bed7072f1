"""Forms of the duplicates pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm

DIFFERENT = "different"


class PairForm(StaffForm):
    """One person (which entry stays?) or two people."""

    decision = forms.ChoiceField(label=_("Your decision"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("What you looked at: it is kept with your name."))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, first: tuple[int, str], second: tuple[int, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            (str(first[0]), first[1]), (str(second[0]), second[1]), (DIFFERENT, _("Two different people")),
        ]
