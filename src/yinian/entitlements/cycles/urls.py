"""The addresses of cycles."""

from django.urls import URLPattern, path

from yinian.entitlements.cycles import line_pages, pages

urlpatterns: list[URLPattern] = [
    path("cycles/", pages.cycles, name="cycles"),
    path("cycles/open/", pages.cycle_open, name="cycle_open"),
    path("cycles/<int:pk>/", pages.cycle, name="cycle"),
    path("cycles/<int:pk>/check/", pages.cycle_check, name="cycle_check"),
    path("cycles/<int:pk>/approve/", pages.cycle_approve, name="cycle_approve"),
    path("cycles/<int:pk>/notices/", pages.cycle_notices, name="cycle_notices"),
    path("cycles/<int:pk>/send-back/", pages.cycle_send_back, name="cycle_send_back"),
    path("cycles/<int:pk>/cancel/", pages.cycle_cancel, name="cycle_cancel"),
    path("cycles/<int:pk>/towns/<str:code>/finish/", pages.cycle_finish, name="cycle_finish"),
    path("cycles/<int:pk>/lines/", line_pages.cycle_lines, name="cycle_lines"),
    path("cycles/<int:pk>/lines/<str:verb>/", line_pages.cycle_lines_act, name="cycle_lines_act"),
    path("cycles/lines/<int:pk>/", line_pages.cycle_line, name="cycle_line"),
]
