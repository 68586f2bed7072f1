"""Addresses of daily life in a home."""

from django.urls import path

from yinian.homes.living.activities import pages as activities
from yinian.homes.living.meals import pages as meals
from yinian.homes.living.messages import pages as letters
from yinian.homes.living.outings import pages as outings
from yinian.homes.living.visits import pages as visits

urlpatterns = [
    path("<int:pk>/meals/", meals.meals, name="meals"),
    path("<int:pk>/meals/edit/", meals.menu_edit, name="menu_edit"),
    path("<int:pk>/meals/copy/", meals.menu_copy, name="menu_copy"),
    path("<int:pk>/meals/publish/", meals.menu_publish, name="menu_publish"),
    path("<int:pk>/kitchen/", meals.kitchen, name="kitchen"),
    path("<int:pk>/kitchen/print/", meals.kitchen_print, name="kitchen_print"),
    path("<int:pk>/kitchen/excel/", meals.kitchen_excel, name="kitchen_excel"),
    path("<int:pk>/diets/", meals.diets, name="diets"),
    path("stays/<int:pk>/diet/", meals.diet, name="diet"),
    path("diets/<int:pk>/end/", meals.diet_end, name="diet_end"),
    path("<int:pk>/dishes/", meals.dishes, name="dishes"),
    path("dishes/<int:pk>/", meals.dish, name="dish"),
    path("<int:pk>/eaten/", meals.intakes, name="intakes"),
    path("<int:pk>/eaten/little/", meals.eat_little, name="eat_little"),
    path("eaten/<int:pk>/", meals.intake_correct, name="intake_correct"),
    path("stays/<int:pk>/eaten/", meals.intake, name="intake"),
    path("<int:pk>/activities/", activities.activities, name="activities"),
    path("<int:pk>/activities/new/", activities.activity_plan, name="activity_plan"),
    path("<int:pk>/activities/none/", activities.activity_none, name="activity_none"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("activities/<int:pk>/sign/", activities.activity_sign, name="activity_sign"),
    path("activities/<int:pk>/off/", activities.activity_off, name="activity_off"),
    path("activities/<int:pk>/held/", activities.activity_hold, name="activity_hold"),
    path("activities/<int:pk>/cancel/", activities.activity_cancel, name="activity_cancel"),
    path("activities/<int:pk>/photo/", activities.activity_photo, name="activity_photo"),
    path("<int:pk>/door/", visits.door, name="door"),
    path("<int:pk>/door/walk-in/", visits.walk_in, name="walk_in"),
    path("<int:pk>/visit-hours/", visits.visit_hours, name="visit_hours"),
    path("<int:pk>/visits/none/", visits.visited_by_nobody, name="visited_by_nobody"),
    path("visits/", visits.visits, name="visits"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/in/", visits.visit_in, name="visit_in"),
    path("visits/<int:pk>/out/", visits.visit_out, name="visit_out"),
    path("visits/<int:pk>/refuse/", visits.visit_refuse, name="visit_refuse"),
    path("visits/<int:pk>/phone/", visits.visit_phone, name="visit_phone"),
    path("own/<int:pk>/visits/", visits.own_visits, name="own_visits"),
    path("own/visits/<int:pk>/cancel/", visits.own_visit_cancel, name="own_visit_cancel"),
    path("messages/", letters.threads, name="family_threads"),
    path("stays/<int:pk>/messages/", letters.thread, name="family_thread"),
    path("stays/<int:pk>/messages/read/", letters.thread_read, name="family_read"),
    path("messages/<int:pk>/photo/", letters.photo, name="family_photo"),
    path("<int:pk>/notices/", letters.notices, name="family_notices"),
    path("notices/<int:pk>/back/", letters.notice_back, name="notice_back"),
    path("own/<int:pk>/messages/", letters.own_messages, name="own_messages"),
    path("own/<int:pk>/messages/read/", letters.own_read, name="own_read"),
    path("outings/", outings.outings, name="outings"),
    path("stays/<int:pk>/out/", outings.go_out, name="go_out"),
    path("outings/<int:pk>/", outings.outing, name="outing"),
    path("outings/<int:pk>/back/", outings.come_in, name="come_in"),
    path("outings/<int:pk>/over/", outings.stay_over, name="stay_over"),
    path("outings/<int:pk>/phone/", outings.outing_phone, name="outing_phone"),
]
