"""Files into text: plain text as it is, the body of a page, Word's numbers, a PDF's lines; and what is refused."""

import io
import zipfile
from typing import Any

import pytest
from tests.engines.plantext import making
from tests.engines.plantext.making import PLAN, archive, level, numbering, paragraph, portable, printed, table, word

from yinian.engines.plantext import ReadingError, read_document, read_source, to_document
from yinian.engines.plantext.reading.numbering import written


def text(name: str, data: bytes) -> str:
    return read_source(name, data).text


def lines(name: str, data: bytes) -> list[str]:
    return [line for line in text(name, data).split("\n") if line]


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(ReadingError) as caught:
        read_source(name, data)
    said = str(caught.value)
    assert "\n" not in said
    return said


# ── plain text ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_plain_text_is_its_own_content(ends: str) -> None:
    content = PLAN.replace("\n", ends)
    assert text("a.txt", content.encode()) == content


def test_a_mark_of_utf8_stays() -> None:
    assert text("a.txt", b"\xef\xbb\xbf" + PLAN.encode()) == "\ufeff" + PLAN


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_of_chinese_are_told(encoding: str) -> None:
    assert text("a.txt", PLAN.encode(encoding)) == PLAN


def test_a_plan_reads_alike_with_every_line_end() -> None:
    plain = to_document(read_document("a.txt", PLAN.encode()))
    other = to_document(read_document("a.txt", PLAN.replace("\n", "\r\n").encode()))
    for key in ("outline", "units", "tasks", "targets", "money"):
        assert [item.get("quote", item.get("title")) for item in plain[key]] == [
            item.get("quote", item.get("title")) for item in other[key]
        ]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def page(body: str, head: str = '<meta charset="utf-8"><title>实施方案_临川县人民政府</title>') -> bytes:
    links = "".join(f'<li><a href="/{number}">栏目{number}：要闻，动态，公开</a></li>' for number in range(40))
    return (
        f"<!DOCTYPE html><html><head>{head}<style>p{{color:red}}</style></head><body><div><ul>{links}</ul></div>"
        f"<div><h1>临川县养老服务提升行动实施方案</h1><div><span>来源：县政府</span></div><div>{body}"
        f"</div></div><script>var 文本 = '一、不是正文。';</script>"
        f"<footer><p>主办：临川县人民政府</p></footer></body></html>"
    ).encode()


def paragraphs(content: str) -> str:
    return "".join(f"<p>{line}</p>" for line in content.splitlines() if line)


def test_the_body_is_found_among_menus_and_scripts() -> None:
    found = lines("a.html", page(paragraphs(PLAN)))
    assert "一、总体目标" in found
    assert not any("栏目" in line or "不是正文" in line or "color" in line for line in found)


def test_a_page_reads_as_the_same_plan_as_its_text() -> None:
    plain = to_document(read_document("a.txt", PLAN.encode()))
    paged = to_document(read_document("a.html", page(paragraphs(PLAN))))
    assert making.quotes(paged, "tasks") == making.quotes(plain, "tasks")
    assert making.quotes(paged, "targets") == making.quotes(plain, "targets")
    assert paged["meta"]["date"] == "2025-03-08"


def test_lines_broken_by_br_and_spans_within_words_are_put_right() -> None:
    body = "<p>一、重点任务<br>（一）建设<span>互助</span>点。<b>2026年6月</b>底前建成，投入使用。</p>" * 3
    found = lines("a.html", page(body))
    assert "（一）建设互助点。2026年6月底前建成，投入使用。" in found


def test_numbers_that_a_browser_would_draw_are_printed() -> None:
    body = "<p>一、重点任务</p><ol start=3><li>改造敬老院，完善设施。</li><li><p>建设互助点，扩大服务。</p></li></ol>"
    found = lines("a.html", page(body))
    assert "3.改造敬老院，完善设施。" in found
    assert "4.建设互助点，扩大服务。" in found


