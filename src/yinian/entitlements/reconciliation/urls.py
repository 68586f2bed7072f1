"""Addresses of reconciliation."""

from django.urls import URLPattern, path

from yinian.entitlements.reconciliation import finding_pages, pages

urlpatterns: list[URLPattern] = [
    path("paid/", pages.batches, name="paid"),
    path("paid/new/", pages.upload, name="paid_new"),
    path("paid/template/", pages.template, name="paid_template"),
    path("paid/<int:pk>/", pages.batch, name="paid_batch"),
    path("paid/<int:pk>/items/", pages.items, name="paid_items"),
    path("paid/<int:pk>/check/", pages.check, name="paid_check"),
    path("paid/<int:pk>/commit/", pages.commit, name="paid_commit"),
    path("paid/<int:pk>/withdraw/", pages.withdraw, name="paid_withdraw"),
    path("paid/<int:pk>/returned/", pages.returned, name="paid_returned"),
    path("paid/<int:pk>/payees/", pages.payees, name="paid_payees"),
    path("paid/payees/<int:pk>/", pages.payee, name="paid_payee"),
    path("paid/<int:pk>/findings/", finding_pages.findings, name="paid_findings"),
    path("paid/<int:pk>/findings/<str:verb>/", finding_pages.act, name="paid_findings_act"),
    path("paid/findings/<int:pk>/", finding_pages.finding, name="paid_finding"),
]
