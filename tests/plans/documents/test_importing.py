"""Taking a document in: kept once, read by a job, nothing reviewed, everything anchored in its text."""

import io

import pytest

from tests import cast as people
from tests.plans.documents.making import TEXT, run, upload_and_read
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.engines.plantext import read_plan, to_document
from yinian.plans.documents import importing, queries, review
from yinian.plans.models import Item, PlanDocument, Reading


def file(data: bytes, name: str = "方案.txt") -> io.BytesIO:
    made = io.BytesIO(data)
    made.name = name
    return made


PLAN = "某市养老服务实施方案\n2025年3月1日\n" + TEXT


def test_a_document_is_read_into_items_that_nobody_has_reviewed(cast):
    document = upload_and_read(cast.bureau, PLAN)
    assert (document.state, document.title, document.kind) == ("in_review", "某市养老服务实施方案", "scheme")
    assert document.text == PLAN and document.issued_on.isoformat() == "2025-03-01"
    found = to_document(read_plan(PLAN))
    for name, kinds in (("outline", ["outline"]), ("tasks", ["task"]), ("targets", ["target", "standard"]),
                        ("money", ["money"])):
        assert [item.data for item in document.items.filter(kind__in=kinds).order_by("start", "end")] == sorted(
            found[name], key=lambda data: (data["start"], data["end"])
        )
    assert {item.state for item in document.items.all()} == {"found"}
    assert all(PLAN[item.start : item.end] == item.quote for item in document.items.all())
    task = document.items.filter(kind="task").first()
    assert task.parent.data["id"] == task.data["outline_id"] and task.parent.parent.data["level"] == 1
    reading = Reading.objects.get(document=document)
    assert "text" not in reading.output and reading.output["units"] == found["units"]
    assert AuditRow.objects.filter(action="plans.read").exists()


def test_the_same_file_is_told_and_taken_again_only_after_withdrawal(cast):
    first = importing.upload(cast.bureau, file(PLAN.encode()), people.COUNTY)
    with pytest.raises(importing.Known) as told:
        importing.upload(cast.bureau, file(PLAN.encode(), "又一份.txt"), people.COUNTY)
    assert told.value.document == first and "file" in told.value.fields
    run(first.job)
    review.withdraw(cast.bureau, first.pk, "传错了")
    assert importing.upload(cast.bureau, file(PLAN.encode()), people.COUNTY).pk != first.pk


def test_all_four_forms_are_taken(cast):
    from docx import Document as Word

    word = Word()
    for line in PLAN.splitlines():
        word.add_paragraph(line)
    made = io.BytesIO()
    word.save(made)
    page = "<!doctype html><html><head><title>方案</title></head><body><div>" + "".join(
        f"<p>{line}</p>" for line in PLAN.splitlines()
    ) + "</div></body></html>"
    forms = {"方案.docx": made.getvalue(), "方案.html": page.encode(), "方案.txt": PLAN.encode("gb18030")}
    for name, data in forms.items():
        document = upload_and_read(cast.bureau, data, name)
        assert document.state == "in_review" and document.items.filter(kind="task").count() == 2, name


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"%PDF-1.4\n" + b"nothing" * 40, "scan.pdf", ""),
        (("<!doctype html><html><body>" + " " * 50 + "</body></html>").encode(), "empty.html", ""),
    ],
)
def test_an_unreadable_file_says_why_and_can_be_withdrawn(cast, data, name, words):
    document = importing.upload(cast.bureau, file(data, name), people.COUNTY)
    run(document.job)
    document.refresh_from_db()
    assert document.state == "reading" and document.job.state == "failed" and document.job.error
    assert not Item.objects.exists() and not Reading.objects.exists()
    importing.read_again(cast.bureau, document.pk)
    document.refresh_from_db()
    assert document.job.state == "queued"


def test_a_picture_is_no_plan(cast):
    with pytest.raises(Refused):
        importing.upload(cast.bureau, file(b"\xff\xd8\xff" + b"0" * 100, "照片.jpg"), people.COUNTY)
    assert not PlanDocument.objects.exists()


def test_who_may_and_where(cast):
    with pytest.raises(Forbidden):
        importing.upload(cast.town_a, file(PLAN.encode()), people.COUNTY)
    with pytest.raises(NotVisible):
        importing.upload(cast.stranger, file(PLAN.encode()), people.COUNTY)


def test_a_county_sees_the_plans_above_it_and_its_towns_see_its_own(cast):
    own = upload_and_read(cast.bureau, PLAN)
    for name in ("bureau", "town_a", "auditor", "finance", "dispatcher", "reviewer"):
        assert list(queries.visible_to(getattr(cast, name))) == [own], name
    assert not queries.visible_to(cast.stranger).exists()
    with pytest.raises(NotVisible):
        queries.get_document(cast.stranger, own.pk)
    above = PlanDocument.objects.get(pk=own.pk)
    PlanDocument.objects.filter(pk=above.pk).update(region="4306")
    assert queries.visible_to(cast.stranger).exists() and queries.visible_to(cast.town_a).exists()


def test_a_job_run_twice_reads_once(cast):
    document = upload_and_read(cast.bureau, PLAN)
    count = document.items.count()
    run(document.job)
    assert document.items.count() == count
