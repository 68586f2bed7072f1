"""Reads the files of a policy pack and of the packs it extends from disk, as texts for the entitlement engine.

Plain pathlib and no Django, so that the command line starts fast; what the texts mean is for the engine.
"""

from __future__ import annotations

import re
from pathlib import Path

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.model import PackSource
from yinian.engines.entitlement.pack import EXAMPLES_FOLDER, LARGEST_FILES, PACK_FILE, SERVICES_FOLDER, extends_of

POLICIES = Path(__file__).resolve().parents[3] / "data" / "policies"
_REGION_PATH = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*")
_LARGEST_FILE = 4_000_000  # bytes


def read_pack_sources(path: str | Path, root: Path | None = None) -> list[PackSource]:
    """The packs from the root of the chain down to the one at `path`.

    `path` is a folder holding pack.yaml, that file itself, or a path under the policies such as
    `cn/hunan`. A pack that is extended is looked for beside the folders above the pack, then under
    `root`, then among the packs that come with Yinian. Raises PackError naming the file.
    """
    base = POLICIES if root is None else root
    folder = _folder(path, base)
    chain: list[PackSource] = []
    seen: set[Path] = set()
    name: str | None = None
    while True:
        source = _read(folder, name if name is not None else _name(folder, base))
        chain.append(source)
        if folder.resolve() in seen:
            break  # a circle: the engine sees it in the texts and names the chain
        seen.add(folder.resolve())
        parent = extends_of(source.files[PACK_FILE], source.display(PACK_FILE))
        if parent is None:
            break
        found = _find(parent, folder, base)
        if found is None:
            break
        folder, name = found, parent
    return chain[::-1]


def _folder(path: str | Path, base: Path) -> Path:
    given = Path(path)
    if given.name == PACK_FILE and given.is_file():
        return given.parent
    if (given / PACK_FILE).is_file():
        return given
    text = str(path).strip("/")
    if _REGION_PATH.fullmatch(text) and (base / text / PACK_FILE).is_file():
        return base / text
    raise PackError(f"there is no {PACK_FILE} here; expected a pack's folder or a path such as cn/hunan", str(path))


def _name(folder: Path, base: Path) -> str:
    """The path under the policies root where the folder lies there, else the folder's own name."""
    whole = folder.resolve()
    for top in (base.resolve(), *(parent for parent in whole.parents if parent.name == "policies")):
        if whole.is_relative_to(top) and whole != top:
            return whole.relative_to(top).as_posix()
    return whole.name or "pack"


def _find(parent: str, folder: Path, base: Path) -> Path | None:
    for top in (*folder.resolve().parents, base, POLICIES):
        candidate = top / parent
        if (candidate / PACK_FILE).is_file():
            return candidate
    return None


def _read(folder: Path, name: str) -> PackSource:
    files: dict[str, str] = {}
    wanted = [*folder.glob("*.yaml"), *(folder / SERVICES_FOLDER).glob("*.yaml")]
    if len(wanted) > LARGEST_FILES:
        raise PackError(f"holds {len(wanted)} files; at most {LARGEST_FILES} are read", _display(folder))
    for file in sorted(wanted):
        files[file.relative_to(folder).as_posix()] = read_text(file)
    return PackSource(name, files, _display(folder))


def packs_beside(path: str | Path, root: Path | None = None) -> tuple[Path, dict[str, Path]]:
    """The pack's own folder, and every pack under the same policies by its path; none where it stands by itself.

    Raises PackError where there is no pack.
    """
    base = POLICIES if root is None else root
    folder = _folder(path, base).resolve()
    tops = (base.resolve(), *(parent for parent in folder.parents if parent.name == "policies"))
    top = next((top for top in tops if folder.is_relative_to(top) and folder != top), None)
    if top is None:
        return folder, {}
    return folder, {
        file.parent.relative_to(top).as_posix(): file.parent for file in sorted(top.rglob(PACK_FILE))
    }  # fmt: skip


def read_examples(folder: Path) -> dict[str, str]:
    """The worked examples beside a pack, by relative file name."""
    return {
        file.relative_to(folder).as_posix(): read_text(file)
        for file in sorted((folder / EXAMPLES_FOLDER).glob("*.yaml"))
    }


def read_text(file: Path) -> str:
    """A pack file's text. Raises PackError where it cannot be read, is too large or is not UTF-8."""
    try:
        data = file.read_bytes() if file.stat().st_size <= _LARGEST_FILE else None
    except OSError as error:
        raise PackError(f"cannot be read: {error.strerror or error}", _display(file)) from None
    if data is None:
        raise PackError(f"is larger than {_LARGEST_FILE} bytes", _display(file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError(f"is not UTF-8 text (byte {error.start})", _display(file)) from None


def _display(path: Path) -> str:
    whole = path.resolve()
    here = Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(path)
