"""Addresses of the room."""

from django.urls import path

from yinian.plans import driving_urls
from yinian.plans.documents import pages as documents
from yinian.plans.documents import review_pages as review

app_name = "plans"
urlpatterns = [
    path("", documents.documents, name="list"),
    path("documents/import/", documents.import_document, name="import"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/edit/", documents.edit, name="document_edit"),
    path("documents/<int:pk>/source/", documents.source, name="document_source"),
    path("documents/<int:pk>/read/", documents.read_again, name="read_again"),
    path("documents/<int:pk>/withdraw/", documents.withdraw, name="withdraw"),
    path("documents/<int:pk>/compare/", documents.compare, name="compare"),
    path("documents/<int:pk>/items/", documents.items, name="items"),
    path("documents/<int:pk>/review/", review.review_page, name="review"),
    path("documents/<int:pk>/accept/", review.accept_all, name="accept_all"),
    path("documents/<int:pk>/pick/", review.pick, name="pick"),
    path("documents/<int:pk>/add/", review.add, name="add"),
    path("items/<int:pk>/", review.item, name="item"),
    path("items/<int:pk>/form/", review.item_form, name="item_form"),
    path("items/<int:pk>/more/", review.more, name="item_more"),
    path("items/<int:pk>/accept/", review.accept, name="accept"),
    path("items/<int:pk>/reject/", review.reject, name="reject"),
    path("items/<int:pk>/mend/", review.mend, name="mend"),
    path("items/<int:pk>/split/", review.split, name="split"),
    path("items/<int:pk>/merge/", review.merge, name="merge"),
    *driving_urls.urlpatterns,
]
