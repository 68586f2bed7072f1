"""The pages of plan documents, as those who use them see them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast as people
from tests.plans.documents.making import TEXT, upload_and_read
from yinian.plans.documents import queries, review
from yinian.plans.documents.marking import Mark, marked
from yinian.plans.documents.sections import LARGEST, Heading, cut
from yinian.plans.models import Item, PlanDocument

HEAD = "某市养老服务实施方案\n2025年3月1日\n"
LONG = HEAD + "".join(
    f"{han}、第{han}部分工作\n"
    + "".join(
        f"({part})第{part}项工作。2026年6月底前,完成第{han}部分第{part}项改造{20 + n}户,"
        "逐户验收建档,做到应改尽改、改必改好。(责任单位:市民政局、市财政局)\n"
        for n, part in enumerate("一二三四五六七八九十")
    )
    for han in "一二三四五六七八"
)


@pytest.fixture
def document(cast):
    return upload_and_read(cast.bureau, LONG)


@pytest.fixture
def officer(cast):
    return people.client_for(cast.bureau)


def ask(client, name: str, *args, budget: int = 25, **query):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    assert len(captured) < budget, f"{len(captured)} queries"
    return response.content.decode()


def test_the_review_shows_a_section_and_not_the_whole_document(officer, document):
    page = ask(officer, "plans:review", document.pk)
    pieces = queries.pieces(document)
    assert len(pieces) > 3 and page.count('data-item="') < document.items.count()
    assert "还有 " in page and f"{document.items.count()}" in page
    part = officer.get(
        reverse("plans:review", args=[document.pk]), {"s": 2}, headers={"HX-Request": "true", "HX-Target": "work"}
    ).content.decode()
    assert part.lstrip().startswith('<div id="work"') and "<html" not in part


def test_the_source_says_the_text_and_every_stretch_its_place(officer, document):
    page = ask(officer, "plans:document", document.pk)
    spans = re.findall(r'<span class="[^"]*" id="c(\d+)" data-o="(\d+)"[^>]*>(.*?)</span>(?=<|\s*$)', page, re.S)
    import html

    text = "".join(html.unescape(re.sub(r"<[^>]+>", "", words)) for _, _, words in spans)
    assert text == document.text
    for item in document.items.all():
        assert f'id="c{item.start}"' in page


def test_the_list_counts_what_is_to_be_reviewed_as_the_review_does(officer, document):
    waiting = document.items.filter(state="found").count()
    assert queries.counted(PlanDocument.objects.filter(pk=document.pk)).get().waiting == waiting
    assert f"还有 {waiting} 条未审" in officer.get(reverse("plans:review", args=[document.pk])).content.decode()


def test_an_act_answers_with_its_card_and_the_count(officer, document):
    item = document.items.filter(kind="task").first()
    waiting = document.items.filter(state="found").count()
    with CaptureQueriesContext(connection) as captured:
        answer = officer.post(
            reverse("plans:accept", args=[item.pk]), {"version": item.version}, headers={"HX-Request": "true"}
        ).content.decode()
    assert len(captured) < 25, len(captured)
    assert answer.count("<article") == 1 and 'data-state="accepted"' in answer
    assert f"还有 {waiting - 1} 条未审" in answer and len(answer) < 6000


def test_a_lost_version_is_told_and_changes_nothing(officer, document):
    item = document.items.filter(kind="task").first()
    answer = officer.post(
        reverse("plans:accept", args=[item.pk]), {"version": item.version + 1}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409 and not document.items.exclude(state="found").exists()


def test_mending_by_form_keeps_what_was_typed_when_it_is_refused(officer, document):
    item = document.items.filter(kind="task").first()
    typed = {"version": item.version, "as": "task", "title": "改造", "when": "by", "last": "", "lead_units": "市民政局"}
    answer = officer.post(reverse("plans:mend", args=[item.pk]), typed, headers={"HX-Request": "true"})
    assert answer.status_code == 422 and 'value="改造"' in answer.content.decode()
    typed["last"] = "2026-09-30"
    answer = officer.post(reverse("plans:mend", args=[item.pk]), typed, headers={"HX-Request": "true"})
    item.refresh_from_db()
    assert answer.status_code == 200 and item.state == "mended"
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == (f"#item-{item.pk}", "outerHTML")
    assert item.data["deadline"]["iso"] == "2026-09-30" and item.data["lead_units"] == ["市民政局"]
    assert item.data["responsible_units"] == [] and item.data["title"] == "改造"


def test_a_form_sent_back_as_it_came_changes_no_data(officer, document):
    from yinian.plans.documents.forms import form_for

    for item in document.items.exclude(kind="outline"):
        filled = form_for(item.kind, item.data, version=item.version)
        posted = {name: filled[name].value() for name in filled.fields if filled[name].value() is not None}
        posted = {name: "\n".join(v) if isinstance(v, list) else v for name, v in posted.items()}
        form = form_for(item.kind, item.data, posted)
        assert form.is_valid(), form.errors
        assert {**item.data, **form.changes(item.data)} == item.data


def test_splitting_merging_and_adding_come_back_with_the_section(officer, document):
    one, two = document.items.filter(kind="task").order_by("start")[:2]
    at = one.start + one.quote.index("逐户")
    answer = officer.post(
        reverse("plans:split", args=[one.pk]), {"version": one.version, "at": at}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Retarget"] == "#work" and one.pieces.count() == 2
    piece = one.pieces.order_by("-start").first()
    more = ask(officer, "plans:item_more", two.pk)
    assert f"{piece.pk}:{piece.version}" in more
    officer.post(
        reverse("plans:merge", args=[two.pk]), {"version": two.version, "other": f"{piece.pk}:{piece.version}"}
    )
    two.refresh_from_db()
    assert two.state == "merged"
    start = document.text.index("应改尽改")
    form = ask(officer, "plans:pick", document.pk, start=start, end=start + 4, **{"as": "task"})
    assert "应改尽改" in form and "市民政局" in form
    officer.post(
        reverse("plans:add", args=[document.pk]),
        {"start": start, "end": start + 4, "as": "task", "lead_units": "市民政局"},
    )
    added = Item.objects.get(document=document, origin="officer", quote="应改尽改")
    assert added.data["lead_units"] == ["市民政局"]


def test_lists_facts_items_and_one_item_stay_within_their_budgets(officer, document):
    item = document.items.filter(kind="task").first()
    assert document.title in ask(officer, "plans:list", budget=30)
    assert "适老" not in ask(officer, "plans:items", document.pk, budget=30, kind="target")
    assert f"/plans/documents/{document.pk}/#c{item.start}" in ask(officer, "plans:item", item.pk)
    ask(officer, "plans:document_edit", document.pk)
    ask(officer, "plans:import")
    answer = officer.get(reverse("plans:items", args=[document.pk]), {"format": "xlsx"})
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


def test_the_compare_page_shows_both_sentences(officer, cast, document):
    later = LONG.replace("2026年6月底前,完成第一部分第二项", "2026年底前,完成第一部分第二项")
    newer = upload_and_read(cast.bureau, later)
    review.edit_facts(cast.bureau, newer.pk, newer.version, earlier=document)
    page = ask(officer, "plans:compare", newer.pk)
    assert "时限推后" in page and "2026年6月30日前 → 2026年12月31日前" in page and "<del>" in page
    assert page.count("<tr>") < 12


def test_a_town_reads_and_does_not_review(cast, document):
    client = people.client_for(cast.town_a)
    page = client.get(reverse("plans:review", args=[document.pk])).content.decode()
    assert "采纳</button>" not in page and "对照查看" in page
    item = document.items.first()
    assert client.post(reverse("plans:accept", args=[item.pk]), {"version": 1}).status_code == 403


def test_the_import_page_tells_a_known_file(officer, cast):
    from django.core.files.uploadedfile import SimpleUploadedFile

    def send():
        return officer.post(
            reverse("plans:import"), {"file": SimpleUploadedFile("方案.txt", (HEAD + TEXT).encode()),
                                      "region": people.COUNTY, "kind": "", "earlier": ""},
        )

    assert send().status_code == 302
    again = send()
    assert again.status_code == 422 and "同一文件已经录入" in again.content.decode()
    assert PlanDocument.objects.count() == 1


# --- what pages are made of --------------------------------------------------------------------------------------


def test_pieces_are_the_whole_text_in_order():
    headings = [Heading(m.start(), 1 if m[0][0] in "一二三四五六七八" else 2, m[0]) for m in
                re.finditer(r"(?m)^(?:[一二三四五六七八]、|\([一二三四五六七八九十]\))", LONG)]
    for text, marks in ((LONG, headings), (LONG, []), ("", []), ("短文", []), ("无段" * LARGEST, []),
                        ("\n".join(["行" * 80] * 400), [])):
        found = cut(text, marks)
        assert "".join(text[one.start : one.end] for one in found) == text
        assert [one.number for one in found] == list(range(len(found)))
        assert all(one.end - one.start <= LARGEST or "\n" not in text[one.start : one.end - 1] for one in found)


def test_marks_overlap_and_the_text_stays():
    text = "到2026年,建成<20>个点。\n\n\n\n每个点补2万元&更多。"
    marks = [Mark(1, "task", "found", 0, 16, "任务"), Mark(2, "target", "accepted", 8, 13, "目标"),
             Mark(3, "money", "rejected", 20, 28, "资金")]
    out = str(marked(text, 0, len(text), marks, signs={"task": "任", "target": "标", "money": "资"}, doubts=[(3, 3)]))
    import html

    assert html.unescape(re.sub(r"<[^>]+>", "", out)) == text
    assert 'data-i="1 2"' in out and "m-task m-target" in out and "m-off" in out and 'class="gap"' in out
