"""The quick way of filling an empty database is for empty databases alone."""

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db.migrations.state import ProjectState

from yinian.core.management.commands import migrate

DJANGOS = ProjectState._find_reload_model


def test_it_is_undone_whatever_happens():
    with pytest.raises(ZeroDivisionError), migrate.only_what_changed():
        assert ProjectState._find_reload_model is not DJANGOS
        assert ProjectState()._find_reload_model("core", "region") == {("core", "region")}
        raise ZeroDivisionError
    assert ProjectState._find_reload_model is DJANGOS


@pytest.mark.django_db
def test_a_database_that_holds_tables_goes_djangos_own_way(monkeypatch):
    seen = []
    monkeypatch.setattr(django_migrate.Command, "handle",
                        lambda self, *args, **options: seen.append(ProjectState._find_reload_model is DJANGOS))
    call_command("migrate", verbosity=0)
    assert seen == [True]
