"""The addresses of gardens and animals, below those of homes."""

from django.urls import path

from yinian.homes.economy import pages

urlpatterns = [
    path("economy/", pages.economy, name="economy"),
    path("economy/harvests/", pages.harvests, name="harvests"),
    path("economy/uses/", pages.produce_uses, name="produce_uses"),
    path("<int:pk>/garden/", pages.garden, name="garden"),
    path("<int:pk>/garden/new/", pages.holding_new, name="holding_new"),
    path("economy/holdings/<int:pk>/", pages.holding, name="holding"),
    path("economy/holdings/<int:pk>/use/", pages.holding_use, name="holding_use"),
    path("economy/holdings/<int:pk>/end/", pages.holding_end, name="holding_end"),
    path("economy/harvests/<int:pk>/take-back/", pages.harvest_back, name="harvest_back"),
    path("economy/uses/<int:pk>/take-back/", pages.use_back, name="use_back"),
]
