"""The vendored browser assets: fetched by a developer (needs npm), re-hashed by everybody. Standard library only.

`assets/vendor/vendor.json` says what is wanted; `vendor.lock.json` what was taken, from which package, with the
hash of the package and of every file. Source-map comments are cut off (the maps are not shipped); for such a file
the lock holds the hash before and after.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "vendor"
WISH, LOCK = "vendor.json", "vendor.lock.json"
SOURCE_MAP = re.compile(rb"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")


def main(arguments: Sequence[str]) -> int:
    """`--update` fetches what vendor.json names; otherwise every file is checked against the lock."""
    if "--update" in arguments:
        update()
    faults = check()
    if faults:
        print("\n".join(faults), file=sys.stderr)
        print("Bring the files back with git, or fetch them: ./run vendor --update", file=sys.stderr)
        return 1
    lock = json.loads((FOLDER / LOCK).read_text("utf-8"))
    files = [entry for package in lock.values() for entry in package["files"].values()]
    size = sum(entry["bytes"] for entry in files) / 1e6
    print(f"{len(lock)} packages, {len(files)} files, {size:.1f} MB: all as locked")
    return 0


def check(folder: Path = FOLDER) -> list[str]:
    """What differs from the lock: changed, missing and unknown files, and wishes that the lock does not meet."""
    lock: dict[str, Any] = json.loads((folder / LOCK).read_text("utf-8"))
    wish: dict[str, Any] = json.loads((folder / WISH).read_text("utf-8"))
    faults, known = [], {WISH, LOCK}
    for name, package in lock.items():
        wanted = wish.get(name, {})
        if (wanted.get("npm"), wanted.get("version")) != (package["npm"], package["version"]):
            faults.append(f"{name}: vendor.json asks for {wanted.get('version')}, the lock has {package['version']}")
        if not any(file.startswith("LICENSE") for file in package["files"]):
            faults.append(f"{name}: its licence text is missing")
        for file, entry in package["files"].items():
            path = folder / name / file
            known.add(f"{name}/{file}")
            if not path.is_file():
                faults.append(f"{name}/{file}: missing")
            elif integrity(path.read_bytes()) != entry["sha512"]:
                faults.append(f"{name}/{file}: differs from the lock")
    faults += [f"{name}: wanted, but not in the lock" for name in wish.keys() - lock.keys()]
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    faults += [f"{file}: in the folder, but not in the lock" for file in sorted(present - known)]
    return faults


def update(folder: Path = FOLDER) -> None:
    """Fetch every wanted package and lay its files and the lock anew."""
    wish: dict[str, Any] = json.loads((folder / WISH).read_text("utf-8"))
    lock: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        laid = Path(scratch) / "vendor"
        for name, wanted in wish.items():
            print(f"{wanted['npm']} {wanted['version']} ...", file=sys.stderr, flush=True)
            archive, tarball_integrity = _pack(f"{wanted['npm']}@{wanted['version']}", Path(scratch))
            files = _unpack(archive, wanted)
            for file, (content, _) in files.items():
                path = laid / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            lock[name] = {
                "npm": wanted["npm"],
                "version": wanted["version"],
                "licence": wanted["licence"],
                "sha512": tarball_integrity,
                "files": {file: _entry(content, original) for file, (content, original) in sorted(files.items())},
            }
        for name in wish:
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(laid / name, folder / name)
    text = json.dumps(lock, indent=1, ensure_ascii=False) + "\n"
    (folder / LOCK).write_text(text, "utf-8")


def integrity(content: bytes) -> str:
    """The hash in npm's own notation, so that it can be compared with the registry's by eye."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")


def _entry(content: bytes, original: bytes | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"bytes": len(content), "sha512": integrity(content)}
    if original is not None:
        entry["sha512_in_package"] = integrity(original)
    return entry


def _pack(package: str, scratch: Path) -> tuple[bytes, str]:
    command = ["npm", "pack", "--json", "--silent", "--pack-destination", str(scratch), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"npm could not fetch {package}: {done.stderr.strip() or done.stdout.strip()}")
    said: Any = json.loads(done.stdout)
    # Older clients print a list, newer ones an object by name.
    report = said[0] if isinstance(said, list) else said if "integrity" in said else next(iter(said.values()))
    archive = next(scratch.glob("*.tgz"))
    content = archive.read_bytes()
    archive.unlink()
    if integrity(content) != report["integrity"]:
        sys.exit(f"{package}: what came is not what the registry promises")
    return content, report["integrity"]


def _unpack(archive: bytes, wanted: Mapping[str, Any]) -> dict[str, tuple[bytes, bytes | None]]:
    """Of each kept file the content, and the content in the package where the two differ."""
    kept: dict[str, tuple[bytes, bytes | None]] = {}
    with tempfile.TemporaryFile() as handle:
        handle.write(archive)
        handle.seek(0)
        with tarfile.open(fileobj=handle) as tar:

            def read(path: str) -> bytes:
                member = tar.extractfile(f"package/{path}")
                if member is None:
                    raise KeyError(path)
                return member.read()

            for file, path in wanted["files"].items():
                original = read(path)
                cut = SOURCE_MAP.sub(b"\n", original) if file.endswith((".js", ".css")) else original
                kept[file] = (cut, original if cut != original else None)
            icons = {name: read(f"icons/outline/{name}.svg") for name in wanted.get("icons", ())}
    for name, content in icons.items():
        kept[f"{name}.svg"] = (content, None)
    if "notice" in wanted:
        kept["LICENSE"] = (_mit(wanted["notice"]), None)
    return kept


def _mit(notices: Sequence[str]) -> bytes:
    """The licence text of a package that names MIT and its holders, and ships no text of its own."""
    body = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
    return ("The MIT License\n\n" + "\n".join(notices) + "\n\n" + body).encode("utf-8")
