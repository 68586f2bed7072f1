"""Forms of residents' money: taken ahead, the bank's word, the supervised account, refunds."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, YuanField
from yinian.homes.fees.accounts.models import INTO, Prepaid


class TakeForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind of prepaid money"), choices=Prepaid.choices)
    amount = YuanField(label=_("Amount in yuan"))
    into = forms.ChoiceField(label=_("Kept in"), choices=INTO)
    on = DayField(label=_("Day received"), not_after_today=True)
    slip = forms.CharField(label=_("Number of receipt or bank slip"), max_length=60, required=False)


class StatementForm(StaffForm):
    amount = YuanField(label=_("Balance by the bank, yuan"))
    on = DayField(label=_("Balance on"), not_after_today=True)
    note = forms.CharField(label=_("Remark"), max_length=200, required=False)


class CountyForm(StaffForm):
    amount = YuanField(label=_("Amount in yuan"))
    on = DayField(label=_("Day received"), not_after_today=True)
    text = forms.CharField(label=_("What for"), max_length=100, required=False)


class AccountForm(StaffForm):
    bank = forms.CharField(label=_("Bank"), max_length=100)
    tail = forms.CharField(label=_("Last four digits of the account"), max_length=4)
    filed_on = DayField(label=_("Filed with the bureau on"), required=False)
    assets_fen = YuanField(label=_("Net fixed assets, yuan"), required=False,
                           help_text=_("Without what is pledged; the limit of all prepaid money counts by it."))


class DaysForm(StaffForm):
    days = forms.IntegerField(label=_("Days by the agreement"), min_value=0, max_value=366)


class SettleForm(StaffForm):
    on = DayField(label=_("Given back on"), not_after_today=True)
    slip = forms.CharField(label=_("Number of receipt or bank slip"), max_length=60, required=False)
