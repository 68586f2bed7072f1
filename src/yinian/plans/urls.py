"""Addresses of the room."""

from django.urls import path

from yinian.plans import driving_urls
from yinian.plans.documents import pages as documents

app_name = "plans"
urlpatterns = [
    path("", documents.documents, name="list"),
    *driving_urls.urlpatterns,
]
