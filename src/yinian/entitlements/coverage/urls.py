"""Addresses of coverage."""

from django.urls import URLPattern, path

from yinian.entitlements.coverage import pages

urlpatterns: list[URLPattern] = [
    path("coverage/", pages.coverage, name="coverage"),
    path("coverage/invite/", pages.invite, name="coverage_invite"),
    path("coverage/missed/", pages.missed, name="coverage_missed"),
    path("coverage/paper/", pages.paper, name="coverage_paper"),
    path("coverage/visit/", pages.visit, name="coverage_visit"),
]
