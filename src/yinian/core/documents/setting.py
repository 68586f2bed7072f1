"""Setting a paper: a typst template and plain data to PDF/A. Knows no tables and no users."""

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

FONTS = "vendor/noto-sans-sc"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    # Only the bundled font: a paper looks the same on every machine.
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(settings.ASSETS) / FONTS)]
    )


def set_paper(template: str, data: Mapping[str, Any], *, at: dt.datetime) -> bytes:
    """The PDF of ``template`` (a path below src/yinian, such as ``assessments/documents/notice.typ``) with ``data``.

    ``data`` is plain JSON: texts, numbers, lists; dates as ISO text. ``at`` is the moment the file names as that of
    its making, so that the same paper is the same bytes. A template that needs what is not in ``data`` raises
    :class:`typst.TypstError`: a fault of ours, never of the reader.
    """
    compiler = typst.Compiler(
        str(Path(settings.SOURCE) / template), root=str(settings.SOURCE), font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=at.replace(microsecond=0))
    assert isinstance(made, bytes)
    return made


def set_picture(template: str, data: Mapping[str, Any], *, dots: int = 160) -> bytes:
    """The one page of a template as PNG, for a document that is not set here. ``dots`` to the inch."""
    compiler = typst.Compiler(
        str(Path(settings.SOURCE) / template), root=str(settings.SOURCE), font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(format="png", ppi=dots)
    assert isinstance(made, bytes)
    return made
