"""The room's addresses."""

from django.urls import path

from yinian.homes.beds import pages as beds
from yinian.homes.placing import pages as placing
from yinian.homes.stays import pages as stays

app_name = "homes"
urlpatterns = [
    path("", beds.home_list, name="list"),
    path("board/", beds.board, name="board"),
    path("free-beds/", beds.free_beds, name="free_beds"),
    path("free-beds/<int:pk>/", beds.vacancies, name="vacancies"),
    path("balance/", placing.balances, name="balances"),
    path("balance/new/", placing.draw_up, name="draw_up"),
    path("balance/<int:pk>/", placing.balance, name="balance"),
    path("balance/moves/<int:pk>/", placing.move, name="move"),
    path("<int:pk>/", beds.home, name="home"),
    path("<int:pk>/residents/", stays.residents, name="residents"),
    path("<int:pk>/admit/", stays.admit, name="admit"),
    path("<int:pk>/rooms/new/", beds.add_room, name="add_room"),
    path("<int:pk>/rooms/<int:room_pk>/beds/", beds.add_beds, name="add_beds"),
    path("beds/<int:pk>/", beds.bed, name="bed"),
    path("beds/<int:pk>/out/", beds.bed_out, name="bed_out"),
    path("beds/<int:pk>/in/", beds.bed_in, name="bed_in"),
    path("stays/<int:pk>/", stays.stay, name="stay"),
    path("stays/<int:pk>/discharge/", stays.discharge, name="discharge"),
    path("stays/<int:pk>/bed/", stays.change_bed, name="change_bed"),
    path("stays/<int:pk>/take-back/", stays.take_back, name="take_back"),
]
