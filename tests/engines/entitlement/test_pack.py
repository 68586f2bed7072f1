"""How packs merge, what their hash covers, and how each fault is named with file and line."""

import re
from datetime import date
from fractions import Fraction

import pytest
from tests.engines.entitlement.making import (
    DAY,
    PACK,
    SOURCE,
    a_pack,
    a_source,
    child_head,
    parameter,
    quoted,
    service,
)

from yinian.engines.entitlement import Pack, PackError, PackSource, load_pack


def merged(parent: PackSource, *children: PackSource) -> Pack:
    return load_pack([parent, *children])


def refused(*sources: PackSource) -> str:
    with pytest.raises(PackError) as caught:
        load_pack(list(sources))
    return str(caught.value)


def with_service(text: str) -> PackSource:
    """A pack whose one service file is this text."""
    return PackSource("county", {"pack.yaml": PACK, "services/10.yaml": text}, "county")


def with_parameters(text: str) -> PackSource:
    """A pack whose parameters are this text."""
    return PackSource("county", {"pack.yaml": PACK, "parameters.yaml": text}, "county")


def test_a_child_adds_replaces_in_place_and_switches_off_with_a_source() -> None:
    parent = a_source("cn", service("a"), service("b"), service("c"))
    off = f"- {{id: c, off: true, source: {SOURCE}}}\n"
    pack = merged(parent, a_source("cn/x", service("b", "age >= 90"), service("d"), off, head=child_head("cn")))
    assert [item.id for item in pack.services] == ["a", "b", "d"]
    assert [item.pack for item in pack.services] == ["cn", "cn/x", "cn/x"]
    assert pack.service("b").tests[0].text == "age >= 90"
    assert pack.off["c"].document == "doc"


def test_what_a_child_switched_off_comes_back_in_its_place_when_a_grandchild_replaces_it() -> None:
    off = f"- {{id: a, off: true, source: {SOURCE}}}\n"
    pack = merged(
        a_source("cn", service("a"), service("b")),
        a_source("cn/x", off, head=child_head("cn")),
        a_source("cn/x/y", service("a"), head=child_head("cn/x")),
    )
    assert [item.id for item in pack.services] == ["a", "b"]


def test_a_parents_expression_reads_the_childs_figure() -> None:
    parent = a_source(
        "cn", service("a", "age >= param('from_age')"), parameters=parameter("from_age", 80, unit="years")
    )
    child = a_source("cn/x", parameters=parameter("from_age", 90, unit="years"), head=child_head("cn"))
    assert merged(parent, child).parameters_on(DAY)["from_age"] == 90


def test_parameters_may_be_derived_from_others_and_stay_exact() -> None:
    figures = parameter("b", quoted("param('a') / 3")) + parameter("a", 155000) + parameter("c", quoted("param('b')*3"))
    values = a_pack(service("s"), parameters=figures).parameters_on(DAY)
    assert values == {"b": Fraction(155000, 3), "a": 155000, "c": 155000}


def test_a_derived_parameter_has_no_value_while_what_it_needs_has_none() -> None:
    figures = parameter("a", 1, start="2025-01-01") + parameter("b", quoted("param('a') * 2"))
    pack = a_pack(service("s"), parameters=figures)
    assert pack.parameters_on(date(2024, 12, 31)) == {}
    assert pack.parameters_on(date(2025, 1, 1)) == {"a": 1, "b": 2}


def test_the_hash_is_of_the_content_and_not_of_how_it_is_written() -> None:
    plain = a_pack(service("a", amount=5))
    commented = a_pack("# a remark\n" + service("a", amount=5).replace("zh: 服务a", 'zh:   "服务a"'))
    assert plain.hash == commented.hash
    assert re.fullmatch("[0-9a-f]{64}", plain.hash)
    assert a_pack(service("a", amount=6)).hash != plain.hash
    assert a_pack(service("a", amount=5), parameters=parameter("x", 1)).hash != plain.hash
    assert a_pack(service("a", amount=5), calendar="- {id: x, days: 3}\n").hash != plain.hash


def test_the_hash_is_the_same_in_every_release() -> None:
    pack = a_pack(service("a", "age >= 80", amount="param('x')"), parameters=parameter("x", 5))
    assert pack.hash == "dff355931bbc46115b05d169863d7a75790bb36b9c456e744bc0705e4e5f757a"


