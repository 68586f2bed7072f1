"""One of everything of the room, for the permission matrix (tests/samples.py).

A plan document is the county's: its towns see it, and nobody but the county's bureau reviews it.
"""

from types import SimpleNamespace
from typing import Any

from tests.plans.documents.making import make_document, make_item

PAGES = ("plans:document", "plans:document_source", "plans:compare", "plans:items", "plans:review")
REVIEWS = (
    "plans:document_edit", "plans:read_again", "plans:withdraw", "plans:accept_all", "plans:pick", "plans:add",
)
ITEM_PAGES = ("plans:item",)
ITEM_REVIEWS = (
    "plans:item_form", "plans:item_more", "plans:accept", "plans:reject", "plans:mend", "plans:split", "plans:merge",
)
READS = (
    "api:GET /plans/documents/{int:pk}", "api:GET /plans/documents/{int:pk}/items",
    "api:GET /plans/documents/{int:pk}/changes",
)
ACTS = (
    "api:POST /plans/items/{int:pk}/accept", "api:POST /plans/items/{int:pk}/reject",
    "api:POST /plans/items/{int:pk}/mend",
)
COUNTYWIDE = {*PAGES, *ITEM_PAGES, *READS, "api:GET /plans/items/{int:pk}"}


def plan_samples(cast: SimpleNamespace) -> dict[str, Any]:
    """What to put into each address of the room's documents."""
    document = make_document(cast.bureau)
    item = make_item(document, "2026年6月底前,建成社区助餐点20个")
    return {
        **{name: {"pk": (document.pk,)} for name in (*PAGES, *REVIEWS, *READS)},
        **{name: {"pk": (item.pk,)} for name in (*ITEM_PAGES, *ITEM_REVIEWS, *ACTS, "api:GET /plans/items/{int:pk}")},
        "api:POST /plans/documents/{int:pk}/items": {"pk": (document.pk,)},
    }
