"""Forms of the register: a new entry, corrections, death, move, kin, consent."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RegionField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.people.persons.actions import departments_for
from yinian.people.persons.models import Consent, Person, Sex

_YES_NO = [("", _("Not known")), ("true", _("Yes")), ("false", _("No"))]
RELATIONS = [_("Spouse"), _("Son"), _("Daughter"), _("Daughter-in-law"), _("Son-in-law"), _("Grandchild"),
             _("Brother or sister"), _("Nephew or niece"), _("Neighbour"), _("Guardian"), _("Other")]


class _Identity(StaffForm):
    """Fields that a new entry and a correction share. The ID number fills birth date and sex."""

    name = forms.CharField(label=_("Name"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"), max_length=22, required=False,
        help_text=_("18 characters. Birth date and sex are read from it."),
        widget=forms.TextInput(attrs={"data-id-number": "", "autocomplete": "off", "spellcheck": "false"}),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=choices_with_blank(Sex.choices), required=False)
    birth_date = DayField(label=_("Birth date"), required=False, not_after_today=True)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False,
                            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
    address = forms.CharField(label=_("Address"), max_length=200, required=False,
                              help_text=_("Group, house number; the village need not be repeated."))
    urban_hukou = forms.ChoiceField(label=_("Urban registration"), choices=_YES_NO, required=False)
    household_no = forms.CharField(label=_("Household number"), max_length=30, required=False)

    def clean_urban_hukou(self) -> bool | None:
        return {"true": True, "false": False}.get(self.cleaned_data["urban_hukou"])


class NewPersonForm(_Identity):
    region = RegionField(label=_("Village"), levels=(4, 5, 6))
    lives_elsewhere = forms.BooleanField(
        label=_("Registered (hukou) in another place"), required=False,
    )
    hukou_code = forms.CharField(label=_("Division code of the registration"), max_length=14, required=False,
                                 help_text=_("Only if the registration lies elsewhere."))

    field_order = ["name", "id_number", "sex", "birth_date", "region", "phone", "address"]

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].scope = actor.scope("people.edit")  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What :func:`register_person` takes."""
        data = dict(self.cleaned_data)
        elsewhere = data.pop("lives_elsewhere")
        data["hukou_code"] = data["hukou_code"] if elsewhere else None
        data["region"] = data["region"].code
        return data


class EditPersonForm(_Identity):
    hukou_code = forms.CharField(label=_("Division code of the registration"), max_length=14, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ["name", "id_number", "sex", "birth_date", "phone", "address"]

    @staticmethod
    def initial_of(person: Person) -> dict[str, Any]:
        """Sensitive fields stay empty: what is typed replaces them, what is left empty stays as it is."""
        return {
            "name": person.name, "sex": person.sex, "birth_date": person.birth_date,
            "urban_hukou": "" if person.urban_hukou is None else str(person.urban_hukou).lower(),
            "household_no": person.household_no, "hukou_code": person.hukou_code, "version": person.version,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("id_number", "phone", "address"):
            self.fields[name].help_text = _("Leave empty to keep what is on record.")

    def values(self) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in ("id_number", "phone", "address"):
            if not data[name]:
                data.pop(name)
        return data


class _Sourced(StaffForm):
    """A record with its source: on whose word, and on what paper."""

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = departments_for(actor)
        self.fields["department"].choices = list(departments.items())  # type: ignore[attr-defined]
        if "village" in departments:
            self.fields["department"].initial = "village"


class DeathForm(_Sourced):
    on = DayField(label=_("Day of death"), not_after_today=True)
    department = forms.ChoiceField(label=_("Reported by"))
    evidence = forms.CharField(label=_("Evidence"), max_length=200, required=False,
                               help_text=_("Such as: death certificate, notice of the village."))


class MoveForm(_Sourced):
    way = forms.ChoiceField(label=_("Kind of move"))
    on = DayField(label=_("Since"), not_after_today=True)
    to_region = RegionField(label=_("New village"), levels=(4, 5, 6), required=False,
                            help_text=_("Within the county only. The new village is told."))
    department = forms.ChoiceField(label=_("Reported by"))
    evidence = forms.CharField(label=_("Evidence"), max_length=200, required=False)

    def __init__(self, actor: User, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        ways = [("within", _("Moved within the county")), ("out", _("Moved out of the county"))]
        if person.state == Person.State.MOVED_OUT:
            ways = [("in", _("Moved back into the county"))]
        self.fields["way"].choices = ways  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("way") in ("within", "in") and not data.get("to_region") and "to_region" not in self.errors:
            self.add_error("to_region", _("Choose the new village."))
        return data


class KinForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    relation = forms.CharField(label=_("Relation"), max_length=20, widget=forms.TextInput(attrs={"list": "relations"}))
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False,
                            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
    lives_in = forms.CharField(label=_("Lives in"), max_length=120, required=False,
                               help_text=_("Same village, Changsha, Guangdong …"))
    guardian = forms.BooleanField(label=_("Is the guardian"), required=False)
    emergency = forms.BooleanField(label=_("Call in an emergency"), required=False)


class ReasonForm(StaffForm):
    """Only a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("It is kept with your name."))


class ConsentForm(StaffForm):
    purpose = forms.ChoiceField(label=_("Consent to"), choices=choices_with_blank(Consent.Purpose.choices))
    given_on = DayField(label=_("Given on"), not_after_today=True, initial=timezone.localdate)
    given_by = forms.CharField(label=_("Given by"), max_length=60,
                               help_text=_("The person, or the guardian's name."))
    evidence = forms.CharField(label=_("Evidence"), max_length=200, required=False,
                               help_text=_("Such as: signed form, recorded on a visit."))


class WithdrawForm(StaffForm):
    on = DayField(label=_("Withdrawn on"), not_after_today=True, initial=timezone.localdate)
