"""The room's addresses."""

from django.urls import path

from yinian.workforce import pages
from yinian.workforce.training import pages as training

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
    path("<int:pk>/account/", pages.tie_account, name="tie_account"),
    path("homes/", pages.homes, name="homes"),
    path("training/", training.trainings, name="trainings"),
    path("training/new/", training.new_training, name="new_training"),
    path("training/<int:pk>/", training.training, name="training"),
    path("training/<int:pk>/staff/", training.put_on, name="put_on"),
    path("training/<int:pk>/results/", training.results, name="training_results"),
    path("trainers/", training.trainers, name="trainers"),
    path("trainers/new/", training.new_trainer, name="new_trainer"),
    path("trainers/<int:pk>/", training.trainer, name="trainer"),
    path("trainers/<int:pk>/edit/", training.edit_trainer, name="edit_trainer"),
]
