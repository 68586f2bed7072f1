"""The room's addresses."""

from django.urls import include, path

from yinian.people.circumstances import pages as circumstances
from yinian.people.duplicates import pages as duplicates
from yinian.people.imports.urls import urlpatterns as imports
from yinian.people.persons import pages as persons
from yinian.people.representatives import pages as representatives

app_name = "people"
urlpatterns = [
    path("", persons.people_list, name="list"),
    path("new/", persons.person_new, name="new"),
    path("<int:pk>/", persons.person, name="person"),
    path("<int:pk>/timeline/", persons.person_timeline, name="timeline"),
    path("<int:pk>/edit/", persons.person_edit, name="edit"),
    path("<int:pk>/death/", persons.death, name="death"),
    path("<int:pk>/move/", persons.move, name="move"),
    path("<int:pk>/reveal/<slug:field>/", persons.person_reveal, name="reveal"),
    path("<int:pk>/record/", circumstances.spell_choose, name="spell_choose"),
    path("<int:pk>/record/<slug:kind>/", circumstances.spell_new, name="spell_new"),
    path("spells/<int:pk>/end/", circumstances.spell_end, name="spell_end"),
    path("spells/<int:pk>/retract/", circumstances.spell_retract, name="spell_retract"),
    path("<int:pk>/kin/", persons.kin_new, name="kin_new"),
    path("kin/<int:pk>/end/", persons.kin_end, name="kin_end"),
    path("kin/<int:pk>/reveal/", persons.kin_reveal, name="kin_reveal"),
    path("<int:pk>/consent/", persons.consent_new, name="consent_new"),
    path("consents/<int:pk>/withdraw/", persons.consent_end, name="consent_end"),
    path("<int:pk>/representatives/", representatives.appoint, name="appoint"),
    path("representatives/<int:pk>/end/", representatives.end, name="represent_end"),
    path("own/", representatives.own, name="own"),
    path("own/<int:pk>/", representatives.own_person, name="own_person"),
    path("conflicts/", circumstances.conflicts, name="conflicts"),
    path("conflicts/<int:pk>/", circumstances.conflict, name="conflict"),
    path("duplicates/", duplicates.pairs, name="duplicates"),
    path("duplicates/find/", duplicates.find, name="duplicates_find"),
    path("duplicates/<int:pk>/", duplicates.pair, name="duplicate"),
    path("merges/", duplicates.merges, name="merges"),
    path("merges/<int:pk>/", duplicates.unmerge, name="unmerge"),
    path("imports/", include(imports)),
]
