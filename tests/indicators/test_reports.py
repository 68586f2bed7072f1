"""The bulletin and the quarterly report: frozen figures alone, in three forms; what the public version keeps back."""

import io

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from tests import cast as people
from tests.cast import client_for
from tests.indicators.test_figures import frozen, of
from yinian.core.models import Document as Paper
from yinian.core.models import Region
from yinian.indicators import live
from yinian.indicators.models import Figure
from yinian.indicators.reports import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter(measured):
    """The county with the last quarter frozen: the cast, and the period."""
    measured.span = of(frozen(measured), "older-people")
    return measured


def address(cast, **query: str) -> str:
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/indicators/reports/quarter/{cast.span.starts.isoformat()}/?{words}"


def got(cast, **query: str) -> bytes:
    response = client_for(cast.bureau).get(address(cast, **query))
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_a_report_says_what_was_frozen_and_not_what_is_now(quarter):
    people.make_person(people.A1, "后来", birth=people.SINCE.replace(year=1940))
    book = Document(io.BytesIO(got(quarter, format="docx")))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    assert cells[cells.index("60周岁及以上老年人数") + 1] == "6 人"
    assert "汨罗镇" in cells and book.paragraphs[0].text.endswith("养老服务情况报告")


def test_word_holds_charts_as_pictures_excel_its_own_and_the_paper_is_a_pdf(quarter):
    # Two towns with a share each: enough for a chart.
    book = Document(io.BytesIO(got(quarter, format="docx")))
    assert len(book.inline_shapes) >= 1
    sheets = load_workbook(io.BytesIO(got(quarter, format="xlsx")))
    assert sheets.sheetnames[0] == "总览" and sum(len(sheet._charts) for sheet in sheets) >= 1
    text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(got(quarter, format="pdf")))
    assert "汨罗市民政局" in text and "60周岁及以上老年人数" in text.replace(" ", "") and "草" in text


def test_the_public_version_carries_only_what_may_be_published_and_no_count_of_few_people(quarter):
    region = Region.objects.get(pk=people.COUNTY)
    span = content.span_from("quarter", quarter.span.starts)
    inside, public = (content.build(quarter.bureau, region, span, public) for public in (False, True))
    lines = {line.indicator.id: line for chapter in public.chapters for line in chapter.lines}
    assert lines["older-people"].value == content.HELD_BACK  # six people are few
    assert {line.indicator.id: line.value for chapter in inside.chapters for line in chapter.lines}[
        "older-people"] == "6 人"
    assert all(line.indicator.publish for line in lines.values())
    pack = live.pack_of(people.COUNTY)
    least = content.least_of(pack)
    for chapter in public.chapters:
        for table in chapter.tables:
            for place, label in enumerate(table.heads):
                unit = table.units[place]
                if unit == "人":
                    assert all(row[place] is None or row[place] == 0 or row[place] >= least for row in table.numbers), (
                        label)
    assert any(content.HELD_BACK in note for note in public.notes)
    page = client_for(quarter.bureau).get(address(quarter, public="1")).content.decode()
    assert page.count(content.HELD_BACK) > 3


def test_a_corrected_figure_is_used_and_its_reason_is_told(quarter):
    from yinian.indicators import actions

    people.make_person(people.B1, "补录", birth=people.SINCE.replace(year=1940))
    actions.correct(quarter.bureau, Figure.objects.get(
        indicator="older-people", region_id=people.COUNTY, version=1).pk, "补录一人")
    made = content.build(quarter.bureau, Region.objects.get(pk=people.COUNTY),
                         content.span_from("quarter", quarter.span.starts), False)
    line = next(line for chapter in made.chapters for line in chapter.lines if line.indicator.id == "older-people")
    assert line.value.startswith("7") and line.version == 2 and any("补录一人" in note for note in made.notes)


def test_a_report_is_issued_as_a_numbered_paper_and_found_again(quarter):
    client = client_for(quarter.bureau)
    assert client.post(f"/indicators/reports/quarter/{quarter.span.starts}/issue/").status_code == 302
    paper = Paper.objects.get(kind="indicators.bulletin")
    assert "养统" in paper.number and paper.region_id == people.COUNTY
    assert paper.title in client.get("/indicators/reports/").content.decode()
    assert client_for(quarter.reviewer).get(f"/indicators/reports/?region={people.COUNTY}").status_code == 200


def test_a_town_gets_its_own_report_and_not_the_countys(quarter):
    client = client_for(quarter.town_a)
    page = client.get(address(quarter))
    assert page.status_code == 200 and "汨罗镇" in page.content.decode()
    assert client.get(address(quarter, region=people.COUNTY)).status_code == 404
    assert client.get("/indicators/reports/month/2026-01-01/").status_code == 404
    assert client.get("/indicators/reports/quarter/2026-02-01/").status_code == 404


def test_the_guide_names_every_view_and_column():
    from yinian.core.packfiles import POLICIES
    from yinian.engines.entitlement.views import VIEWS

    guide = (POLICIES.parents[1] / "docs" / "indicators.md").read_text("utf-8")
    for view in VIEWS.values():
        part = guide[guide.index(f"### `{view.name}`"):].split("\n### ")[0]
        assert f"Version {view.version}." in part
        assert not [column for column in view.columns if f"| `{column}` |" not in part]
