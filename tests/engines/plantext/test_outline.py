"""Headings: labels of every form, where titles end, contents and boxes left out, numbers run on or lost."""

import pytest
from tests.engines.plantext.making import read

from yinian.engines.plantext.labels import label_at


def outline(*lines: str) -> list[tuple[int, str, str]]:
    return [(node["level"], node["label"], node["title"]) for node in read("\n".join(lines))["outline"]]


def codes(*lines: str) -> list[str]:
    return [doubt["code"] for doubt in read("\n".join(lines))["doubts"] if doubt["code"] != "no_date"]


@pytest.mark.parametrize(
    ("words", "form", "number"),
    [
        ("一、总体要求", "han", 1),
        ("十二、保障", "han", 12),
        ("(三)主要任务", "han_bracket", 3),
        ("㈡主要任务", "han_bracket", 2),
        ("7.建设网络", "digit", 7),
        ("7、建设网络", "digit", 7),
        ("⒊建设网络", "digit", 3),
        ("1.2建设网络", "decimal", 2),
        ("(4)建设网络", "digit_bracket", 4),
        ("⑵建设网络", "digit_bracket", 2),
        ("⑿建设网络", "digit_bracket", 12),
        ("③建设网络", "circle", 3),
        ("第三章 任务", "chapter", 3),
        ("第十节 任务", "section", 10),
        ("第二十一条 本办法", "article", 21),
    ],
)
def test_labels(words: str, form: str, number: int) -> None:
    label = label_at(words)
    assert label is not None
    assert (label.form, label.number) == (form, number)


@pytest.mark.parametrize(
    "words", ["2025年底前建成", "30个示范点", "60%以上", "3年内建成", "第三条的规定", "一是加强", "1.5万元", "十分重要"]
)
def test_what_is_no_label(words: str) -> None:
    label = label_at(words)
    assert label is None or not label.sure


def test_levels_follow_the_form_of_the_label() -> None:
    assert outline("一、任务", "（一）网络", "1.改造。实施改造。", "（1）选址。完成选址。") == [
        (1, "一、", "任务"),
        (2, "（一）", "网络"),
        (3, "1.", "改造"),
        (4, "（1）", "选址"),
    ]


def test_chapters_and_sections_move_the_rest_down() -> None:
    found = outline("第一章　总则", "第一节　原则", "一、公平", "（一）普惠", "第二章　任务", "第一节　网络")
    assert [level for level, _, _ in found] == [1, 2, 3, 4, 1, 2]


def test_a_run_in_title_stops_before_the_first_full_stop() -> None:
    assert outline("一、任务", "1.改造敬老院。完成消防改造。加快建设。")[1] == (3, "1.", "改造敬老院")


def test_a_long_first_sentence_gives_its_first_clause() -> None:
    sentence = "优化布局，" + "统筹县域养老服务设施规划建设和管理运营，推动资源向乡镇和村延伸，" * 2 + "形成网络。"
    assert outline("一、任务", "1." + sentence)[1][2] == "优化布局"


def test_contents_are_no_headings_and_the_document_begins_where_they_come_again() -> None:
    found = outline(
        "目　录",
        "第一章 基础……1",
        "第一节 成就……1",
        "第二章 任务……5",
        "",
        "第一章　基础",
        "第一节　成就",
        "第二章　任务",
    )
    assert found == [(1, "第一章", "基础"), (2, "第一节", "成就"), (1, "第二章", "任务")]


def test_a_box_is_no_heading_and_ends_the_items_before_it() -> None:
    document = read("一、任务\n1.改造。完成改造。\n专栏1 重点工程\n1.示范工程。建设示范。\n二、保障\n加强保障。")
    first = document["outline"][1]
    assert "专栏" not in document["text"][first["start"] : first["body_end"]]


