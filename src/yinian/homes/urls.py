"""The room's addresses."""

from django.urls import path

from yinian.homes.absences import pages as absences
from yinian.homes.beds import pages as beds
from yinian.homes.care import pages as care
from yinian.homes.care import tag_pages as tags
from yinian.homes.directors import pages as directors
from yinian.homes.economy.urls import urlpatterns as economy
from yinian.homes.fees.urls import urlpatterns as fees
from yinian.homes.incidents import pages as incidents
from yinian.homes.living.urls import urlpatterns as living
from yinian.homes.medicines import pages as medicines
from yinian.homes.occupancy import pages as occupancy
from yinian.homes.placing import pages as placing
from yinian.homes.reviews.urls import urlpatterns as reviews
from yinian.homes.rosters import pages as rosters
from yinian.homes.shadowing import pages as shadowing
from yinian.homes.stays import lists
from yinian.homes.stays import pages as stays
from yinian.homes.stores.urls import urlpatterns as stores
from yinian.homes.thresholds import pages as thresholds
from yinian.homes.transfers import pages as transfers
from yinian.homes.way.applications import own_pages
from yinian.homes.way.applications import pages as applications
from yinian.homes.way.intake import pages as intake
from yinian.homes.way.offers import pages as offers

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
    path("balance/<int:pk>/unmoved/", placing.unmoved, name="unmoved"),
    path("balance/moves/<int:pk>/", placing.move, name="move"),
    path("<int:pk>/", beds.home, name="home"),
    path("<int:pk>/residents/", stays.residents, name="residents"),
    path("<int:pk>/admit/", stays.admit, name="admit"),
    path("<int:pk>/rooms/new/", beds.add_room, name="add_room"),
    path("<int:pk>/day-places/", beds.add_day_places, name="add_day_places"),
    path("<int:pk>/rooms/<int:room_pk>/", beds.edit_room, name="edit_room"),
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
    *fees,
    *economy,
    *living,
    *reviews,
    *stores,
    path("stays/<int:pk>/go/", absences.go, name="go"),
    path("stays/<int:pk>/transfer/", transfers.now, name="transfer_now"),
    path("stays/<int:pk>/transfer/ask/", transfers.ask, name="transfer_ask"),
    path("absences/<int:pk>/back/", absences.come_back, name="come_back"),
    path("absences/<int:pk>/take-back/", absences.take_back, name="absence_take_back"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("transfers/<int:pk>/accept/", transfers.accept, name="transfer_accept"),
    path("transfers/<int:pk>/decline/", transfers.decline, name="transfer_decline"),
    path("transfers/<int:pk>/withdraw/", transfers.withdraw, name="transfer_withdraw"),
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
    path("<int:pk>/care/", care.care, name="care"),
    path("<int:pk>/care/records/", care.care_records, name="care_records"),
    path("<int:pk>/hand-over/", care.hand_over, name="hand_over"),
    path("<int:pk>/codes/", tags.tags, name="tags"),
    path("<int:pk>/codes/print/", tags.tag_sheet, name="tag_sheet"),
    path("beds/<int:pk>/code/", tags.tag_renew, name="tag_renew"),
    path("bedside/<str:token>/", care.bedside, name="bedside"),
    path("stays/<int:pk>/sheet/", care.sheet, name="sheet"),
    path("stays/<int:pk>/task/", care.record_task, name="record_task"),
    path("stays/<int:pk>/value/", care.measure, name="measure"),
    path("stays/<int:pk>/values/", care.vitals, name="vitals"),
    path("stays/<int:pk>/care/", care.set_care, name="set_care"),
    path("care/records/<int:pk>/", care.care_record, name="care_record"),
    path("hand-overs/<int:pk>/read/", care.hand_over_read, name="hand_over_read"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/figures/", incidents.incident_figures, name="incident_figures"),
    path("<int:pk>/incident/", incidents.incident_whom, name="incident_whom"),
    path("stays/<int:pk>/incident/", incidents.incident_report, name="incident_report"),
    path("incidents/<int:pk>/", incidents.incident, name="incident"),
    path("incidents/<int:pk>/family/", incidents.incident_family, name="incident_family"),
    path("incidents/<int:pk>/bureau/", incidents.incident_bureau, name="incident_bureau"),
    path("incidents/<int:pk>/step/", incidents.incident_step, name="incident_step"),
    path("incidents/<int:pk>/close/", incidents.incident_close, name="incident_close"),
    path("stays/<int:pk>/medicines/", medicines.medicines, name="medicines"),
    path("stays/<int:pk>/dose/", medicines.dose, name="dose"),
    path("orders/<int:pk>/stop/", medicines.order_stop, name="order_stop"),
    path("doses/<int:pk>/correct/", medicines.dose_correct, name="dose_correct"),
    path("<int:pk>/thresholds/", thresholds.home_thresholds, name="thresholds"),
    path("rosters/", rosters.rosters, name="rosters"),
    path("my-shifts/", rosters.my_shifts, name="my_shifts"),
    path("<int:pk>/roster/", rosters.roster, name="roster"),
    path("<int:pk>/roster/copy/", rosters.copy_week, name="roster_copy"),
    path("rosters/<int:pk>/publish/", rosters.publish, name="roster_publish"),
    path("rosters/<int:pk>/add/", rosters.add_shift, name="roster_add"),
    path("roster-shifts/<int:pk>/", rosters.change_shift, name="roster_change"),
    path("shadowings/", shadowing.shadowings, name="shadowings"),
    path("<int:pk>/shadowings/new/", shadowing.begin, name="shadowing_begin"),
    path("shadowings/<int:pk>/", shadowing.shadowing, name="shadowing"),
    path("shadowings/<int:pk>/day/", shadowing.note_day, name="shadowing_day"),
    path("shadowings/<int:pk>/mentor/", shadowing.sign_mentor, name="shadowing_mentor"),
    path("shadowings/<int:pk>/director/", shadowing.sign_director, name="shadowing_director"),
    path("directors/", directors.directors, name="directors"),
    path("<int:pk>/director/", directors.director, name="director"),
    path("<int:pk>/director/appoint/", directors.appoint, name="director_appoint"),
    path("appointments/<int:pk>/end/", directors.end, name="director_end"),
]
