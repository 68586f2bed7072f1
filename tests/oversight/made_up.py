"""The pack of a made-up province that holds an evaluation, laid into a folder of policies."""

from __future__ import annotations

import shutil
from pathlib import Path

SAMPLE = Path(__file__).parent / "sample_pack"


def write_pack(root: Path, **changed: str) -> Path:
    """The pack under ``root`` (a folder of policies); ``changed`` replaces a file by its name without ending."""
    folder = root / "cn" / "sample"
    shutil.copytree(SAMPLE, folder)
    for name, text in changed.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return root
