"""The URL table: each room under its own word."""

from django.urls import include, path

urlpatterns = [
    path("", include("yinian.core.urls")),
    path("people/", include("yinian.people.urls")),
    path("places/", include("yinian.places.urls")),
    path("homes/", include("yinian.homes.urls")),
    path("medical/", include("yinian.medical.urls")),
    path("workforce/", include("yinian.workforce.urls")),
    path("assessments/", include("yinian.assessments.urls")),
    path("plans/", include("yinian.plans.urls")),
    path("services/", include("yinian.entitlements.urls")),
    path("oversight/", include("yinian.oversight.urls")),
    path("indicators/", include("yinian.indicators.urls")),
    path("demo/", include("yinian.demo.urls")),
    path("api/", include("yinian.api.urls")),
]
handler403 = "yinian.core.pages.forbidden"
handler404 = "yinian.core.pages.not_found"
handler500 = "yinian.core.pages.server_error"
