"""What is worth a look in a pack that is right: unused documents and figures, days without figures, low confidence."""

from datetime import date

import pytest
from tests.engines.entitlement.making import PACK, SOURCE, a_pack, a_source, child_head, parameter, service

from yinian.core.packfiles import POLICIES, read_pack_sources
from yinian.engines.entitlement import Pack, PackError, load_pack
from yinian.engines.entitlement.review import confidences, review

NAMES = sorted(file.parent.relative_to(POLICIES).as_posix() for file in POLICIES.rglob("pack.yaml"))
#: Lists that are known to exist and were not to be had; they are named so that nobody looks for them in vain.
BY_TITLE_ONLY = {"miluo-list-2023", "jiujiang-list-2023"}
SECOND = PACK + "  - {id: other, title: 另一份}\n"


def told(pack: Pack, *below: Pack) -> list[str]:
    return [str(finding) for finding in review(pack, below)]


def dated(*values: str) -> str:
    lines = "".join(f"    - {{{value}, source: {SOURCE}}}\n" for value in values)
    return f"a:\n  label: {{zh: 数}}\n  unit: fen\n  values:\n{lines}"


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_packs_leave_nothing_unused_save_lists_known_by_title(name: str) -> None:
    below = [load_pack(read_pack_sources(other)) for other in NAMES if other.startswith(f"{name}/")]
    found = told(load_pack(read_pack_sources(name)), *below)
    assert [text for text in found if not any(f"`{title}`" in text for title in BY_TITLE_ONLY)] == []


def test_a_document_that_nothing_cites_is_named_at_its_line() -> None:
    assert told(a_pack(service("s"), head=SECOND)) == ["county/pack.yaml:5: document `other` is cited by nothing"]
    cited = "- {id: a, deep: [{source: {document: other, confidence: general}}]}\n"
    assert told(a_pack(service("s"), head=SECOND, visits=cited)) == []


def test_a_document_may_be_cited_by_a_pack_below_or_where_a_service_is_switched_off() -> None:
    parent = a_source("cn", service("s"), head=SECOND)
    off = "- {id: s, off: true, source: {document: other, confidence: verified}}\n"
    child = load_pack([parent, a_source("cn/x", off, head=child_head("cn"))])
    assert told(load_pack([parent]), child) == []


def test_a_figure_that_nothing_reads_is_named_at_its_line() -> None:
    pack = a_pack(service("s"), parameters=parameter("a", 1))
    assert told(pack) == ["county/parameters.yaml:1: parameter `a` is read by nothing"]


def test_a_figure_may_be_read_by_another_figure_or_by_a_pack_below() -> None:
    figures = parameter("a", 1) + parameter("b", "param('a') + 1")
    assert told(a_pack(service("s", amount="param('b')"), parameters=figures)) == []
    parent = a_source("cn", service("s"), parameters=parameter("a", 1))
    child = load_pack([parent, a_source("cn/x", service("s", amount="param('a')"), head=child_head("cn"))])
    assert told(load_pack([parent]), child) == []


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["from: 2024-01-01, to: 2024-06-30, value: 1", "from: 2024-08-01, value: 2"], ["2024-07-01"]),
        (["from: 2024-01-01, to: 2024-06-30, value: 1"], ["2024-07-01"]),
        (["from: 2024-01-01, to: 2024-06-30, value: 1", "from: 2024-07-01, value: 2"], []),
        (["from: 2024-01-01, value: 1"], []),
    ],
)
def test_days_on_which_a_figure_has_no_value_any_more_are_named(values: list[str], days: list[str]) -> None:
    pack = a_pack(service("s", amount="param('a')"), parameters=dated(*values))
    assert told(pack) == [f"county/services/10.yaml:1: `s` has no value of `a` from {day} on" for day in days]


def test_a_service_that_has_ended_needs_no_figure_any_more() -> None:
    pack = a_pack(
        service("s", amount="param('a')", effective="{from: 2024-01-01, to: 2024-06-30}"),
        parameters=dated("from: 2024-01-01, to: 2024-06-30, value: 1"),
    )
    assert told(pack) == []
    assert pack.services_on(date(2024, 7, 1)) == ()


def test_a_rule_that_the_chain_leaves_out_is_named_where_it_has_any() -> None:
    text = f"- {{id: assign, label: {{zh: 派}}, working_days: 3, source: {SOURCE}}}\n"
    found = told(a_pack(service("s"), assessment=text))
    assert len(found) == 1
    assert found[0].startswith("county/assessment.yaml:1: no pack of the chain rules `visit`")
    general = f"- id: general\n  label: {{zh: 一般}}\n  payment: {{day: 5, source: {SOURCE}}}\n"
    assert "for `s`" in told(a_pack(service("s"), procedure=general))[0]


def test_confidence_is_summed_over_all_that_has_a_source() -> None:
    standard = (
        "- {id: cost, label: {zh: 费}, unit: fen, per: {zh: 每所}, exactly: 1, "
        "source: {document: doc, confidence: unknown}}\n"
    )
    figures = dated("from: 2024-01-01, value: 1") + (
        "b:\n  label: {zh: 数}\n  unit: fen\n  values:\n"
        f"    - {{from: 2023-01-01, value: 1, source: {SOURCE}}}\n"
        "    - {from: 2024-01-01, value: 1, source: {document: doc, confidence: secondary}}\n"
    )
    general = "- id: general\n  label: {zh: 一般}\n  payment: {day: 5, source: {document: doc, confidence: general}}\n"
    own = service("s", amount="param('a') + param('b')")
    pack = a_pack(own, parameters=figures, standards=standard, procedure=general)
    assert confidences(pack) == {
        "verified": ("a", "s"), "secondary": ("b",), "general": ("general.payment",), "unknown": ("cost",),
    }  # fmt: skip


def test_a_quote_in_a_further_file_may_not_be_longer_than_thirty_characters() -> None:
    text = f"- id: a\n  source: {{document: doc, confidence: verified, quote: {'长' * 31}}}\n"
    with pytest.raises(PackError, match=r"county/visits\.yaml:2: a quote is longer than 30 characters"):
        a_pack(service("s"), visits=text)