def test_order_of_files_does_not_change_the_hash_but_order_of_services_does() -> None:
    one = PackSource("c", {"pack.yaml": PACK, "services/1.yaml": service("a"), "services/2.yaml": service("b")})
    same = PackSource("c", {"services/2.yaml": service("b"), "services/1.yaml": service("a"), "pack.yaml": PACK})
    other = PackSource("c", {"pack.yaml": PACK, "services/2.yaml": service("a"), "services/1.yaml": service("b")})
    assert load_pack([one]).hash == load_pack([same]).hash != load_pack([other]).hash


def test_other_files_merge_by_id_or_by_key_and_may_be_switched_off() -> None:
    parent = a_source("cn", visits="- {id: a, days: 1}\n- {id: b, days: 2}\n", points="x: {v: 1}\ny: {v: 2}\n")
    child = a_source(
        "cn/x", visits="- {id: b, off: true}\n- {id: a, days: 9}\n- {id: c}\n", points="x: {off: true}\nz: 1\n",
        head=child_head("cn"),
    )  # fmt: skip
    extras = merged(parent, child).extras
    assert extras == {"visits": [{"id": "a", "days": 9}, {"id": "c"}], "points": {"y": {"v": 2}, "z": 1}}


def test_an_entry_may_borrow_a_neighbours_figure_and_says_whose() -> None:
    borrowed = '{region: "430621", label: {zh: 参照岳阳县, en: after Yueyang County}}'
    pack = a_pack(service("a", amount=1, reference=borrowed))
    reference = pack.service("a").reference
    assert reference is not None
    assert (reference.region, reference.label.zh) == ("430621", "参照岳阳县")


def test_extending_an_unknown_pack_is_refused() -> None:
    message = refused(a_source("cn/x", head=child_head("cn")))
    assert message == "cn/x/pack.yaml:2: extends `cn`, but there is no such pack"


def test_packs_that_extend_one_another_are_refused_with_the_chain() -> None:
    message = refused(a_source("a", head=child_head("b")), a_source("b", head=child_head("a")))
    assert message == "a/pack.yaml:2: packs extend one another in a circle: b -> a -> b"


