"""The room's addresses."""

from django.urls import URLPattern, path

from yinian.entitlements import check_pages, own_dues, pages, person_pages, run_pages
from yinian.entitlements.adjustments.urls import urlpatterns as adjustments
from yinian.entitlements.applications.urls import urlpatterns as application_patterns
from yinian.entitlements.coverage.urls import urlpatterns as coverage
from yinian.entitlements.cycles.urls import urlpatterns as cycle_patterns
from yinian.entitlements.determinations.urls import urlpatterns as determination_patterns
from yinian.entitlements.drafts.urls import urlpatterns as drafts
from yinian.entitlements.reconciliation.urls import urlpatterns as reconciliation

app_name = "entitlements"
urlpatterns: list[URLPattern] = [
    path("", pages.overview, name="overview"),
    path("list/", pages.services, name="services"),
    path("list/<str:service_id>/", pages.service, name="service"),
    path("people/", pages.outcome, name="outcome"),
    path("changes/", pages.changes, name="changes"),
    path("check/", check_pages.check_list, name="check_list"),
    path("person/<int:pk>/", person_pages.person, name="person"),
    path("own/<int:pk>/dues/", own_dues.own_dues, name="own_dues"),
    path("runs/", run_pages.runs, name="runs"),
    path("runs/start/", run_pages.start, name="start"),
    path("runs/<int:pk>/", run_pages.run, name="run"),
    path("runs/<int:pk>/verify/", run_pages.verify, name="verify"),
    *adjustments,
    *coverage,
    *reconciliation,
    *drafts,
    *cycle_patterns,
    *determination_patterns,
    *application_patterns,
]
