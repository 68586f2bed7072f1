"""The room's addresses."""

from django.urls import path

from yinian.homes.applications import own_pages
from yinian.homes.applications import pages as applications
from yinian.homes.beds import pages as beds
from yinian.homes.intake import pages as intake
from yinian.homes.offers import pages as offers
from yinian.homes.stays import pages as stays

app_name = "homes"
urlpatterns = [
    path("", beds.home_list, name="list"),
    path("board/", beds.board, name="board"),
    path("free-beds/", beds.free_beds, name="free_beds"),
    path("free-beds/<int:pk>/", beds.vacancies, name="vacancies"),
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
    path("waiting/", applications.waiting, name="waiting"),
    path("applications/", applications.applications, name="applications"),
    path("central/", applications.central_support, name="central"),
    path("applications/for/<int:pk>/", applications.apply, name="apply"),
    path("<int:pk>/applications/new/", applications.desk, name="desk"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/change/", applications.change, name="application_change"),
    path("applications/<int:pk>/accept/", applications.accept, name="application_accept"),
    path("applications/<int:pk>/return/", applications.send_back, name="application_return"),
    path("applications/<int:pk>/refuse/", applications.refuse, name="application_refuse"),
    path("applications/<int:pk>/withdraw/", applications.withdraw, name="application_withdraw"),
    path("applications/<int:pk>/assessment/", applications.ask_assessment, name="application_assessment"),
    path("applications/<int:pk>/lift/", applications.lift, name="application_lift"),
    path("applications/<int:pk>/lift/decide/", applications.lift_decide, name="lift_decide"),
    path("applications/<int:pk>/match/", offers.match, name="match"),
    path("beds/<int:pk>/next/", offers.next_for, name="next"),
    path("offers/", offers.offers, name="offers"),
    path("offers/<int:pk>/accept/", offers.accept, name="offer_accept"),
    path("offers/<int:pk>/decline/", offers.decline, name="offer_decline"),
    path("offers/<int:pk>/withdraw/", offers.withdraw, name="offer_withdraw"),
    path("applications/<int:pk>/intake/", intake.begin, name="intake_begin"),
    path("applications/<int:pk>/risks/", intake.risks, name="risks"),
    path("applications/<int:pk>/risks/sign/", intake.risks_sign, name="risks_sign"),
    path("applications/<int:pk>/agreement/", intake.agreement, name="agreement"),
    path("agreements/<int:pk>/draft/", intake.agreement_draft, name="agreement_draft"),
    path("agreements/<int:pk>/issue/", intake.agreement_issue, name="agreement_issue"),
    path("agreements/<int:pk>/sign/", intake.agreement_sign, name="agreement_sign"),
    path("agreements/<int:pk>/void/", intake.agreement_void, name="agreement_void"),
    path("agreements/<int:pk>/admit/", intake.admit, name="agreement_admit"),
    path("own/<int:pk>/apply/", own_pages.own_apply, name="own_apply"),
    path("own/applications/<int:pk>/", own_pages.own_application, name="own_application"),
    path("own/applications/<int:pk>/change/", own_pages.own_change, name="own_change"),
    path("own/applications/<int:pk>/answer/", own_pages.own_answer, name="own_answer"),
    path("own/applications/<int:pk>/sign/", own_pages.own_sign, name="own_sign"),
    path("own/applications/<int:pk>/withdraw/", own_pages.own_withdraw, name="own_withdraw"),
]
