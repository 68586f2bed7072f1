"""What the database holds of plan documents, whoever writes."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.plans.documents.making import make_document, make_item
from yinian.plans.models import Item, ItemChange, PlanDocument

SENTENCE = "2026年6月底前,建成社区助餐点20个。"


def refused(act) -> str:
    with pytest.raises(Exception) as caught, transaction.atomic():
        act()
    assert isinstance(caught.value, IntegrityError) or "Cannot" in str(caught.value), caught.value
    return str(caught.value)


def test_a_quote_that_is_not_the_slice_is_refused(cast):
    document = make_document(cast.bureau)
    item = make_item(document, SENTENCE)
    assert "not what the document says" in refused(
        lambda: Item.objects.create(document=document, kind="task", start=0, end=3, quote="不是这句", data={})
    )
    assert "not what the document says" in refused(lambda: Item.objects.filter(pk=item.pk).update(quote="别的话"))
    long = len(document.text) + 1
    assert "not what" in refused(
        lambda: Item.objects.create(document=document, kind="task", start=long - 2, end=long, quote=document.text[-1])
    )


def test_nothing_leaves_the_unreviewed_without_a_reviewer_and_nothing_returns(cast):
    item = make_item(make_document(cast.bureau), SENTENCE)
    assert "planitem_reviewed_by_somebody" in refused(lambda: Item.objects.filter(pk=item.pk).update(state="accepted"))
    Item.objects.filter(pk=item.pk).update(state="accepted", reviewed_by=cast.bureau, reviewed_at=timezone.now())
    assert "stays reviewed" in refused(
        lambda: Item.objects.filter(pk=item.pk).update(state="found", reviewed_by=None, reviewed_at=None)
    )
    assert "with_reason" in refused(lambda: Item.objects.filter(pk=item.pk).update(state="rejected"))


def test_the_text_and_the_history_stay(cast):
    document = make_document(cast.bureau)
    item = make_item(document, SENTENCE)
    change = ItemChange.objects.create(item=item, act="accept", by=cast.bureau, before={})
    assert "never changed" in refused(lambda: PlanDocument.objects.filter(pk=document.pk).update(text="改了"))
    refused(lambda: ItemChange.objects.filter(pk=change.pk).update(reason="改"))
    refused(lambda: ItemChange.objects.filter(pk=change.pk).delete())
    refused(lambda: Item.objects.filter(pk=item.pk)._raw_delete("default"))


def test_one_file_once_in_a_region_unless_withdrawn(cast):
    first = make_document(cast.bureau)
    assert "plandoc_file_once" in refused(lambda: make_document(cast.bureau))
    PlanDocument.objects.filter(pk=first.pk).update(
        state="withdrawn", withdrawn_by=cast.bureau, withdrawn_at=timezone.now(), withdrawn_why="传错了"
    )
    make_document(cast.bureau)


def test_parents_stand_in_the_same_document(cast):
    one = make_item(make_document(cast.bureau), SENTENCE)
    other = make_document(cast.bureau, text="一、别的\n" + one.document.text)
    assert "another document" in refused(lambda: make_item(other, SENTENCE, parent=one))