def test_parameters_derived_in_a_circle_are_refused_with_the_chain() -> None:
    circle = "".join(
        parameter(name, quoted(f"param('{other}') + 1")) for name, other in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    message = refused(with_parameters(circle))
    assert message == "county/parameters.yaml:1: parameters are derived from one another in a circle: a -> b -> c -> a"


def test_a_parameter_may_not_read_facts() -> None:
    message = refused(with_parameters(parameter("a", quoted("age * 2"))))
    assert "county/parameters.yaml:5: expression `age * 2`: `age`: a parameter may read other parameters" in message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["{from: 2024-01-01, value: 1}", "{from: 2024-01-01, value: 2}"], ":6: values of `a` overlap"),
        (["{from: 2024-01-01, to: 2024-06-30, value: 1}", "{from: 2024-06-30, value: 2}"], ":6: values of `a` overlap"),
        (["{from: 2024-01-01, to: 2023-12-31, value: 1}"], ":5: ends on 2023-12-31, before it begins"),
        (["{from: 2024-02-30, value: 1}"], ":5: 2024-02-30 is not a date of the calendar"),
        (["{from: 2024-01-01, value: 1.5}"], ":5: value 1.5 of `a`: money is a whole number of fen"),
        (["{from: 2024-01-01, value: true}"], ":5: value True of `a` does not fit its unit fen"),
        (["{from: 2024-01-01, value: 9999999999999999}"], ":5: value 9999999999999999 of `a` is larger than"),
        (["{value: 1}"], ":5: `a.values[0]` lacks `from`"),
    ],
)
def test_wrong_parameter_values_are_refused_at_their_line(values: list[str], words: str) -> None:
    lines = "".join(f"    - {value[:-1]}, source: {SOURCE}}}\n" for value in values)
    message = refused(with_parameters(f"a:\n  label: {{zh: 数}}\n  unit: fen\n  values:\n{lines}"))
    assert message.startswith("county/parameters.yaml" + words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (service("a") + service("a"), ":6: service `a` is given twice; first in county/services/10.yaml:1"),
        (service("a", not_with="[b]"), ":5: not_with names `b`, which is no service"),
        (service("a", not_with="[a]"), ":5: `a` is named in its own not_with"),
        (
            f"- {{id: a, off: true, source: {SOURCE}}}\n",
            ":1: service `a` cannot be switched off: no parent pack has it",
        ),
        ("- {id: a, off: true}\n", ":1: `[0]` lacks `source`"),
        (service("a", "agee >= 80"), ":4: expression `agee >= 80`: there is no fact `agee`; did you mean `age`?"),
        (service("a", "age"), ":4: expression `age`: must give a yes-or-no value, but gives a number"),
        (service("a", amount="dementia"), ":5: expression `dementia`: must give a number"),
        (service("a", amount="param('x')"), ":5: expression `param('x')`: there is no parameter `x`"),
        (service("a", kind="money"), ":5: `[0].kind` is 'money'; it must be one of cash, service"),
        (service("a", amount=1, period="week"), ":5: `[0].gives.period` is 'week'; it must be one of day, month"),
        (service("a", effective="{from: 2024-02-01, to: 2024-01-01}"), ":5: ends on 2024-01-01, before it begins"),
        (service("a", colour="red"), ":1: `[0]` may not hold `colour`"),
        (service("a").replace("doc,", "dok,"), ":5: source names document `dok`, which no pack lists"),
        (service("a").replace("verified", "certain"), ":5: `[0].source.confidence` is 'certain'; it must be one of"),
        (service("a").replace("doc,", f"doc, quote: {'长' * 31},"), ":5: `[0].source.quote` is longer than 30"),
        (service("a").replace("  source", "  # source"), ":1: `[0]` lacks `source`"),
        (
            "- id: a\n  label: {zh: 甲}\n  who: []\n  source: {document: doc, confidence: verified}\n",
            ":3: `[0].who` must",
        ),
        (service("a", "TRUE", "TRUE").replace("id: t2", "id: t1"), ":5: test `t1` is given twice in `a`"),
        ("- id: a\n  id: b\n", ":2: `id` is given twice"),
        ("- &a {id: b}\n- *a\n", ":1: anchors and aliases"),
        ("- {id: a\n", ":2: not valid YAML"),
        ("- !!python/object:os.system {id: a}\n", ":1: "),
        ("- id: a\n- id: \0\n", ":2: not valid YAML: control characters are not allowed"),
        ("- id: a\n- id: \ud800\n", ":2: holds half a character"),
        ("just words\n", ":1: is 'just words'; it must be array"),
        ("[" * 60 + "]" * 60, ":1: nested deeper than 40"),
    ],
)
def test_every_fault_of_a_service_is_named_with_file_and_line(text: str, words: str) -> None:
    message = refused(with_service(text))
    assert message.startswith("county/services/10.yaml" + words)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("extends: null\n", "county/pack.yaml:1: lacks `region`"),
        ("region: 430681\n", "county/pack.yaml:1: `region` is 430681; it must be string"),
        (PACK + "  - {id: doc, title: 又}\n", "county/pack.yaml:5: document `doc` is given twice"),
        ('region: "43"\ndemo_county: "360402"\n', "county/pack.yaml:2: county 360402 lies outside the pack"),
        ('region: "43"\nextends: ../x\n', "county/pack.yaml:2: `extends` is '../x'; it must match"),
    ],
)
def test_every_fault_of_a_packs_head_is_named_with_file_and_line(head: str, words: str) -> None:
    assert refused(PackSource("county", {"pack.yaml": head}, "county")).startswith(words)


def test_a_folder_without_pack_yaml_is_refused() -> None:
    assert "there is no pack.yaml here" in refused(PackSource("county", {}, "county"))


def test_a_document_of_a_parent_may_be_cited_by_a_child() -> None:
    child = PackSource("cn/x", {"pack.yaml": child_head("cn"), "services/1.yaml": service("z")}, "cn/x")
    assert merged(a_source("cn"), child).service("z").source.document == "doc"


def test_a_lone_member_of_a_group_and_mixed_periods_are_warned_of() -> None:
    pack = a_pack(
        service("a", amount=1, period="month", higher_of="g"),
        service("b", amount=1, period="year", higher_of="g"),
        service("c", higher_of="h"),
    )
    assert [warning.split(": ", 1)[1] for warning in pack.warnings] == [
        "higher_of `g` compares amounts of different periods as they stand",
        "`c` is alone in higher_of `h`",
    ]


def test_yaml_words_that_are_no_booleans_stay_words() -> None:
    pack = a_pack(service("a", group="no"), service("b", group="on"))
    assert [item.group for item in pack.services] == ["no", "on"]
