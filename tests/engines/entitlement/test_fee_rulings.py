"""What packs rule about the fees of homes: read with sources, lowered by a province, held to its schema."""

import pytest

from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import PackError, PackSource, load_pack


def chain(**files):
    sources = read_pack_sources("cn")
    return [*sources, PackSource("cn/x", {"pack.yaml": 'region: "43"\nextends: cn\n', **files}, "x")]


def test_the_national_rules_are_whole_and_say_what_is_not_known():
    rules = load_pack(read_pack_sources("cn")).fee_rules()
    assert (rules.service_months.value, rules.deposit_months.value) == (12, 12)
    assert rules.deposit_months.confidence == "verified"
    assert rules.refund.value is None and rules.refund.confidence == "unknown"


def test_a_province_lowers_a_limit_by_its_id_and_switches_public_money_off():
    lower = """
- id: deposit-months
  label: {zh: 押金上限}
  months: 6
  source: {document: prepaid-2024, confidence: unknown}
- {id: subsidy-nursing, off: true, source: {document: prepaid-2024, confidence: unknown}}
"""
    rules = load_pack(chain(**{"fees.yaml": lower})).fee_rules()
    assert rules.deposit_months.value == 6 and rules.service_months.value == 12
    assert "nursing-allowance" not in {one.value.service for one in rules.subsidies}


@pytest.mark.parametrize(("text", "said"), [
    ("- {id: deposit-months, label: {zh: 押金}, months: -1,"
     " source: {document: prepaid-2024, confidence: unknown}}", "-1"),
    ("- {id: nonsense, label: {zh: 押金}, months: 1,"
     " source: {document: prepaid-2024, confidence: unknown}}", "service"),
    ("- {id: subsidy-x, label: {zh: 补}, service: nobody, to: home, covers: [bed], whole: true,"
     " source: {document: prepaid-2024, confidence: unknown}}", "nobody"),
    ("- {id: x, label: {zh: 补}, service: nursing-allowance, to: home, covers: [bed], whole: true,"
     " source: {document: prepaid-2024, confidence: unknown}}", "subsidy-"),
    ("- id: absence\n  label: {zh: 离院}\n  parts:\n    - {kind: leave, from_day: 1, percent: {}}\n"
     "    - {kind: leave, from_day: 1, percent: {}}\n  source: {document: prepaid-2024, confidence: unknown}", "twice"),
])
def test_a_bad_rule_of_fees_is_refused_with_its_place(text, said):
    with pytest.raises(PackError, match=said) as refused:
        load_pack(chain(**{"fees.yaml": text}))
    assert "fees.yaml" in str(refused.value)
