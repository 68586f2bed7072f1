"""The room's addresses."""

from django.urls import path

from yinian.workforce import pages

app_name = "workforce"
urlpatterns = [
    path("", pages.worker_list, name="list"),
    path("new/", pages.new_worker, name="new"),
    path("<int:pk>/", pages.worker, name="worker"),
    path("<int:pk>/edit/", pages.edit_worker, name="edit"),
    path("<int:pk>/posts/", pages.add_post, name="add_post"),
    path("<int:pk>/certificates/", pages.add_certificate, name="add_certificate"),
    path("<int:pk>/show/<str:field>/", pages.reveal, name="reveal"),
    path("posts/<int:pk>/end/", pages.end_post, name="end_post"),
    path("certificates/<int:pk>/drop/", pages.drop_certificate, name="drop_certificate"),
]
