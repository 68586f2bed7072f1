"""Addresses of the room."""

from django.urls import URLPattern, path

from yinian.indicators import pages
from yinian.indicators.reports import pages as reports
from yinian.indicators.wall import pages as wall

app_name = "indicators"
urlpatterns: list[URLPattern] = [
    path("", pages.indicator_list, name="list"),
    path("wall/", wall.wall, name="wall"),
    path("wall/feed/", wall.feed, name="wall_feed"),
    path("freeze/", pages.freeze, name="freeze"),
    path("figures/<int:pk>/", pages.figure, name="figure"),
    path("figures/<int:pk>/verify/", pages.figure_verify, name="figure_verify"),
    path("figures/<int:pk>/correct/", pages.figure_correct, name="figure_correct"),
    path("reports/", reports.report_list, name="reports"),
    path("reports/<slug:kind>/<slug:starts>/", reports.report, name="report"),
    path("reports/<slug:kind>/<slug:starts>/issue/", reports.issue, name="report_issue"),
    path("of/<str:name>/", pages.indicator, name="indicator"),
    path("of/<str:name>/report/", pages.report_figure, name="report_figure"),
    path("of/<str:name>/<slug:part>/", pages.rows_behind, name="behind"),
]
