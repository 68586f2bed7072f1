"""Issued papers: numbered without a gap, the same bytes for the same words, opened by whom they concern, kept."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from tests.cast import A1, B1, NEIGHBOUR, client_for, make_person
from tests.samples import PAPER

from yinian.core.attachments import actions as attachments
from yinian.core.documents import actions, queries
from yinian.core.documents.setting import set_paper
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Document

TEMPLATE = "core/documents/specimen.typ"
WORDS = {"rows": [["姓名", "李*花"], ["能力等级", "中度失能"]], "amount": 123456, "day": "2026-02-09",
         "lines": ["第一条理由", "第二条理由"]}


def issue(actor, region=A1, **more):
    return actions.issue(actor, PAPER.name, region=region, title="样张", template=TEMPLATE, data=WORDS, **more)


@pytest.mark.django_db
def test_a_paper_gets_the_next_number_of_its_series_county_and_year(cast):
    first, second = issue(cast.town_a), issue(cast.town_b, B1)
    other = issue(cast.stranger, NEIGHBOUR + "100201")
    year = timezone.localdate().year
    assert [d.number for d in (first, second, other)] == [f"样〔{year}〕1号", f"样〔{year}〕2号", f"样〔{year}〕1号"]
    assert first.issuer == "汨罗市民政局"


@pytest.mark.django_db
def test_a_paper_that_fails_after_its_number_was_taken_leaves_no_gap(cast):
    issue(cast.town_a)
    with pytest.raises(RuntimeError), transaction.atomic():
        issue(cast.town_a)
        raise RuntimeError
    assert issue(cast.town_a).serial == 2


@pytest.mark.django_db(transaction=True)
def test_two_papers_at_once_get_two_numbers(cast):
    def one(_n):
        try:
            return issue(cast.town_a).serial
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        serials = list(pool.map(one, range(8)))
    assert sorted(serials) == list(range(1, 9))


@pytest.mark.django_db
def test_the_file_is_an_archivable_pdf_with_the_bundled_font_and_the_same_bytes_each_time(cast):
    document = issue(cast.town_a)
    content = b"".join(attachments.open(cast.village_a, document.attachment))
    assert content.startswith(b"%PDF-1.7") and b"pdfaid:part" in content and b"NotoSansSC" in content
    head = {"title": "样张", "number": document.number, "issuer": document.issuer,
            "issued_on": document.issued_on.isoformat()}
    assert set_paper(TEMPLATE, {**WORDS, "paper": head}, at=document.issued_at) == content


@pytest.mark.django_db
def test_a_paper_opens_for_whom_its_region_concerns_and_the_opening_is_recorded(cast):
    document = issue(cast.town_a, person=make_person().pk)
    for stranger in (cast.town_b, cast.village_b, cast.stranger):
        with pytest.raises(NotVisible):
            queries.get_document(stranger, document.pk)
        with pytest.raises(NotVisible):
            list(attachments.open(stranger, document.attachment))
    list(attachments.open(cast.village_a, document.attachment))
    assert AuditRow.objects.filter(action="attachments.open", actor=cast.village_a).exists()
    assert list(queries.documents_of(cast.village_a, document.person_ref)) == [document]


@pytest.mark.django_db
def test_without_the_right_of_its_kind_no_paper_is_issued(cast):
    with pytest.raises(Forbidden):
        issue(cast.assessor)
    with pytest.raises(NotVisible):
        issue(cast.town_b)
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_a_paper_is_withdrawn_once_with_a_reason_and_never_deleted_or_reworded(cast):
    document = issue(cast.town_a)
    with pytest.raises(Refused):
        actions.withdraw(cast.town_a, document.pk, " ")
    actions.withdraw(cast.town_a, document.pk, "姓名有误")
    with pytest.raises(Refused):
        actions.withdraw(cast.town_a, document.pk, "再次")
    for change in (lambda: document.delete(), lambda: Document.objects.filter(pk=document.pk).update(title="别的")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db
def test_a_draft_has_no_number_and_is_kept_nowhere(county):
    content = actions.preview(A1, title="样张", template=TEMPLATE, data=WORDS)
    assert content.startswith(b"%PDF") and not Document.objects.exists()
    assert io.BytesIO(content).getbuffer().nbytes < 200_000


@pytest.mark.django_db
def test_the_register_finds_a_paper_by_its_number_and_withdraws_it(cast):
    document = issue(cast.town_a)
    issue(cast.town_a)
    page = client_for(cast.town_a).get(reverse("core:documents"), {"q": document.number})
    assert document.number in page.content.decode() and "共1" in page.content.decode().replace(" ", "")
    client = client_for(cast.town_a)
    address = reverse("core:document_withdraw", args=[document.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "姓名有误"}).status_code == 302
    assert "姓名有误" in client.get(reverse("core:document", args=[document.pk])).content.decode()
