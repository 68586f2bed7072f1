"""The room's addresses."""

from django.urls import path

from yinian.demo import pages

app_name = "demo"
urlpatterns = [path("", pages.calibration, name="calibration")]
