"""The addresses of homes' own plans, below those of homes."""

from django.urls import path

from yinian.homes.reviews import pages

urlpatterns = [
    path("guidance/", pages.guidance, name="guidance"),
    path("guidance/findings/", pages.findings, name="findings"),
    path("<int:pk>/guidance/", pages.home_guidance, name="home_guidance"),
    path("<int:pk>/guidance/paper/", pages.guidance_paper, name="guidance_paper"),
    path("<int:pk>/guidance/visit/", pages.guidance_visit_new, name="guidance_visit_new"),
    path("<int:pk>/guidance/goal/", pages.goal_set, name="goal_set"),
    path("guidance/visits/<int:pk>/", pages.guidance_visit, name="guidance_visit"),
    path("guidance/visits/<int:pk>/finding/", pages.finding_new, name="finding_new"),
    path("guidance/findings/<int:pk>/", pages.finding, name="finding"),
    path("guidance/findings/<int:pk>/report/", pages.finding_report, name="finding_report"),
    path("guidance/findings/<int:pk>/close/", pages.finding_close, name="finding_close"),
    path("guidance/findings/<int:pk>/return/", pages.finding_return, name="finding_return"),
    path("guidance/findings/<int:pk>/reopen/", pages.finding_reopen, name="finding_reopen"),
    path("guidance/findings/<int:pk>/more-time/", pages.finding_extend, name="finding_extend"),
    path("guidance/goals/<int:pk>/end/", pages.goal_end, name="goal_end"),
]
