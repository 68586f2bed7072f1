"""Brings each room's translation file up to date with its source, or checks that it is. Runs in the environment.

Message ids are English. The files carry no line numbers and are sorted, so that a merge stays small.
"""

import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from yinian.cli.translations import LANGUAGE, ROOMS, compile_stale

# What each function takes: None is a plain id, (1, 2) singular and plural, ((1, "c"), 2) context and id.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# As the site's own template environment: a trimmed template gives trimmed messages.
TEMPLATE_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
HEADER = {"Project-Id-Version": "Yinian", "Content-Type": "text/plain; charset=utf-8"}
HEADER |= {"Language": LANGUAGE, "Plural-Forms": "nplurals=1; plural=0;"}


def main(arguments: Sequence[str]) -> int:
    """`--check` names every fault and changes no file; otherwise the files are brought up to date.

    Either way the compiled forms, which are not kept in git, are made anew where they are stale.
    """
    faults: list[str] = []
    for room in sorted(path for path in ROOMS.iterdir() if path.is_dir()):
        found = _extract(room)
        path = room / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        old = _read(path)
        if "--check" in arguments:
            faults += _faults(room, path, found, old)
            continue
        if not found and not path.exists():
            continue
        text = _written(_merged(found, old))
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        empty = sum(1 for message in _read(path) if message.id and not _complete(message))
        print(f"{room.name:<14}{len(found):5} messages{f', {empty} without Chinese' if empty else ''}")
    if "--check" in arguments:
        faults += _clashes()
    compile_stale()
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


def _extract(room: Path) -> dict[tuple[Any, str | None], Message]:
    """Every message of a room's Python files and templates, with the places where it stands."""
    catalogue = Catalog()
    for path, method in _sources(room):
        options = TEMPLATE_OPTIONS if method == "jinja2" else {}
        with path.open("rb") as handle:
            for line, text, _, context in extract(method, handle, KEYWORDS, (), options):
                place = (str(path.relative_to(ROOMS)), line)
                catalogue.add(text, locations=[place], context=context)
    return {(message.id, message.context): message for message in catalogue if message.id}


def _sources(room: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(room.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, "python"
    folders = [folder for folder in room.rglob("templates") if folder.is_dir()]
    for folder in sorted(folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".html", ".txt", ".jinja", ".xml"):
                yield path, "jinja2"


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as handle:
        return read_po(handle, locale=LANGUAGE, abort_invalid=True)


def _merged(found: dict[tuple[Any, str | None], Message], old: Catalog) -> Catalog:
    new = Catalog(locale=LANGUAGE, fuzzy=False)
    for (identity, context), message in found.items():
        known = old.get(_plain(identity), context)
        strings = _strings(known) if known else [""]
        string = tuple(strings) if isinstance(identity, tuple) else strings[0]
        new.add(identity, string, flags=message.flags, context=context)
    return new


def _written(catalogue: Catalog) -> str:
    lines = ['msgid ""', 'msgstr ""', *(f'"{key}: {value}\\n"' for key, value in HEADER.items()), ""]
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return "\n".join(lines) + "\n" + buffer.getvalue().decode("utf-8").strip() + "\n"


def _faults(room: Path, path: Path, found: dict[tuple[Any, str | None], Message], old: Catalog) -> list[str]:
    where = path.relative_to(ROOMS.parent)
    faults = []
    for (identity, context), message in found.items():
        known = old.get(_plain(identity), context)
        place = f"{message.locations[0][0]}:{message.locations[0][1]}"
        if known is None:
            faults.append(f"{where}: '{_plain(identity)}' ({place}) is missing; run ./run messages")
        elif not _complete(known):
            faults.append(f"{where}: '{_plain(identity)}' ({place}) has no Chinese text")
        else:
            # Of singular and plural the last says all: a singular may leave its number out.
            wanted = _places(identity[-1] if isinstance(identity, tuple | list) else identity)
            for string in _strings(known):
                if odd := wanted ^ _places(string):
                    faults.append(f"{where}: '{_plain(identity)}': {', '.join(sorted(odd))} stands on one side only")
    for message in old:
        if message.id and (message.id, message.context) not in found:
            faults.append(f"{where}: '{_plain(message.id)}' stands nowhere in {room.name} any more")
    if old.obsolete:
        faults.append(f"{where}: {len(old.obsolete)} obsolete entries; run ./run messages")
    return faults


def _clashes() -> list[str]:
    """Messages that two rooms render differently: on a page the catalogues are one, and one room's words would win."""
    found: dict[tuple[str, str | None], dict[str, str]] = {}
    for path in sorted(ROOMS.glob(f"*/locale/{LANGUAGE}/LC_MESSAGES/django.po")):
        for message in _read(path):
            if message.id and _complete(message):
                words = found.setdefault((_plain(message.id), message.context), {})
                words["|".join(_strings(message))] = path.relative_to(ROOMS).parts[0]
    return [
        f"'{identity}' is {' and '.join(f'{word} ({room})' for word, room in sorted(words.items()))}: "
        "say the same, or use two messages"
        for (identity, _context), words in sorted(found.items(), key=lambda entry: str(entry[0])) if len(words) > 1
    ]


def _complete(message: Message) -> bool:
    return all(_strings(message)) and not message.fuzzy


def _strings(message: Message) -> list[str]:
    """The translation, one text for each plural form."""
    string = message.string
    return list(string) if isinstance(string, tuple | list) else [string or ""]


def _places(text: str) -> set[str]:
    """The places for values in a text, such as ``%(n)s`` or ``{name}``."""
    return set(re.findall(r"%\(\w+\)[a-z]|\{\w*\}", text))


def _plain(identity: Any) -> Any:
    return identity[0] if isinstance(identity, tuple | list) else identity


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
