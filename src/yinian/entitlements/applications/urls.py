"""The addresses of applications: staff, family, public."""

from django.urls import URLPattern, path

from yinian.entitlements.applications import own_pages, pages

urlpatterns: list[URLPattern] = [
    path("applications/", pages.applications, name="applications"),
    path("applications/intakes/", pages.intakes, name="intakes"),
    path("applications/intakes/<int:pk>/close/", pages.intake_close, name="intake_close"),
    path("applications/notices/", pages.notices, name="notices"),
    path("applications/new/<int:pk>/", pages.apply, name="apply"),
    path("applications/<int:pk>/", pages.application, name="application"),
    path("applications/<int:pk>/paper/", pages.application_paper, name="application_paper"),
    path("applications/<int:pk>/lodge/", pages.application_lodge, name="application_lodge"),
    path("applications/<int:pk>/objection/", pages.objection_new, name="objection_new"),
    path("applications/<int:pk>/act/<str:verb>/", pages.application_act, name="application_act"),
    path("applications/objections/<int:pk>/", pages.objection_settle, name="objection_settle"),
    path("own/<int:pk>/apply/", own_pages.own_apply, name="own_apply"),
    path("own/<int:pk>/decisions/<int:document>/", own_pages.own_decision, name="own_decision"),
    path("own/applications/<int:pk>/", own_pages.own_application, name="own_application"),
    path("own/applications/<int:pk>/paper/", own_pages.own_paper, name="own_paper"),
    path("own/applications/<int:pk>/lodge/", own_pages.own_lodge, name="own_lodge"),
    path("own/applications/<int:pk>/object/", own_pages.own_object, name="own_object"),
    path("own/applications/<int:pk>/withdraw/", own_pages.own_withdraw, name="own_withdraw"),
    path("public/notices/", own_pages.public_notices, name="public_notices"),
]
