"""The five real documents, which stay beside the source tree: taken in whole, anchored, quick to show."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast as people
from tests.plans.documents.making import upload_and_read
from yinian.plans.documents import queries

PLANS = Path(__file__).resolve().parents[4] / "shared" / "plans"
FILES = sorted(PLANS.glob("*.txt"))

pytestmark = pytest.mark.skipif(not FILES, reason="the real plans (../shared/plans) are not on this machine")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem[:3])
def test_a_real_document_is_taken_in_and_shown_section_by_section(cast, file):
    document = upload_and_read(cast.bureau, file.read_bytes(), file.name)
    assert document.state == "in_review" and document.items.filter(kind="task").count() > 20
    assert not document.items.exclude(state="found").exists()
    client = people.client_for(cast.bureau)
    for piece in queries.pieces(document):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(reverse("plans:review", args=[document.pk]), {"s": piece.section.number})
        assert answer.status_code == 200 and len(captured) < 25
        assert len(answer.content) < 500_000
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse("plans:document", args=[document.pk])).status_code == 200
    assert len(captured) < 25


def test_the_largest_brings_its_projects_and_says_where_its_sums_differ(cast):
    largest = max(FILES, key=lambda file: file.stat().st_size)
    document = upload_and_read(cast.bureau, largest.read_bytes(), largest.name)
    assert document.items.filter(kind="project").count() == 87
    doubts = queries.doubts_of(document)
    touched = {number for item in document.items.exclude(doubts=[]) for number in item.doubts}
    assert doubts and touched
