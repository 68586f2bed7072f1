"""The quick way of filling an empty database is for empty databases alone."""

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from yinian.core.management.commands import migrate

DJANGOS, CLONE = ProjectState._find_reload_model, ProjectState.clone


def test_it_is_undone_whatever_happens():
    with pytest.raises(ZeroDivisionError), migrate.only_what_changed():
        assert ProjectState._find_reload_model is not DJANGOS
        assert ProjectState()._find_reload_model("core", "region") == {("core", "region")}
        raise ZeroDivisionError
    assert ProjectState._find_reload_model is DJANGOS and ProjectState.clone is CLONE


def test_what_is_changed_in_one_state_stays_as_it_was_in_its_copy():
    before = ProjectState({("a", name): ModelState("a", name, [("id", models.AutoField(primary_key=True))])
                           for name in ("one", "two")})
    with migrate.only_what_changed():
        after = before.clone()
        before.add_field("a", "one", "more", models.IntegerField(), preserve_default=True)
        after.alter_model_options("a", "two", {"verbose_name": "second"})
        third = after.clone()
        third.remove_field("a", "one", "id")
    assert set(before.models["a", "one"].fields) == {"id", "more"} and set(after.models["a", "one"].fields) == {"id"}
    assert not third.models["a", "one"].fields
    assert third.models["a", "two"].options["verbose_name"] == "second"
    assert "verbose_name" not in before.models["a", "two"].options


@pytest.mark.django_db
def test_a_database_that_holds_tables_goes_djangos_own_way(monkeypatch):
    seen = []
    monkeypatch.setattr(django_migrate.Command, "handle",
                        lambda self, *args, **options: seen.append(ProjectState._find_reload_model is DJANGOS))
    call_command("migrate", verbosity=0)
    assert seen == [True]