def test_a_table_of_a_page_keeps_its_cells_and_their_spans() -> None:
    body = (
        "<p>一、重点任务，分工如下。</p><table><tr><th>序号</th><th>重点任务</th><th>责任单位</th><th>完成时限</th></tr>"
        "<tr><td>1</td><td>改造敬老院的消防设施</td><td rowspan=2>县民政局</td><td>2026年6月底前</td></tr>"
        "<tr><td>2</td><td>建设村级互助养老点</td><td>长期推进</td></tr></table>"
    )
    found = to_document(read_document("a.html", page(body + paragraphs(PLAN))))
    tasks = [task for task in found["tasks"] if task.get("from_table")]
    assert [task["responsible_units"] for task in tasks] == [["县民政局"], ["县民政局"]]
    assert [task["deadline"].get("iso") for task in tasks] == ["2026-06-30", None]
    assert tasks[1]["deadline"]["rule"] == "unspecified"


def test_the_charset_that_a_page_names_is_used() -> None:
    content = page(paragraphs(PLAN), '<meta http-equiv=Content-Type content="text/html; charset=gb2312">')
    assert "一、总体目标" in lines("a.html", content.decode().encode("gb18030"))


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body></body></html>",
        b"<html><body><img src=a.png></body></html>",
        b"<!DOCTYPE html><html><head><title>x</title></head></html>",
        b"\x00\x01\x02\xff",
    ],
)
def test_a_page_without_prose_is_refused(data: bytes) -> None:
    refusal("a.html", data)


# ── Word ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_chinese_numbers_of_word_are_printed_before_their_paragraphs() -> None:
    lists = numbering(
        level(0, "chineseCountingThousand", "%1、", '<w:suff w:val="nothing"/>'),
        level(1, "chineseCounting", "（%2）"),
        level(2, "decimal", "%3."),
        level(3, "decimalEnclosedCircleChinese", "%4"),
    )
    found = lines(
        "a.docx",
        word(
            paragraph("总体要求", (1, 0)),
            paragraph("重点任务", (1, 0)),
            paragraph("完善网络", (1, 1)),
            paragraph("改造敬老院", (1, 2)),
            paragraph("建设互助点", (1, 2)),
            paragraph("选址", (1, 3)),
            paragraph("加强保障", (1, 1)),
            paragraph("安排资金", (1, 2)),
            numbering=lists,
        ),
    )
    assert found == [
        "一、总体要求",
        "二、重点任务",
        "（一）完善网络",
        "1.改造敬老院",
        "2.建设互助点",
        "①选址",
        "（二）加强保障",
        "1.安排资金",
    ]


@pytest.mark.parametrize(
    ("form", "number", "said"),
    [
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 11, "十一"),
        ("chineseCounting", 20, "二十"),
        ("chineseCountingThousand", 105, "一百零五"),
        ("chineseCountingThousand", 110, "一百一十"),
        ("chineseCountingThousand", 1005, "一千零五"),
        ("chineseLegalSimplified", 12, "拾贰"),
        ("ideographTraditional", 3, "丙"),
        ("ideographEnclosedCircle", 2, "㈡"),
        ("decimalEnclosedCircle", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "21"),
        ("decimalEnclosedParen", 3, "⑶"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalZero", 7, "07"),
        ("upperRoman", 14, "XIV"),
        ("lowerLetter", 28, "bb"),
        ("none", 4, ""),
        ("an unheard-of format", 4, "4"),
    ],
)
def test_formats_of_numbers(form: str, number: int, said: str) -> None:
    assert written(number, form) == said


def test_a_style_gives_its_list_and_another_list_goes_its_own_way() -> None:
    styles = (
        f'<w:styles xmlns:w="{making.W}"><w:style w:type="paragraph" w:styleId="H1"><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="H2">'
        '<w:basedOn w:val="H1"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    lists = numbering(
        level(0, "chineseCounting", "第%1章", '<w:suff w:val="space"/>'),
        level(1, "decimal", "%1.%2", '<w:isLgl/><w:suff w:val="space"/>'),
        lists='<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>',
    )
    found = lines(
        "a.docx",
        word(
            paragraph("基础", style="H1"),
            paragraph("成就", style="H2"),
            paragraph("形势", style="H2"),
            paragraph("正文"),
            paragraph("从五起", (2, 0)),
            paragraph("无号", (0, 0), style="H1"),
            numbering=lists,
            styles=styles,
        ),
    )
    assert found == ["第一章 基础", "1.1 成就", "1.2 形势", "正文", "第五章 从五起", "无号"]


