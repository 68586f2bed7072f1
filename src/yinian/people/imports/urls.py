"""Addresses of departmental lists, under imports/ of the room."""

from django.urls import path

from yinian.people.imports import pages

urlpatterns = [
    path("", pages.imports, name="imports"),
    path("new/", pages.import_new, name="import_new"),
    path("template/<slug:list_kind>/", pages.import_template, name="import_template"),
    path("<int:pk>/", pages.import_batch, name="import_batch"),
    path("<int:pk>/check/", pages.import_check, name="import_check"),
    path("<int:pk>/rows/", pages.import_rows, name="import_rows"),
    path("rows/<int:pk>/", pages.import_row, name="import_row"),
    path("<int:pk>/returned/", pages.import_returned, name="import_returned"),
    path("<int:pk>/load/", pages.import_commit, name="import_commit"),
    path("<int:pk>/undo/", pages.import_undo, name="import_undo"),
]
