"""The room's addresses."""

from django.urls import path

from yinian.homes import pages, stay_pages

app_name = "homes"
urlpatterns = [
    path("", pages.home_list, name="list"),
    path("board/", pages.board, name="board"),
    path("free-beds/", pages.free_beds, name="free_beds"),
    path("free-beds/<int:pk>/", pages.vacancies, name="vacancies"),
    path("<int:pk>/", pages.home, name="home"),
    path("<int:pk>/residents/", stay_pages.residents, name="residents"),
    path("<int:pk>/admit/", stay_pages.admit, name="admit"),
    path("<int:pk>/rooms/new/", pages.add_room, name="add_room"),
    path("<int:pk>/rooms/<int:room_pk>/beds/", pages.add_beds, name="add_beds"),
    path("beds/<int:pk>/", pages.bed, name="bed"),
    path("beds/<int:pk>/out/", pages.bed_out, name="bed_out"),
    path("beds/<int:pk>/in/", pages.bed_in, name="bed_in"),
    path("stays/<int:pk>/", stay_pages.stay, name="stay"),
    path("stays/<int:pk>/discharge/", stay_pages.discharge, name="discharge"),
    path("stays/<int:pk>/bed/", stay_pages.change_bed, name="change_bed"),
    path("stays/<int:pk>/take-back/", stay_pages.take_back, name="take_back"),
]
