"""Addresses of corrections."""

from django.urls import URLPattern, path

from yinian.entitlements.adjustments import pages

urlpatterns: list[URLPattern] = [
    path("corrections/", pages.corrections, name="corrections"),
    path("corrections/recalculate/", pages.recalculate, name="recalculate"),
    path("corrections/<int:pk>/", pages.correction, name="correction"),
    path("corrections/<int:pk>/confirm/", pages.confirm, name="correction_confirm"),
    path("corrections/<int:pk>/reject/", pages.reject, name="correction_reject"),
    path("corrections/<int:pk>/return/", pages.send_back, name="correction_return"),
    path("corrections/<int:pk>/approve/", pages.approve, name="correction_approve"),
    path("corrections/<int:pk>/repay/", pages.repay, name="correction_repay"),
    path("corrections/<int:pk>/write-off/", pages.write_off, name="correction_write_off"),
    path("corrections/<int:pk>/write-off/approve/", pages.write_off_approve, name="correction_write_off_approve"),
    path("corrections/<int:pk>/write-off/reject/", pages.write_off_reject, name="correction_write_off_reject"),
    path("person/<int:pk>/months/", pages.months, name="person_months"),
    path("person/<int:pk>/months/recalculate/", pages.recalculate_person, name="person_recalculate"),
]
