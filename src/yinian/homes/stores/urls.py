"""The addresses of stores, below those of homes."""

from django.urls import path

from yinian.homes.stores import pages

urlpatterns = [
    path("stores/", pages.stores, name="stores"),
    path("stores/movements/", pages.store_moves, name="store_moves"),
    path("stores/rounds/", pages.rounds, name="rounds"),
    path("stores/rounds/new/", pages.distribution_new, name="distribution_new"),
    path("stores/rounds/<int:pk>/", pages.distribution, name="distribution"),
    path("stores/rounds/<int:pk>/change/", pages.distribution_change, name="distribution_change"),
    path("stores/rounds/<int:pk>/drop/", pages.distribution_drop, name="distribution_drop"),
    path("stores/rounds/<int:pk>/homes/<int:site>/", pages.parcels, name="parcels"),
    path("stores/county/<str:code>/", pages.county_store, name="county_store"),
    path("stores/county/<str:code>/enter/", pages.county_store_enter, name="county_store_enter"),
    path("stores/county/<str:code>/level/", pages.county_store_wish, name="county_store_wish"),
    path("<int:pk>/store/", pages.home_store, name="home_store"),
    path("<int:pk>/store/enter/", pages.home_store_enter, name="home_store_enter"),
    path("<int:pk>/store/level/", pages.home_store_wish, name="home_store_wish"),
]
