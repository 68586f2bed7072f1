"""The room's addresses."""

from django.urls import path

from yinian.assessments.assignments import pages as assignments
from yinian.assessments.bodies import pages as bodies
from yinian.assessments.careplans import editing
from yinian.assessments.careplans import pages as plans
from yinian.assessments.objections import pages as objections
from yinian.assessments.requests import pages as requests
from yinian.assessments.results import pages as results
from yinian.assessments.statistics import pages as statistics
from yinian.assessments.visits import pages as visits

app_name = "assessments"
urlpatterns = [
    path("", requests.request_list, name="list"),
    path("mine/", visits.mine, name="mine"),
    path("to-assess/", requests.to_assess, name="to_assess"),
    path("to-assess/ask/", requests.request_many, name="request_many"),
    path("to-assess/ask-all/", requests.request_all, name="request_all"),
    path("rules/", requests.rules_page, name="rules"),
    path("people/<int:person_pk>/ask/", requests.ask, name="ask"),
    path("people/<int:person_pk>/other-body/", bodies.enter, name="recognise"),
    path("assigning/", assignments.assigning, name="assigning"),
    path("<int:pk>/", requests.request_page, name="request"),
    path("<int:pk>/withdraw/", requests.withdraw, name="withdraw"),
    path("<int:pk>/assessors/", assignments.assign, name="assign"),
    path("<int:pk>/step-back/", assignments.step_back, name="step_back"),
    path("<int:pk>/plan/", visits.plan, name="plan"),
    path("<int:pk>/visit/", visits.visit, name="visit"),
    path("<int:pk>/visit/begin/", visits.begin, name="begin"),
    path("<int:pk>/visit/save/", visits.save, name="visit_save"),
    path("<int:pk>/visit/place/", visits.locate, name="visit_locate"),
    path("<int:pk>/visit/finish/", visits.finish, name="finish"),
    path("<int:pk>/visit/files/", visits.exhibit_add, name="exhibit_add"),
    path("<int:pk>/visit/files/<int:exhibit_pk>/remove/", visits.exhibit_remove, name="exhibit_remove"),
    path("<int:pk>/files/<int:exhibit_pk>/", visits.exhibit, name="exhibit"),
    path("<int:pk>/confirm/", visits.confirm, name="confirm"),
    path("<int:pk>/reopen/", visits.reopen, name="reopen"),
    path("<int:pk>/record/", visits.record, name="record"),
    path("results/", results.result_list, name="results"),
    path("results/<int:pk>/", results.result, name="result"),
    path("results/<int:pk>/issue/", results.issue, name="issue"),
    path("results/<int:pk>/return/", results.send_back, name="send_back"),
    path("results/<int:pk>/deliver/", results.deliver, name="deliver"),
    path("results/<int:pk>/void/", results.void, name="void"),
    path("results/<int:pk>/object/", objections.object_to, name="object"),
    path("objections/", objections.objection_list, name="objections"),
    path("objections/<int:pk>/", objections.objection, name="objection"),
    path("objections/<int:pk>/withdraw/", objections.withdraw, name="object_withdraw"),
    path("other-bodies/", bodies.recognition_list, name="recognitions"),
    path("other-bodies/<int:pk>/", bodies.recognition, name="recognition"),
    path("other-bodies/<int:pk>/accept/", bodies.accept, name="recognition_accept"),
    path("other-bodies/<int:pk>/refuse/", bodies.refuse, name="recognition_refuse"),
    path("bodies/", bodies.body_list, name="bodies"),
    path("bodies/new/", bodies.new_body, name="body_new"),
    path("bodies/<int:pk>/", bodies.edit_body, name="body_edit"),
    path("assessors/", assignments.assessor_list, name="assessors"),
    path("assessors/<int:pk>/", assignments.assessor, name="assessor"),
    path("assessors/<int:pk>/edit/", assignments.edit_assessor, name="assessor_edit"),
    path("assessors/<int:pk>/recuse/<int:person_pk>/", assignments.recuse, name="recuse"),
    path("assessors/new/<int:user_pk>/", assignments.new_assessor, name="assessor_new"),
    path("comparison/", statistics.comparison, name="comparison"),
    path("own/<int:person_pk>/ask/", requests.own_ask, name="own_ask"),
    path("own/<int:person_pk>/results/<int:pk>/notice/", results.own_notice, name="own_notice"),
    path("own/<int:person_pk>/results/<int:pk>/object/", objections.own_object, name="own_object"),
    path("plans/", plans.plan_list, name="careplans"),
    path("plans/wanted/", plans.wanted, name="careplans_wanted"),
    path("people/<int:person_pk>/plan/", plans.plan_draft, name="careplan_draft"),
    path("plans/<int:pk>/", plans.plan, name="careplan"),
    path("plans/<int:pk>/edit/", editing.plan_edit, name="careplan_edit"),
    path("plans/<int:pk>/print/", plans.plan_print, name="careplan_print"),
    path("plans/<int:pk>/paper/", plans.plan_paper, name="careplan_paper"),
    path("plans/<int:pk>/signed/", plans.plan_signed, name="careplan_signed"),
    path("plans/<int:pk>/agree/", plans.plan_agree, name="careplan_agree"),
    path("plans/<int:pk>/discard/", plans.plan_discard, name="careplan_discard"),
    path("plans/<int:pk>/ask-review/", plans.plan_ask, name="careplan_ask"),
    path("plans/<int:pk>/review/", plans.plan_review, name="careplan_review"),
    path("plans/<int:pk>/end/", plans.plan_end, name="careplan_end"),
    path("own/<int:person_pk>/plans/<int:pk>/", plans.own_plan, name="own_careplan"),
    path("own/<int:person_pk>/plans/<int:pk>/paper/", plans.own_paper, name="own_careplan_paper"),
]
