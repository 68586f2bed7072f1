"""The room's addresses."""

from django.urls import path

from yinian.homes.absences import pages as absences
from yinian.homes.beds import pages as beds
from yinian.homes.occupancy import pages as occupancy
from yinian.homes.placing import pages as placing
from yinian.homes.stays import lists
from yinian.homes.stays import pages as stays
from yinian.homes.transfers import pages as transfers

app_name = "homes"
urlpatterns = [
    path("", beds.home_list, name="list"),
    path("board/", beds.board, name="board"),
    path("free-beds/", beds.free_beds, name="free_beds"),
    path("free-beds/<int:pk>/", beds.vacancies, name="vacancies"),
    path("occupancy/", occupancy.occupancy, name="occupancy"),
    path("occupants/", occupancy.occupants, name="occupants"),
    path("ending/", lists.ending, name="ending"),
    path("leavings/", lists.leavings, name="leavings"),
    path("away/", absences.away, name="away"),
    path("transfers/", transfers.transfers, name="transfers"),
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
    path("stays/<int:pk>/kind/", stays.change_kind, name="change_kind"),
    path("stays/<int:pk>/end/", stays.expected_end, name="expected_end"),
    path("stays/<int:pk>/level/", stays.set_level, name="set_level"),
    path("stays/<int:pk>/take-back/", stays.take_back, name="take_back"),
    path("stays/<int:pk>/go/", absences.go, name="go"),
    path("stays/<int:pk>/transfer/", transfers.now, name="transfer_now"),
    path("stays/<int:pk>/transfer/ask/", transfers.ask, name="transfer_ask"),
    path("absences/<int:pk>/back/", absences.come_back, name="come_back"),
    path("absences/<int:pk>/take-back/", absences.take_back, name="absence_take_back"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("transfers/<int:pk>/accept/", transfers.accept, name="transfer_accept"),
    path("transfers/<int:pk>/decline/", transfers.decline, name="transfer_decline"),
    path("transfers/<int:pk>/withdraw/", transfers.withdraw, name="transfer_withdraw"),
]
