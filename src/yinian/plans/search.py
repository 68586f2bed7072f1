"""What the search box finds in this room: documents by name and number, and the sentences that promise something."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from yinian.core import search
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.plans.documents import queries
from yinian.plans.documents.models import Item
from yinian.plans.documents.showing import headline, source_url

SHORTEST = 2  # one character stands in half of all sentences


def find_documents(actor: User, text: str) -> list[search.Hit]:
    """Documents whose title, number, issuer or text has the words."""
    found = queries.search(queries.visible_to(actor), text).exclude(state="withdrawn")[: search.LIMIT]
    return [
        search.Hit(one.title, reverse("plans:document", args=[one.pk]), f"{one.number} {day(one.issued_on)}".strip())
        for one in found
    ]


def find_clauses(actor: User, text: str) -> list[search.Hit]:
    """Tasks, targets, sums and projects with the words in their sentence; each leads to its place in the text."""
    if len(text) < SHORTEST:
        return []
    documents = queries.visible_to(actor).exclude(state="withdrawn").order_by()
    found = (
        Item.objects.filter(document__in=documents, quote__contains=text)
        .exclude(kind=Item.Kind.OUTLINE).exclude(state__in=queries.GONE)
        .select_related("document").defer("document__text").order_by("-document_id", "start")[: search.LIMIT]
    )
    return [
        search.Hit(headline(item), source_url(item), f"{item.get_kind_display()} · {item.document.title}")
        for item in found
    ]


def _more(text: str) -> str:
    return reverse("plans:list") + "?" + urlencode({"q": text})


search.register("plans.documents", _("Plan documents"), "plans.view", find_documents, more=_more, order=70)
search.register("plans.clauses", _("Clauses of plans"), "plans.view", find_clauses, order=75)
