"""A wrong pack as its writer meets it: `pack check` names file, line and reason in one line, and stops with 2."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yinian.cli.main import main

HEAD = 'region: "430999"\nlabel: {zh: 某县, en: Somewhere}\nextends: cn/hunan\ndocuments:\n  - {id: own, title: 清单}\n'
SOURCE = "source: {document: own, confidence: verified}"
FIGURE = (
    "local_hukou:\n  label: {zh: 本地户籍代码}\n  unit: text\n  values:\n"
    f'    - {{from: 2020-01-01, value: "430999%", {SOURCE}}}\n'
)
SERVICE = (
    "- id: own-allowance\n  label: {zh: 补贴, en: Allowance}\n  who:\n"
    "    - {id: age, test: age >= 80, label: {zh: 年满80周岁, en: aged 80}}\n"
    f"  gives: {{amount: 5000, period: month}}\n  {SOURCE}\n"
)
EXAMPLE = (
    "- name: eighty\n  as_of: 2026-06-01\n  person: {birth_date: 1940-01-01, hukou_region: \"430999\"}\n"
    "  not_due: [service-voucher]\n"
)  # fmt: skip

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a pack of these files; what is not given is right."""

    def written(name: str = "policies/cn/hunan/somewhere", **files: str | None) -> Path:
        folder = tmp_path / name
        texts = {"pack": HEAD, "parameters": FIGURE, "services/10-own": SERVICE, "examples/own": EXAMPLE}
        texts |= {key.replace("__", "/"): text for key, text in files.items()}
        for file, text in texts.items():
            if text is not None:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
        return folder

    return written


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of an input error, without the folder in front."""
    assert main(["pack", "check", str(folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.strip().replace(f"{folder}/", "").replace("policies/cn/hunan/somewhere/", "")


def test_the_pack_that_the_faults_are_put_into_is_right(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "check", str(write())]) == 0
    said = capsys.readouterr().out
    assert "right; " in said
    assert "1 worked examples" in said


def figure(name: str, value: str) -> str:
    """A figure of money with one value."""
    head = f"{name}:\n  label: {{zh: 数}}\n  unit: fen\n  values:\n"
    return f"{head}    - {{from: 2020-01-01, value: {value}, {SOURCE}}}\n"


def swap(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown parent": (
        {"pack": swap(HEAD, "cn/hunan", "cn/nowhere")}, "pack.yaml:3: extends `cn/nowhere`, but there is no such pack"),
    "a region without quotes": (
        {"pack": swap(HEAD, '"430999"', "430999")}, "pack.yaml:1: `region` is 430999; it must be string"),
    "a county outside the region": (
        {"pack": HEAD + 'demo_county: "360402"\n'}, "pack.yaml:6: county 360402 lies outside the pack's region 430999"),
    "a document given twice": (
        {"pack": HEAD + "  - {id: own, title: 又一份}\n"}, "pack.yaml:6: document `own` is given twice"),
    "a source without its document": (
        {"parameters": swap(FIGURE, "document: own", "document: owm")},
        "parameters.yaml:5: source names document `owm`, which no pack lists under documents"),
    "values that overlap": (
        {"parameters": FIGURE + f'    - {{from: 2020-01-01, value: "x", {SOURCE}}}\n'},
        "parameters.yaml:6: values of `local_hukou` overlap"),
    "a value that ends before it begins": (
        {"parameters": swap(FIGURE, "{from: 2020-01-01,", "{from: 2020-01-01, to: 2019-12-31,")},
        "parameters.yaml:5: ends on 2019-12-31, before it begins on 2020-01-01"),
    "money in half fen": (
        {"parameters": figure("a", "0.5")},
        "parameters.yaml:5: value 0.5 of `a`: money is a whole number of fen"),
    "figures derived in a circle": (
        {"parameters": figure("a", "param('b')") + figure("b", "param('a')")},
        "parameters.yaml:1: parameters are derived from one another in a circle: a -> b -> a"),
    "a figure nobody has": (
        {"services__10-own": swap(SERVICE, "amount: 5000", "amount: param('bonus')")},
        "services/10-own.yaml:5: expression `param('bonus')`: there is no parameter `bonus`"),
    "a fact nobody knows": (
        {"services__10-own": swap(SERVICE, "age >= 80", "wealth >= 80")},
        "services/10-own.yaml:4: expression `wealth >= 80`: there is no fact `wealth`"),
    "a value a fact cannot have": (
        {"services__10-own": swap(SERVICE, "test: age >= 80", "test: \"relief = 'poor'\"")},
        "services/10-own.yaml:4: expression `relief = 'poor'`"),
    "a test that is no test": (
        {"services__10-own": swap(SERVICE, "age >= 80", "age + 80")},
        "services/10-own.yaml:4: expression `age + 80`: must give a yes-or-no value"),
    "something that is not SQL": (
        {"services__10-own": swap(SERVICE, "age >= 80", "age >= (80")},
        "services/10-own.yaml:4: expression `age >= (80`"),
    "a statement in a test": (
        {"services__10-own": swap(SERVICE, "age >= 80", "DROP TABLE people")},
        "services/10-own.yaml:4: expression `DROP TABLE people`"),
    "an unknown key": (
        {"services__10-own": SERVICE + "  colour: red\n"}, "services/10-own.yaml:1: `[0]` may not hold `colour`"),
    "a service given twice": (
        {"services__10-own": SERVICE + SERVICE}, "services/10-own.yaml:7: service `own-allowance` is given twice"),
    "a service given in two files": (
        {"services__20-more": SERVICE}, "services/20-more.yaml:1: service `own-allowance` is given twice"),
    "a service switched off that is not there": (
        {"services__10-own": f"- {{id: nothing, off: true, {SOURCE}}}\n"},
        "services/10-own.yaml:1: service `nothing` cannot be switched off: no parent pack has it"),
    "a quote of 31 characters": (
        {"services__10-own": swap(SERVICE, "document: own,", f"document: own, quote: {'长' * 31},")},
        "services/10-own.yaml:6: `[0].source.quote` is longer than 30 characters"),
    "an entry without source": (
        {"services__10-own": swap(SERVICE, f"  {SOURCE}\n", "")}, "services/10-own.yaml:1: `[0]` lacks `source`"),
    "a confidence of one's own": (
        {"services__10-own": swap(SERVICE, "verified", "certain")},
        "services/10-own.yaml:6: `[0].source.confidence` is 'certain'; it must be one of verified"),
    "exclusions that name nobody": (
        {"services__10-own": SERVICE + "  not_with: [nobody]\n"}, "services/10-own.yaml:7: not_with names `nobody`"),
    "a window that ends before it begins": (
        {"services__10-own": SERVICE + "  effective: {from: 2025-01-02, to: 2025-01-01}\n"},
        "services/10-own.yaml:7: ends on 2025-01-01, before it begins on 2025-01-02"),
    "tabs": ({"services__10-own": "\t- id: a\n"}, "services/10-own.yaml:1: not valid YAML"),
    "an anchor": ({"services__10-own": "- &a {id: x}\n"}, "services/10-own.yaml:1: anchors and aliases"),
    "days of assessing that are none": (
        {"assessment": f"- {{id: assign, label: {{zh: 派}}, working_days: 0, {SOURCE}}}\n"},
        "assessment.yaml:1: `[0].working_days` is 0; it must be at least 1"),
    "a procedure for no service": (
        {"procedure": "- {id: nothing, label: {zh: 无}}\n"}, "procedure.yaml:1: `nothing` is no service"),
    "a standard that says two things": (
        {"standards": "- {id: a, label: {zh: 甲}, unit: 人, per: {zh: 所}, exactly: 1, at_most: 2, " + SOURCE + "}\n"},
        "standards.yaml:1: holds either `exactly`, or `at_least`, `at_most` or both"),
    "an example that does not come out": (
        {"examples__own": swap(EXAMPLE, "not_due: [service-voucher]", "not_due: [own-allowance]")},
        "examples/own.yaml:4: example `eighty`: own-allowance should not be due"),
    "an example of a fact nobody knows": (
        {"examples__own": swap(EXAMPLE, "birth_date:", "birthday:")},
        "examples/own.yaml:3: there is no fact `birthday`"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_file_line_and_reason(
    name: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files, words = FAULTS[name]
    assert refused(write(**files), capsys).startswith(words)


def test_a_file_that_is_not_utf_8_is_named(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write()
    (folder / "parameters.yaml").write_bytes("标准".encode("gbk"))
    assert refused(folder, capsys).startswith("parameters.yaml: is not UTF-8 text (byte 0)")


def test_two_packs_that_claim_one_region_are_both_named(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write()
    write("policies/cn/hunan/elsewhere")
    said = refused(folder, capsys)
    assert said == (
        "cn/hunan/somewhere/pack.yaml:1: region 430999 is claimed by `cn/hunan/elsewhere`, too; one region has one pack"
    )


def test_packs_in_different_folders_of_policies_do_not_clash(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write()
    write("draft/policies/cn/hunan/somewhere")
    assert main(["pack", "check", str(folder)]) == 0
    assert "right" in capsys.readouterr().out


def test_what_is_worth_a_look_follows_a_right_pack(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(pack=HEAD + "  - {id: spare, title: 没有用到}\n", parameters=FIGURE + figure("spare", "1"))
    assert main(["pack", "check", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "pack.yaml:6: document `spare` is cited by nothing\n" in said
    assert "parameters.yaml:6: parameter `spare` is read by nothing\n" in said
    assert "\n  unknown " in said
    assert "general.stages" in said
