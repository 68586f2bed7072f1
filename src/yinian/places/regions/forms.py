"""Forms of divisions."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm

MAX_FILE = 5 * 1024 * 1024


class HamletForm(StaffForm):
    name = forms.CharField(label=_("Name of the hamlet"), max_length=20)
    lat = forms.FloatField(
        label=_("Latitude"),
        min_value=-90,
        max_value=90,
        required=False,
        help_text=_("Degrees, WGS 84. Left empty, the village's position stands in, marked schematic."),
    )
    lon = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False)


class JsonFileField(forms.FileField):
    """A JSON file of at most 5 MB, cleaned to what it holds."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > MAX_FILE:
            raise forms.ValidationError(gettext("The file is larger than 5 MB."))
        try:
            found = json.loads(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(gettext("The file is not text in UTF-8.")) from error
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise forms.ValidationError(gettext("The file is not JSON (line %(line)d).") % {"line": line}) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(gettext("The file does not hold what is expected."))
        return found


class DivisionsForm(StaffForm):
    divisions = JsonFileField(label=_("List of divisions (JSON)"))
    boundary = JsonFileField(
        label=_("Outline of the county (GeoJSON)"),
        required=False,
        help_text=_(
            "With it, towns and villages without surveyed positions are drawn inside the county, marked schematic."
        ),
    )
