"""What a place decides is data: the package knows no place by name or code, no amount and no age from a pack."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "yinian"
DATA = ROOT / "data"

#: A reason for every line that may say what looks like a place's own. Nothing here decides about a county.
ALLOWED = {
    ("cli/pack.py", "hunan"): "the help shows how a pack's path looks",
    ("cli/entitle.py", "hunan"): "the help shows how a pack's path looks",
    ("cli/explain.py", "hunan"): "the help shows how a pack's path looks",
    ("cli/demo.py", "hunan"): "the help shows how a pack's path looks",
    ("core/packfiles.py", "hunan"): "the error shows how a pack's path looks",
    ("engines/population/names.py", "hunan"): "the name of a list of surnames; which list a county takes is data",
    ("core/pages.py", "60"): "seconds since the worker last answered",
    ("settings.py", "60"): "seconds and minutes of a session",
    ("people/imports/reading.py", "60"): "the law's age of an older person, the same everywhere",
    ("people/persons/lists.py", "60"): "age bands of a list's filter, by which nothing is decided",
    ("people/persons/lists.py", "80"): "age bands of a list's filter, by which nothing is decided",
    ("people/persons/lists.py", "90"): "age bands of a list's filter, by which nothing is decided",
    ("engines/entitlement/whatif.py", "60"): "age bands of a comparison, by which nothing is decided",
    ("entitlements/drafts/words.py", "60"): "age bands of a comparison, by which nothing is decided",
    ("people/persons/view.py", "80"): "from what age living alone without a contact is pointed out, no more",
    ("engines/entitlement/columns.py", "10000"): "a date as one number, year first",
}
#: Synthetic people are drawn by judgement, and what is drawn decides nothing.
SYNTHETIC = ("engines/population/",)
_OF_MONEY_OR_AGE = {
    "age", "ages", "aged", "birth", "years", "band", "bands", "fen", "yuan", "amount", "allowance", "subsidy",
    "pension",
}  # fmt: skip


def _files(*endings: str) -> list[Path]:
    return sorted(
        file for file in SOURCE.rglob("*")
        if file.suffix in endings and "migrations" not in file.parts and "__pycache__" not in file.parts
    )  # fmt: skip


def _packs() -> Iterator[tuple[Path, dict[str, object]]]:
    for file in sorted((DATA / "policies").rglob("pack.yaml")):
        yield file.parent, yaml.safe_load(file.read_text("utf-8"))


@cache
def names() -> set[str]:
    """Every region above town of which the data folder knows, as written in Chinese and in English."""
    found = {row["name"] for row in json.loads((DATA / "divisions" / "above.json").read_text("utf-8"))["regions"]}
    for file in (DATA / "divisions").glob("??????.json"):
        found.add(json.loads(file.read_text("utf-8"))["divisions"][0]["name"])
    found |= {name[:-1] for name in found if len(name) > 2}
    for folder, head in _packs():
        path = folder.relative_to(DATA / "policies").parts
        if len(path) > 1:
            found |= {path[-1], *head["label"].values()}  # type: ignore[attr-defined]
    return found


@cache
def codes() -> set[str]:
    """Division codes of counties and prefectures."""
    found = {file.stem for file in (DATA / "divisions").glob("??????.json")}
    return found | {str(head["region"]) for _, head in _packs() if len(str(head["region"])) >= 4}


@cache
def figures() -> set[str]:
    """Every amount in fen and every age that stands in a pack."""
    found = set()
    for folder, _ in _packs():
        file = folder / "parameters.yaml"
        for figure in (yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}).values():
            if figure.get("unit") in ("fen", "years"):
                found |= {str(value["value"]) for value in figure["values"] if isinstance(value["value"], int)}
    return found


def test_there_is_something_to_look_for() -> None:
    assert {"汨罗市", "湘潭", "jiujiang", "Shaoyang", "湖南"} <= names()
    assert {"430681", "4303"} <= codes()
    assert {"60", "80", "90", "5000", "889200"} <= figures()
    assert len(_files(".py")) > 200


def _said(file: Path, found: str) -> bool:
    """Whether the finding is not among those that are allowed."""
    return (file.relative_to(SOURCE).as_posix(), found.lower()) not in ALLOWED


def findings_in_texts(text: str) -> list[str]:
    """Names of places and their codes in the words of a file."""
    return [match[0] for match in _pattern().finditer(text) if not match[0].isdigit() or _is_code(match[0])]


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(name) for name in sorted(names(), key=len, reverse=True))
    starts = "|".join(sorted(codes(), key=len, reverse=True))
    return re.compile(rf"(?:(?<![a-z])(?:{words})(?![a-z]))|(?<!\d)(?:{starts})\d*(?!\d)", re.IGNORECASE)


def _is_code(digits: str) -> bool:
    # Four digits are a year or a number as often as a prefecture; a code of a county or below is unmistakable.
    return len(digits) in (6, 9, 12) and digits[:6] in codes()


def test_no_text_of_the_package_names_a_place_or_its_code() -> None:
    told = []
    for file in _files(".py", ".html", ".css", ".js", ".po", ".typ"):
        text = file.read_text("utf-8")
        plain = _without_docstrings(text) if file.suffix == ".py" else text
        told += [f"{file.relative_to(ROOT)}: {found}" for found in findings_in_texts(plain) if _said(file, found)]
    assert not told


def findings_in_numbers(text: str) -> list[tuple[int, str]]:
    """Amounts and ages from packs, by line, where the line speaks of money or age."""
    wanted = figures()
    found = []
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        number = token.string.replace("_", "")
        if token.type == tokenize.NUMBER and number in wanted:
            words = {word.lower() for word in re.findall(r"[A-Za-z]+", lines[token.start[0] - 1])}
            if words & _OF_MONEY_OR_AGE:
                found.append((token.start[0], number))
    return found


def test_no_amount_and_no_age_of_a_pack_stands_in_the_package() -> None:
    told = []
    for file in _files(".py"):
        if file.relative_to(SOURCE).as_posix().startswith(SYNTHETIC):
            continue
        for line, number in findings_in_numbers(file.read_text("utf-8")):
            if _said(file, number):
                told.append(f"{file.relative_to(ROOT)}:{line}: {number}")
    assert not told


def test_every_exception_is_still_needed() -> None:
    needed = set()
    for file in _files(".py"):
        text = file.read_text("utf-8")
        name = file.relative_to(SOURCE).as_posix()
        needed |= {(name, found.lower()) for found in findings_in_texts(_without_docstrings(text))}
        needed |= {(name, number) for _, number in findings_in_numbers(text)}
    assert set(ALLOWED) <= needed


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('county = "430681"', ["430681"]),
        ('village = "430681100201"', ["430681100201"]),
        ('label = "汨罗市民政局"', ["汨罗市"]),
        ('path = "cn/hunan/yueyang/miluo"', ["hunan", "yueyang", "miluo"]),
        ('name = "Xiangtan"', ["Xiangtan"]),
        ("limit = 4306", []),
        ('"""汨罗市, as an example"""', []),
    ],
)
def test_the_search_finds_what_it_is_for(line: str, found: list[str]) -> None:
    assert findings_in_texts(_without_docstrings(f"{line}\n")) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("if age >= 80:", ["80"]),
        ("ALLOWANCE_FEN = 5_000", ["5000"]),
        ("amount_fen=10000", ["10000"]),
        ("timeout = 80", []),
        ("age >= 81", []),
    ],
)
def test_the_search_finds_figures_that_decide(line: str, found: list[str]) -> None:
    source = f"{line}\n    pass\n" if line.endswith(":") else f"{line}\n"
    assert [number for _, number in findings_in_numbers(source)] == found


def _without_docstrings(text: str) -> str:
    """The strings of a module that are no docstrings; comments and names are not words of the package."""
    tree = ast.parse(text)
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return "\n".join(
        str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings
    )
