"""The translation files: found messages go in sorted, translations stay, what is missing or left over is named."""

import os
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

import messages
from yinian.cli import translations

PO = Path("locale/zh_Hans/LC_MESSAGES/django.po")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room of its own, with messages in Python and in a template."""
    for module in (messages, translations):
        monkeypatch.setattr(module, "ROOMS", tmp_path / "yinian")
    room = tmp_path / "yinian" / "homes"
    (room / "templates" / "homes").mkdir(parents=True)
    (room / "models.py").write_text(
        "a = _('Bed')\nb = ngettext('%(n)s bed', '%(n)s beds', 3)\n"
        "c = pgettext('verb', 'Rest')\nd = gettext_lazy('Room')\n"
    )
    (room / "templates" / "homes" / "list.html").write_text(
        "<h1>{{ _('Homes') }}</h1>{% trans n=3 %}\n  One of {{ n }}\n{% endtrans %}{{ ngettext('a', 'b', 1) }}"
    )
    return room


def _translate(path: Path, **words: str) -> None:
    text = path.read_text("utf-8")
    for english, chinese in words.items():
        text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{chinese}"')
    path.write_text(text, "utf-8")


def test_messages_of_python_and_templates_are_found_and_sorted(room: Path) -> None:
    assert messages.main([]) == 0
    text = (room / PO).read_text("utf-8")
    ids = [line for line in text.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
    assert {'msgid "Bed"', 'msgid "Homes"', 'msgid "Rest"', 'msgid "Room"', 'msgid "a"'} <= set(ids)
    assert 'msgctxt "verb"' in text and 'msgid_plural "%(n)s beds"' in text and "One of %(n)s" in text
    assert "list.html" not in text and "models.py" not in text


def test_a_second_run_changes_nothing_and_keeps_translations(room: Path) -> None:
    messages.main([])
    _translate(room / PO, Bed="床位")
    once = (room / PO).read_text("utf-8")
    messages.main([])
    assert (room / PO).read_text("utf-8") == once
    assert 'msgstr "床位"' in once


def test_the_check_names_missing_and_untranslated_and_left_over_messages(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages.main([])
    _translate(room / PO, Bed="床位")
    (room / "models.py").write_text("d = gettext_lazy('Ward')\ne = pgettext('verb', 'Rest')\n")
    before = (room / PO).read_text("utf-8")
    capsys.readouterr()
    assert messages.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "'Ward' (homes/models.py:1) is missing" in said
    assert "'Homes' (homes/templates/homes/list.html:1) has no Chinese text" in said
    assert "'Bed' stands nowhere in homes any more" in said
    assert (room / PO).read_text("utf-8") == before


def test_a_translation_that_loses_a_placeholder_is_named(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (room / "templates" / "homes" / "list.html").unlink()
    (room / "models.py").write_text("a = _('%(count)s beds are free')\n")
    messages.main([])
    path = room / PO
    path.write_text(path.read_text("utf-8").replace('free"\nmsgstr ""', 'free"\nmsgstr "有空床"'), "utf-8")
    capsys.readouterr()
    assert messages.main(["--check"]) == 1
    assert "%(count)s stands on one side only" in capsys.readouterr().out


def test_compiled_files_follow_their_source(room: Path) -> None:
    messages.main([])
    path = room / PO
    assert translations.stale() == []
    _translate(path, Bed="床位")
    later = path.with_suffix(".mo").stat().st_mtime + 5
    os.utime(path, (later, later))
    assert translations.stale() == [path]
    assert translations.compile_stale() == 1
    with path.with_suffix(".mo").open("rb") as handle:
        assert read_mo(handle).get("Bed").string == "床位"


def test_the_check_names_a_message_that_two_rooms_say_differently(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = room.parent / "places"
    other.mkdir()
    (other / "models.py").write_text("a = _('Bed')\n")
    messages.main([])
    for path, word in ((room / PO, "床位"), (other / PO, "床")):
        _translate(path, Bed=word)
    capsys.readouterr()
    assert messages.main(["--check"]) == 1
    assert "'Bed' is 床 (places) and 床位 (homes): say the same, or use two messages" in capsys.readouterr().out