def test_cells_merged_downwards_belong_to_every_row() -> None:
    data = word(
        paragraph("一、重点任务"),
        table(
            ("序号", "工作内容", "牵头单位", "完成时限"),
            ("1", "改造敬老院的消防设施", "县民政局", "2026年6月底前"),
            ("2", "建设村级互助养老点", None, "2027年底"),
        ),
    )
    found = to_document(read_document("a.docx", data))
    assert found["tables"][0]["columns"] == ["序号", "工作内容", "牵头单位", "完成时限"]
    assert [task["lead_units"] for task in found["tasks"]] == [["县民政局"], ["县民政局"]]
    assert [task["deadline"]["iso"] for task in found["tasks"]] == ["2026-06-30", "2027-12-31"]
    assert [block["quote"] for block in found["units"]] == ["县民政局"]


def test_struck_hidden_and_commented_words_are_left_out_and_inserted_ones_kept() -> None:
    block = (
        "<w:p><w:r><w:t>完成</w:t></w:r><w:del><w:r><w:delText>三十</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>四十</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>秘</w:t></w:r>"
        "<w:r><w:t>个</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert lines("a.docx", word(block)) == ["完成四十个"]


def test_a_text_box_is_read_once_where_it_hangs() -> None:
    box = f"<w:txbxContent>{paragraph('专栏 指标')}</w:txbxContent>"
    block = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:t>正文</w:t></w:r></w:p>"
    )
    assert lines("a.docx", word(block)) == ["正文", "专栏 指标"]


def test_a_table_that_only_lays_out_a_page_is_read_as_paragraphs() -> None:
    assert lines("a.docx", word(table(("一、重点任务",), ("改造敬老院。",)))) == ["一、重点任务", "改造敬老院。"]


