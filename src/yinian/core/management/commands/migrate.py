"""`migrate`, quick on an empty database: Django's own command, but for how often it draws and copies its models."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState


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
    """Draw only the changed model anew, not all that are related to it, and copy only what changes.

    Django does so after every constraint, index and trigger, with every model that can be reached from the changed one:
    forty seconds of a first start. New tables of an empty database need none of it: a new model finds those it points
    to, and whatever points to an older drawing of a model points to the same table. Steps that bring data along find
    empty tables, and nothing to relate. Before each step Django copies the description of every model there is, for a
    step that changes one.
    """

    def changed(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        return {(app_label, model_name)}

    related, clone = ProjectState._find_reload_model, ProjectState.clone  # type: ignore[attr-defined]
    ProjectState._find_reload_model = changed  # type: ignore[attr-defined]
    ProjectState.clone = _sharing  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        ProjectState._find_reload_model = related  # type: ignore[attr-defined]
        ProjectState.clone = clone  # type: ignore[method-assign]


class _Shared(dict[tuple[str, str], ModelState]):
    """Descriptions of models that another state holds as well: each becomes one's own when it is taken out."""

    def __init__(self, models: Mapping[tuple[str, str], ModelState]) -> None:
        super().__init__(models)
        self._others = set(models)

    def __getitem__(self, key: tuple[str, str]) -> ModelState:
        found = super().__getitem__(key)
        if key in self._others:
            found = found.clone()
            self[key] = found
        return found

    def __setitem__(self, key: tuple[str, str], model: ModelState) -> None:
        self._others.discard(key)
        super().__setitem__(key, model)


def _sharing(state: ProjectState) -> ProjectState:
    """A copy of a state; both hold the same descriptions until either takes one out."""
    copy = ProjectState(models=_Shared(state.models), real_apps=state.real_apps)
    state.models = _Shared(state.models)
    if "apps" in state.__dict__:
        copy.apps = state.apps.clone()
    copy.is_delayed = state.is_delayed
    return copy