def test_items_within_a_paragraph() -> None:
    assert outline("一、任务", "（一）网络。一是完善设施，加强管理。二是扩大供给。三是提升质量。")[2:] == [
        (5, "一是", "完善设施"),
        (5, "二是", "扩大供给"),
        (5, "三是", "提升质量"),
    ]
    assert [label for _, label, _ in outline("一、任务", "重点做好：①摸清底数；②建立台账；③限期整改。")] == [
        "一、",
        "①",
        "②",
        "③",
    ]
    assert [label for _, label, _ in outline("一、任务", "重点做好：（1）摸清底数；（2）建立台账。")] == [
        "一、",
        "（1）",
        "（2）",
    ]


def test_a_lone_number_within_a_paragraph_is_no_item() -> None:
    assert len(outline("一、任务", "一是个数目。依照第五条：（1）办理。")) == 1


def test_numbers_may_run_on_across_sections() -> None:
    lines = ("一、任务", "（一）网络", "1.改造。完成改造。", "2.新建。完成新建。", "（二）队伍", "3.培训。完成培训。")
    assert codes(*lines) == []
    assert [label for _, label, _ in outline(*lines)] == ["一、", "（一）", "1.", "2.", "（二）", "3."]


def test_a_gap_and_a_repeat_are_reported() -> None:
    assert codes("一、任务", "1.改造。完成改造。", "3.新建。完成新建。") == ["number_skipped"]
    assert codes("一、任务", "1.改造。完成改造。", "1.新建。完成新建。") == ["number_repeated"]


def test_numbers_that_lost_their_marks_are_told_by_their_sequence() -> None:
    lines = ("一、任务", "1改造敬老院。完成改造。", "2新建互助点。完成新建。", "3培训人员。完成培训。")
    assert [label for _, label, _ in outline(*lines)] == ["一、", "1", "2", "3"]
    assert "number_marks_lost" in codes(*lines)
    assert len(outline("一、任务", "3家企业。参加评选。")) == 1


def test_a_lost_number_is_put_in_order() -> None:
    lines = ("一、任务", "1.改造。完成改造。", ".新建。完成新建。", "3.培训。完成培训。")
    assert [label for _, label, _ in outline(*lines)] == ["一、", "1.", ".", "3."]
    assert "number_lost" in codes(*lines)


def test_sections_know_what_they_are_for() -> None:
    document = read(
        "一、基本情况\n现有机构20家。\n二、工作目标\n到2027年建成30个。\n三、重点任务\n加快建设机构。\n四、附则\n本方案自印发之日起施行。"
    )
    assert [node["kind"] for node in document["outline"]] == ["background", "goal", "task", "closing"]


def test_the_signature_ends_the_last_section() -> None:
    document = read("一、任务\n加快建设养老机构。\n\n临川县民政局\n2025年3月8日\n")
    assert document["text"][: document["outline"][0]["body_end"]].rstrip().endswith("养老机构。")


def test_text_printed_twice_is_read_once_and_reported() -> None:
    body = (
        "一、任务\n"
        + "\n".join(f"{n}.第{n}项。完成第{n}项重点工作，建立长效管理机制，提升服务保障水平。" for n in range(1, 25))
        + "\n"
    )
    once, twice = read(body), read(body + body)
    assert len(twice["tasks"]) == len(once["tasks"])
    assert len(twice["outline"]) == len(once["outline"])
    assert [doubt["code"] for doubt in twice["doubts"] if doubt["code"] == "printed_twice"] == ["printed_twice"]
    assert twice["duplicates"]


def test_what_the_document_says_of_itself() -> None:
    document = read(
        "临川县人民政府办公室关于印发《临川县养老服务实施方案》的通知\n临政办发〔2025〕12号\n\n各乡镇人民政府：\n"
        "现印发给你们，请认真组织实施。\n\n临川县人民政府办公室\n2025年4月10日\n\n"
        "临川县养老服务实施方案\n一、任务\n加快建设养老机构。\n"
    )
    meta = document["meta"]
    assert meta["title"] == "临川县养老服务实施方案"
    assert (meta["issuer"], meta["doc_no"], meta["date"]) == (
        "临川县人民政府办公室",
        "临政办发〔2025〕12号",
        "2025-04-10",
    )
    for name, (start, end) in meta["spans"].items():
        assert document["text"][start:end], name