def test_a_damaged_or_foreign_file_is_refused_in_one_line() -> None:
    sound = word(paragraph("一、重点任务"))
    assert "Word document" in refusal("a.docx", b"PK\x03\x04 not a zip")
    assert "Word document" in refusal("a.docx", sound[: len(sound) // 2])
    assert "word/document.xml" in refusal("a.docx", archive({"xl/workbook.xml": "<a/>"}))
    assert "no sound XML" in refusal("a.docx", archive({"word/document.xml": "<w:document><w:body>"}))
    assert "body" in refusal("a.docx", archive({"word/document.xml": "<document/>"}))
    assert "old Word" in refusal("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert "no text" in refusal("a.docx", word(paragraph("")))


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};&a{n - 1};">' for n in range(1, 12))
    bomb = f"<!DOCTYPE d [<!ENTITY a0 '哈'>{laughs}]><d>&a11;</d>"
    assert "no sound XML" in refusal("a.docx", archive({"word/document.xml": bomb}))
    document = (
        f'<!DOCTYPE d [<!ENTITY a0 "哈">]><w:document xmlns:w="{making.W}"><w:body>'
        f"<w:p><w:r><w:t>&a0;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert "document type" in refusal("a.docx", archive({"word/document.xml": document}))


def test_an_archive_that_unpacks_to_far_more_than_a_plan_is_refused() -> None:
    assert "at most" in refusal("a.docx", archive({"word/document.xml": b" " * (49 * 1024 * 1024)}))
    assert "parts" in refusal("a.docx", archive({f"word/{number}.xml": "" for number in range(5001)}))


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(archive({"word/document.xml": b" " * (49 * 1024 * 1024)}))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    refusal("a.docx", bytes(data))


def test_a_deep_nest_of_tables_ends() -> None:
    nest = paragraph("底")
    for _ in range(60):
        nest = f"<w:tbl><w:tr><w:tc>{nest}</w:tc></w:tr></w:tbl>"
    assert lines("a.docx", word(paragraph("一、重点任务"), nest)) == ["一、重点任务", "底"]


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

LONG = PLAN.replace(
    "各部门要加强协作",
    "各部门要把养老服务工作摆在更加突出的位置，切实增强责任感和紧迫感，加强协作配合，形成工作合力，推动各项任务落地见效",
)


def test_a_printed_plan_is_put_together_from_its_lines() -> None:
    found = lines("a.pdf", printed(LONG))
    assert found == [line for line in LONG.splitlines() if line]


def test_a_printed_plan_over_several_pages_loses_its_page_numbers_only() -> None:
    body = "\n".join(f"{number}.第{number}项工作。{'县民政局要逐项落实，按时完成。' * 8}" for number in range(1, 40))
    content = "临川县工作清单\n一、重点任务\n" + body + "\n"
    assert lines("a.pdf", printed(content)) == content.splitlines()


def test_figures_at_the_foot_of_a_page_are_no_page_numbers() -> None:
    rows = [f"第{chr(0x4E00 + number)}项\n{100 + 7 * number}" for number in range(60)]
    content = "\n".join(["临川县指标", *rows]) + "\n"
    assert lines("a.pdf", printed(content)) == content.splitlines()


def test_a_printed_plan_reads_as_its_text() -> None:
    plain = to_document(read_document("a.txt", LONG.encode()))
    paged = to_document(read_document("a.pdf", printed(LONG)))
    for key in ("units", "tasks", "targets", "money"):
        assert making.quotes(paged, key) == making.quotes(plain, key)
    assert [(node["label"], node["title"]) for node in paged["outline"]] == [
        (node["label"], node["title"]) for node in plain["outline"]
    ]


def test_a_running_head_is_left_out() -> None:
    source = (
        '#set page(paper: "a5", header: [临川县养老服务规划], footer: [第 #context counter(page).display() 页])\n'
        '#set text(font: "Noto Sans SC")\n'
        + "\n\n".join(f"第{number}段，县民政局要逐项落实。" * 6 for number in range(60))
    )
    found = text("a.pdf", portable(source))
    assert "养老服务规划" not in found
    assert "页" not in found
    assert found.count("县民政局要逐项落实") == 360


def test_a_scan_is_told_from_an_empty_plan() -> None:
    drawn = portable('#set page(paper: "a4")\n#rect(width: 10cm, height: 10cm)\n#pagebreak()\n#circle(radius: 2cm)')
    assert "pictures" in refusal("a.pdf", drawn)


@pytest.mark.parametrize("data", [b"%PDF-1.7 nothing", b"hello", printed.__doc__.encode() if printed.__doc__ else b""])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    assert "PDF" in refusal("a.pdf", data)


def test_a_torn_pdf_never_escapes_as_another_error() -> None:
    whole = printed(PLAN)
    for part in (0.1, 0.5, 0.9, 0.99):
        try:
            read_source("a.pdf", whole[: int(len(whole) * part)])
        except ReadingError as error:
            assert "PDF" in str(error) or "text" in str(error)


# ── any file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.", "a.doc", ".htaccess"])
def test_other_kinds_are_refused(name: str) -> None:
    assert "expected .txt, .html, .docx or .pdf" in refusal(name, b"x" * 20)


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.docx", "a.pdf"])
def test_an_empty_file_is_refused(name: str) -> None:
    for data in (b"", b" \n\t"):
        assert "empty" in refusal(name, data)


def test_a_text_that_is_no_text_is_refused() -> None:
    assert "text" in refusal("a.txt", bytes(range(256)) * 4)
    assert "binary" in refusal("a.txt", b"\x00abc" * 100)


@pytest.mark.parametrize("kind", ["txt", "html", "docx"])
def test_every_quote_is_its_slice_in_every_kind(kind: str) -> None:
    data: Any = {
        "txt": PLAN.encode(),
        "html": page(paragraphs(PLAN)),
        "docx": word(*(paragraph(line) for line in PLAN.splitlines())),
    }[kind]
    found = to_document(read_document(f"a.{kind}", data))
    for key in ("units", "tasks", "targets", "money"):
        assert found[key]
        for item in found[key]:
            assert found["text"][item["start"] : item["end"]] == item["quote"]


def test_a_zip_with_encrypted_parts_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("word/document.xml", "<a/>")
    data = bytearray(held.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) + offset
        data[place] |= 1
    refusal("a.docx", bytes(data))
