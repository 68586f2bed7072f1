"""The room's addresses."""

from django.urls import path

from yinian.medical.checklists import pages as checklists
from yinian.medical.checkups import pages as checkups
from yinian.medical.contracts import pages as contracts
from yinian.medical.doctors import pages as doctors
from yinian.medical.health import pages as health
from yinian.medical.institutions import pages as institutions
from yinian.medical.lying import pages as lying
from yinian.medical.referrals import pages as referrals

app_name = "medical"
urlpatterns = [
    path("", contracts.homes, name="homes"),
    path("homes/<int:pk>/", contracts.home, name="home"),
    path("homes/<int:pk>/contract/", contracts.contract_new, name="contract_new"),
    path("homes/<int:pk>/clinic/", contracts.licence_new, name="licence_new"),
    path("homes/<int:pk>/from-hospital/", referrals.refer_down, name="refer_down"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<int:pk>/", contracts.contract, name="contract"),
    path("contracts/<int:pk>/paper/", contracts.contract_paper, name="contract_paper"),
    path("contracts/<int:pk>/stop/", contracts.contract_stop, name="contract_stop"),
    path("contracts/<int:pk>/error/", contracts.contract_error, name="contract_error"),
    path("clinics/", contracts.licences, name="licences"),
    path("clinics/<int:pk>/", contracts.licence, name="licence"),
    path("clinics/<int:pk>/paper/", contracts.licence_paper, name="licence_paper"),
    path("clinics/<int:pk>/stop/", contracts.licence_stop, name="licence_stop"),
    path("clinics/<int:pk>/error/", contracts.licence_error, name="licence_error"),
    path("institutions/", institutions.institutions, name="institutions"),
    path("institutions/new/", institutions.institution_new, name="institution_new"),
    path("referrals/", referrals.referrals, name="referrals"),
    path("stays/<int:pk>/refer/", referrals.refer, name="refer"),
    path("referrals/<int:pk>/", referrals.referral, name="referral"),
    path("referrals/<int:pk>/answer/", referrals.referral_answer, name="referral_answer"),
    path("referrals/<int:pk>/arrive/", referrals.referral_arrive, name="referral_arrive"),
    path("referrals/<int:pk>/back/", referrals.referral_back, name="referral_back"),
    path("referrals/<int:pk>/take-in/", referrals.referral_take_in, name="referral_take_in"),
    path("referrals/<int:pk>/stayed/", referrals.referral_stayed, name="referral_stayed"),
    path("referrals/<int:pk>/withdraw/", referrals.referral_withdraw, name="referral_withdraw"),
    path("people/", checkups.people, name="people"),
    path("people/<int:pk>/health/", health.summary, name="health"),
    path("people/<int:pk>/health/paper/", health.summary_paper, name="health_paper"),
    path("own/<int:pk>/health/", health.own_summary, name="own_health"),
    path("people/<int:pk>/condition/", health.condition_new, name="condition_new"),
    path("people/<int:pk>/allergy/", health.allergy_new, name="allergy_new"),
    path("conditions/<int:pk>/course/", health.condition_change, name="condition_change"),
    path("entries/<str:kind>/<int:pk>/error/", health.entry_error, name="entry_error"),
    path("check-ups/lists/", checklists.checklists, name="checklists"),
    path("check-ups/lists/new/", checklists.checklist_new, name="checklist_new"),
    path("check-ups/lists/template/", checklists.checklist_template, name="checklist_template"),
    path("check-ups/lists/<int:pk>/", checklists.checklist, name="checklist"),
    path("check-ups/lists/<int:pk>/returned/", checklists.checklist_returned, name="checklist_returned"),
    path("check-ups/lists/<int:pk>/check/", checklists.checklist_check, name="checklist_check"),
    path("check-ups/lists/<int:pk>/take/", checklists.checklist_take, name="checklist_take"),
    path("check-ups/lists/<int:pk>/back/", checklists.checklist_back, name="checklist_back"),
    path("check-ups/", checkups.checkups, name="checkups"),
    path("people/<int:pk>/check-up/", checkups.checkup_new, name="checkup_new"),
    path("check-ups/<int:pk>/", checkups.checkup, name="checkup"),
    path("check-ups/<int:pk>/follow/", checkups.checkup_follow, name="checkup_follow"),
    path("check-ups/<int:pk>/error/", checkups.checkup_error, name="checkup_error"),
    path("doctors/", doctors.doctors, name="doctors"),
    path("people/<int:pk>/doctor/", doctors.doctor_new, name="doctor_new"),
    path("doctors/<int:pk>/", doctors.doctor, name="doctor"),
    path("doctors/<int:pk>/stop/", doctors.doctor_stop, name="doctor_stop"),
    path("doctors/<int:pk>/error/", doctors.doctor_error, name="doctor_error"),
    path("beds/", lying.lying, name="lying"),
    path("beds/people/", lying.lying_people, name="lying_people"),
    path("people/<int:pk>/beds/", lying.where, name="where"),
    path("people/<int:pk>/bed/", lying.lie, name="lie"),
    path("beds/<int:pk>/leave/", lying.bed_leave, name="bed_leave"),
    path("beds/<int:pk>/error/", lying.bed_error, name="bed_error"),
]
