"""`migrate`, quick on an empty database: Django's own command, but for how often it draws its models anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState


class Command(Migrate):
    help = Migrate.help

    def handle(self, *args: Any, **options: Any) -> None:
        if MigrationRecorder(connections[options["database"]]).applied_migrations():
            super().handle(*args, **options)  # a county in service: nothing is left out
            return
        with only_what_changed():
            super().handle(*args, **options)


@contextmanager
def only_what_changed() -> Iterator[None]:
    """Draw only the changed model anew, not all that are related to it.

    Django does so after every constraint, index and trigger, with every model that can be reached from the changed one:
    forty seconds of a first start. New tables of an empty database need none of it: a new model finds those it points
    to, and whatever points to an older drawing of a model points to the same table. Steps that bring data along find
    empty tables, and nothing to relate.
    """

    def changed(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        return {(app_label, model_name)}

    related = ProjectState._find_reload_model  # type: ignore[attr-defined]
    ProjectState._find_reload_model = changed  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._find_reload_model = related  # type: ignore[attr-defined]
