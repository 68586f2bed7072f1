"""Addresses of plans that are being driven; those of their documents stand in urls.py."""

from django.urls import path

from yinian.plans.meetings import pages as meetings
from yinian.plans.projects import pages as projects
from yinian.plans.reports import boards
from yinian.plans.reports import pages as reports
from yinian.plans.targets import pages as targets
from yinian.plans.tasks import pages as tasks
from yinian.plans.units import pages as units

urlpatterns = [
    path("home/", boards.home, name="home"),
    path("documents/<int:pk>/adopt/", boards.adopt, name="adopt"),
    path("overview/", boards.overview, name="overview"),
    path("gantt/", boards.gantt, name="gantt"),
    path("month/", boards.month, name="month"),
    path("mine/", tasks.mine, name="mine"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/remind/", tasks.remind, name="remind"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.edit, name="task_edit"),
    path("tasks/<int:pk>/withdraw/", tasks.withdraw, name="task_withdraw"),
    path("turns/<int:pk>/report/", tasks.report, name="report"),
    path("turns/<int:pk>/confirm/", tasks.confirm, name="turn_confirm"),
    path("turns/<int:pk>/check/", tasks.check, name="turn_check"),
    path("turns/<int:pk>/return/", tasks.send_back, name="turn_return"),
    path("turns/<int:pk>/deadline/", tasks.deadline, name="turn_deadline"),
    path("evidence/<int:pk>/", tasks.evidence, name="evidence"),
    path("units/", units.unit_list, name="units"),
    path("units/new/", units.new, name="unit_new"),
    path("units/names/", units.names, name="unit_names"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("units/<int:pk>/edit/", units.edit, name="unit_edit"),
    path("units/<int:pk>/accounts/", units.speaker_add, name="unit_speaker"),
    path("units/<int:pk>/accounts/<int:speaker_pk>/end/", units.speaker_end, name="unit_speaker_end"),
    path("targets/", targets.target_list, name="targets"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/edit/", targets.edit, name="target_edit"),
    path("targets/<int:pk>/value/", targets.value, name="target_value"),
    path("standards/", targets.standard_list, name="standards"),
    path("standards/<int:pk>/", targets.standard, name="standard"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/edit/", projects.edit, name="project_edit"),
    path("projects/<int:pk>/progress/", projects.progress, name="project_progress"),
    path("projects/<int:pk>/stop/", projects.stop, name="project_stop"),
    path("photos/<int:pk>/", projects.photo, name="project_photo"),
    path("photos/<int:pk>/small/", projects.photo_small, name="project_photo_small"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/new/", meetings.new, name="meeting_new"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/edit/", meetings.edit, name="meeting_edit"),
    path("meetings/<int:pk>/decide/", meetings.decide, name="meeting_decide"),
    path("meetings/<int:pk>/issue/", meetings.issue, name="meeting_issue"),
    path("meetings/<int:pk>/paper/", meetings.paper, name="meeting_paper"),
    path("meetings/<int:pk>/docx/", meetings.docx, name="meeting_docx"),
    path("letters/", reports.letter_list, name="letters"),
    path("letters/<int:pk>/", reports.letter, name="letter"),
    path("letters/<int:pk>/send/", reports.letter_send, name="letter_send"),
    path("letters/<int:pk>/answer/", reports.letter_answer, name="letter_answer"),
    path("letters/<int:pk>/drop/", reports.letter_drop, name="letter_drop"),
    path("letters/<int:pk>/paper/", reports.letter_paper, name="letter_paper"),
    path("dispatches/", reports.dispatch_list, name="dispatches"),
    path("dispatches/new/", reports.dispatch_new, name="dispatch_new"),
    path("dispatches/<int:pk>/", reports.dispatch, name="dispatch"),
    path("dispatches/<int:pk>/paper/", reports.dispatch_paper, name="dispatch_paper"),
    path("dispatches/<int:pk>/docx/", reports.dispatch_docx, name="dispatch_docx"),
    path("feed/", reports.feed, name="feed"),
    path("calendar/<str:token>.ics", reports.feed_file, name="feed_file"),
]
