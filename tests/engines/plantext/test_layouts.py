"""The same plans as other pages set them: other widths of marks, blanks, indents, line ends, labels."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engines.plantext.making import read
from tests.engines.plantext.marking import unmark
from tests.engines.plantext.scoring import AIMS, scores, trapped

from yinian.engines.plantext.chars import fold
from yinian.engines.plantext.wraps import soft_breaks

PLANS = [path for path in sorted((Path(__file__).parent / "plans").glob("*.txt")) if path.stem != "wrapped-lines"]
"""All but the one that is broken into lines of one length, whose breaks are its layout."""
_MARK = re.compile(r"(\{[1-7a-z]+\??(?: [^|{}]*)?\||\})")
_BLOCK = r"\{u\|（((?:[^（）]|（[^（）]*）)*)）\}"


def _words(marked: str, change: Callable[[str], str]) -> str:
    """A plan with its words changed and its marks left alone."""
    return "".join(part if _MARK.fullmatch(part) else change(part) for part in _MARK.split(marked))


def _letters(before: str, after: str) -> Callable[[str], str]:
    table = {ord(one): other for one, other in zip(before, after, strict=True)}
    return lambda marked: _words(marked, lambda words: words.translate(table))


def _within(pattern: str, by: str) -> Callable[[str], str]:
    return lambda marked: _words(marked, lambda words: re.sub(pattern, by, words))


def _over(pattern: str, by: str) -> Callable[[str], str]:
    return lambda marked: re.sub(pattern, by, marked)


def _broken(width: int, indent: str) -> Callable[[str], str]:
    """Lines that end at a margin, as a page of plain text has them; every paragraph begins with `indent`."""

    def change(marked: str) -> str:
        lines = []
        for line in marked.split("\n"):
            reached, broken = len(indent), [indent if line else ""]
            for part in _MARK.split(line):
                for atom in [part] if _MARK.fullmatch(part) else part:
                    if len(atom) == 1 and atom not in "}|":
                        if reached >= width and atom not in "，。；：、）》”":
                            opened = len(broken)
                            while broken[opened - 1].startswith("{"):
                                opened -= 1
                            broken.insert(opened, "\n")
                            reached = 0
                        reached += 0.5 if atom.isascii() else 1
                    broken.append(atom)
            lines.append("".join(broken))
        return "\n".join(lines)

    return change


_BESIDE_FIGURES = r"(?<=[一-鿿])(?=\d)|(?<=\d)(?=[年月日%个名家所张万元户])"

LAYOUTS: dict[str, Callable[[str], str]] = {
    "marks of half width": _letters("（）；，：", "();,:"),
    "commas and brackets of half width only": _letters("（），", "(),"),
    "figures of full width": _letters("0123456789", "０１２３４５６７８９"),
    "percent signs of full width": _letters("%", "％"),
    "quotation marks of a typewriter": _letters("“”", '""'),
    "short dashes": _letters("—–", "--"),
    "blanks beside figures": _within(_BESIDE_FIGURES, " "),
    "blanks before 年, 月, 日": _within(r"(?<=\d)(?=[年月日])", " "),
    "blanks that do not break before brackets": _within(r"(?<=[一-鿿])(?=[（《])", "\u00a0"),
    "lines indented by two characters": _over(r"(?m)^(?=.)", "　　"),
    "lines indented by blanks that do not break": _over(r"(?m)^(?=.)", "\u00a0\u00a0\u00a0\u00a0"),
    "blanks at the ends of lines": _over(r"(?m)(?<=.)$", "  "),
    "empty lines between paragraphs": _over(r"\n", "\n\n"),
    "line ends of Windows": _over(r"\n", "\r\n"),
    "titles that run into their text": _over(r"(\{[234]\|[^{}\n]*?[^。{}\n])\}\n+(?=\{t)", r"\1。}"),
    "blocks on lines of their own": _over(r"。(?=\{u\|[（(【〔\[])", "。\n"),
    "blocks in square brackets": _over(_BLOCK, r"{u|[\1]}"),
    "blocks in lenticular brackets": _over(_BLOCK, r"{u|【\1】}"),
    "numbers with 、": _over(r"\{3\|(\d+)\.\|", r"{3|\1、|"),
    "numbers with a full-width point": _over(r"\{3\|(\d+)\.\|", r"{3|\1．|"),
    "numbers with a blank after the point": _over(r"\{3\|(\d+)\.\|", r"{3|\1. |"),
    "half-width brackets around numbers": _over(r"\{2\|（([一二三四五六七八九十]+)）\|", r"{2|(\1)|"),
}


def _short(plan: Path, text: str, gold: Mapping[str, Any]) -> dict[str, object]:
    """What is read of a plan less well than it should be."""
    found = read(text)
    short: dict[str, object] = {
        f"{plan.stem} {name}": share
        for name, share in scores(gold, found).items()
        if share is not None and share < AIMS.get(name, 0.95)
    }
    if trapped(gold, found):
        short[f"{plan.stem} traps"] = trapped(gold, found)
    return short


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_changes_nothing_in_what_a_plan_says(layout: str) -> None:
    short: dict[str, object] = {}
    for plan in PLANS:
        text, gold = unmark(LAYOUTS[layout](plan.read_bytes().decode("utf-8")))
        short |= _short(plan, text, gold)
    assert short == {}


@pytest.mark.parametrize(("width", "least"), [(26, 80), (40, 60)])
def test_lines_broken_at_a_margin_change_nothing_where_enough_of_them_show_it(width: int, least: int) -> None:
    short: dict[str, object] = {}
    seen = 0
    for plan in PLANS:
        text, gold = unmark(_broken(width, "　　")(plan.read_bytes().decode("utf-8")))
        if soft_breaks(text, fold(text)):
            short |= _short(plan, text, gold)
            seen += 1
    assert (short, seen >= least) == ({}, True)


def test_lines_of_like_length_are_no_broken_ones() -> None:
    found = []
    for plan in PLANS:
        text, _ = unmark(plan.read_bytes().decode("utf-8"))
        if soft_breaks(text, fold(text)):
            found.append(plan.stem)
    assert found == []


@pytest.mark.parametrize("gap", ["  ", " ", "|"])
def test_rows_of_one_width_stay_rows(gap: str) -> None:
    rows = [
        ("序号", "工作任务", "牵头单位", "完成时限"),
        ("1", "建成县级养老服务中心1所，开展适老化改造", "县民政局", "2025年12月底"),
        ("2", "新增护理型床位200张，培训护理员300名", "县民政局", "2025年10月底"),
        ("3", "建成老年食堂20家，覆盖城区的所有社区", "县商务局", "2025年11月底"),
        ("4", "改造敬老院5所，配齐护理人员和消防设施", "县住建局", "2025年12月底"),
        ("5", "开展巡访关爱，登记独居老人不少于900名", "县民政局", "2025年6月底前"),
        ("6", "开展家庭床位建设，建成150张以上的床位", "县民政局", "2025年12月底"),
    ]
    found = read("任务分工表\n" + "\n".join(gap.join(row) for row in rows))
    assert [(len(table["rows"]), len(table["columns"])) for table in found["tables"]] == [(7, 4)]
    assert len(found["tasks"]) == 6


def test_letters_set_apart_are_read_as_words() -> None:
    lines = ("关于做好养老服务工作的通知", "一、主要任务", "（一）建设机构。2026年底前，建成示范敬老院3所。")
    spread = "\n".join(" ".join(line) for line in lines)
    found = read(spread)
    assert [node["title"].replace(" ", "") for node in found["outline"]] == ["主要任务", "建设机构"]
    assert [(task["quote"].replace(" ", ""), task["deadline"]["iso"]) for task in found["tasks"]] == [
        ("2026年底前，建成示范敬老院3所", "2026-12-31")
    ]
    assert [(target["value"], target["unit"]) for target in found["targets"]] == [(3, "所")]


def test_headings_whose_line_breaks_were_lost_are_headings_still() -> None:
    found = read(
        "一、重点任务（一）建网络。2026年底前建成县级中心。（二）强队伍。每年培训护理员200名。"
        "二、保障措施（一）抓落实。各部门定期会商，协同推进。（二）严考核。将落实情况纳入年度考核。"
    )
    assert [(node["label"], node["title"]) for node in found["outline"]] == [
        ("一、", "重点任务"),
        ("（一）", "建网络"),
        ("（二）", "强队伍"),
        ("二、", "保障措施"),
        ("（一）", "抓落实"),
        ("（二）", "严考核"),
    ]
