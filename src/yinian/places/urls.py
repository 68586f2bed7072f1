"""The room's addresses."""

from django.urls import path

from yinian.places.regions import pages as regions
from yinian.places.sites import pages as sites

app_name = "places"
urlpatterns = [
    path("", sites.site_list, name="list"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/edit/", sites.edit_site, name="edit_site"),
    path("sites/<int:pk>/prices/", sites.set_price, name="set_price"),
    path("organisations/", sites.organisation_list, name="organisations"),
    path("organisations/new/", sites.new_organisation, name="new_organisation"),
    path("organisations/<int:pk>/", sites.organisation, name="organisation"),
    path("organisations/<int:pk>/edit/", sites.edit_organisation, name="edit_organisation"),
    path("organisations/<int:pk>/sites/new/", sites.new_site, name="new_site"),
    path("regions/", regions.regions, name="regions"),
    path("regions/load/", regions.load_divisions, name="load_divisions"),
    path("regions/<str:code>/", regions.region, name="region"),
    path("regions/<str:code>/map.json", regions.region_map, name="map"),
    path("regions/<str:code>/hamlets/new/", regions.add_hamlet, name="add_hamlet"),
]
