"""Judges a file by its content before any library opens it: kind, locks, macros, bombs and formula cells.

The workbook's parts are inflated here under hard limits, so that sizes declared falsely are found out. Reads
nothing of what the cells mean.
"""

from __future__ import annotations

import io
import re
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from xml.parsers import expat

from yinian.core.sheets.spec import SheetError

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 800 * 1024 * 1024
MAX_RATIO = 200
RATIO_MATTERS_ABOVE = 64 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_SHARED_STRINGS_BYTES = 200 * 1024 * 1024
MAX_SMALL_PART_BYTES = 32 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 300
MAX_CELLS = 8_000_000
MAX_TAG_BYTES = 1024 * 1024
CHUNK = 1 << 20

_HTML = re.compile(rb"^\s*(<!doctype\s+html|<html|<table|<meta\b|<head)", re.IGNORECASE)
_MAGIC = (
    (b"%PDF", "pdf"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"Rar!", "zip"),
    (b"7z\xbc\xaf", "zip"),
    (b"\x1f\x8b", "zip"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW_NUMBER = re.compile(rb'<row\s[^>]*?\br="(\d+)"')
_FORMULA = re.compile(rb'<c [^>]*?\br="([A-Z]{1,4})(\d{1,8})"[^>]*>\s*<f[\s>/]')
_WIDE_CELL = re.compile(rb' r="([A-Z]{2,})\d')


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name, whether it shows, its formula cells as (row, column) from 1."""

    name: str
    visible: bool
    part: str


@dataclass(slots=True)
class Extent:
    """How far the filled cells of a worksheet reach, from 1, and which of them are formulas."""

    rows: int = 0
    columns: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)


def kind_of(content: bytes) -> str:
    """'xlsx', 'xls' or 'csv' by content; SheetError for anything else, for locked and for macro workbooks."""
    if not content:
        raise SheetError("empty_file")
    if len(content) > MAX_FILE_BYTES:
        raise SheetError("too_large_file", limit=MAX_FILE_BYTES // (1024 * 1024))
    if content.startswith(b"PK"):
        return _kind_of_zip(content)
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    for magic, found in _MAGIC:
        if content.startswith(magic):
            raise SheetError("wrong_kind", found=found)
    if _HTML.match(content[3:2048] if content.startswith(b"\xef\xbb\xbf") else content[:2048]):
        raise SheetError("html_as_excel")
    if content.lstrip().startswith(b"<?xml"):
        raise SheetError("other_spreadsheet", found="XML")
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not utf16 and b"\x00" in content[:65536]:
        raise SheetError("wrong_kind", found="unknown")
    return "csv"


def _kind_of_zip(content: bytes) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
        raise SheetError("broken") from error
    names = {member.filename for member in members}
    if "xl/workbook.bin" in names:
        raise SheetError("other_spreadsheet", found="xlsb")
    if "xl/workbook.xml" not in names:
        raise SheetError(*_foreign_zip(names, content))
    if any(member.flag_bits & 1 for member in members):
        raise SheetError("encrypted")
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise SheetError("macros")
    check_sizes(members, len(content))
    if b"macroEnabled" in read_part(content, archive, "[Content_Types].xml"):
        raise SheetError("macros")
    return "xlsx"


def _foreign_zip(names: set[str], content: bytes) -> Any:
    if "mimetype" in names and b"opendocument.spreadsheet" in content[:200]:
        raise SheetError("other_spreadsheet", found="ods")
    for prefix, found in (("word/", "docx"), ("ppt/", "pptx")):
        if any(name.startswith(prefix) for name in names):
            raise SheetError("wrong_kind", found=found)
    raise SheetError("wrong_kind", found="zip")


def _kind_of_ole(content: bytes) -> str:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise SheetError("encrypted")
    if has("_VBA_PROJECT"):
        raise SheetError("macros")
    if has("Workbook") or has("Book\0"):
        return "xls"
    raise SheetError("wrong_kind", found="docx" if has("WordDocument") else "ole")


def check_sizes(members: list[zipfile.ZipInfo], packed: int) -> None:
    """SheetError('bomb') when the central directory declares more than a list can need."""
    total = sum(member.file_size for member in members)
    compressed = sum(member.compress_size for member in members)
    too_dense = total > RATIO_MATTERS_ABOVE and total > MAX_RATIO * max(packed, 1)
    # parts that overlap in the file add up to more than the file is long
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED_BYTES or compressed > packed or too_dense:
        raise SheetError("bomb")
    for member in members:
        if member.filename == "xl/sharedStrings.xml" and member.file_size > MAX_SHARED_STRINGS_BYTES:
            raise SheetError("bomb")


def inflate(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of one part in pieces; SheetError when it is longer than declared, cut off or corrupt.

    Written out rather than left to zipfile because zipfile stops silently at the declared length, while the
    spreadsheet reader would go on unpacking what follows.
    """
    start = member.header_offset
    header = content[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04" or member.compress_type not in (0, 8):
        raise SheetError("broken")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    begin = start + 30 + name_length + extra_length
    packed = memoryview(content)[begin : begin + member.compress_size]
    if member.compress_type == 0:
        if len(packed) != member.file_size:
            raise SheetError("broken")
        yield from (bytes(packed[i : i + CHUNK]) for i in range(0, len(packed), CHUNK))
        return
    decoder = zlib.decompressobj(-15)
    written = checksum = 0
    rest: bytes | memoryview = packed
    try:
        while not decoder.eof:
            piece = decoder.decompress(rest, CHUNK)
            rest = decoder.unconsumed_tail
            if not piece and not rest:
                break
            written += len(piece)
            if written > member.file_size:
                raise SheetError("bomb")
            checksum = zlib.crc32(piece, checksum)
            yield piece
    except zlib.error as error:
        raise SheetError("broken") from error
    if not decoder.eof or written != member.file_size or checksum != member.CRC:
        raise SheetError("broken")


def read_part(content: bytes, archive: zipfile.ZipFile, name: str) -> bytes:
    """One small part of a workbook whole; SheetError('broken') if it is missing, 'bomb' if it is not small."""
    try:
        member = archive.getinfo(name)
    except KeyError as error:
        raise SheetError("broken") from error
    if member.file_size > MAX_SMALL_PART_BYTES:
        raise SheetError("bomb")
    part = b"".join(inflate(content, member))
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in part:
        raise SheetError("broken")
    return part


def sheet_parts(content: bytes) -> tuple[list[SheetPart], bool]:
    """The worksheets of an xlsx in order, and whether its dates count from 1904. Checks every part read later."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    try:
        workbook = ElementTree.fromstring(read_part(content, archive, "xl/workbook.xml"))
        relations = ElementTree.fromstring(read_part(content, archive, "xl/_rels/workbook.xml.rels"))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise SheetError("broken") from error
    targets = {}
    for relation in relations:
        target = relation.get("Target", "")
        targets[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts: list[SheetPart] = []
    from_1904 = False
    for element in workbook.iter():
        tag = element.tag.rsplit("}", 1)[-1]
        if tag == "workbookPr":
            from_1904 = element.get("date1904", "0") in ("1", "true")
        elif tag == "sheet":
            relation_id = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            part = targets.get(relation_id, "")
            if part.startswith("xl/worksheets/"):
                parts.append(SheetPart(element.get("name", ""), element.get("state", "visible") == "visible", part))
    for member in archive.infolist():
        if member.filename in ("xl/sharedStrings.xml", "xl/styles.xml"):
            for piece in inflate(content, member):
                if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                    raise SheetError("broken")
    return parts, from_1904


def scan_sheet(content: bytes, part: str) -> Extent:
    """Extent and formula cells of a worksheet.

    A fast pass over the bytes settles the ordinary sheet; anything unusual (formulas, far-off or unnumbered
    cells, namespace prefixes) is walked with expat, which is exact.
    """
    try:
        member = zipfile.ZipFile(io.BytesIO(content)).getinfo(part)
    except KeyError as error:
        raise SheetError("broken") from error
    extent = _scan_fast(inflate(content, member))
    if extent is None:
        extent = _scan_exact(inflate(content, member))
    check_extent(extent.rows, extent.columns)
    return extent


def check_extent(rows: int, columns: int) -> None:
    """SheetError when a sheet reaches further than MAX_ROWS, MAX_COLUMNS or MAX_CELLS."""
    if rows > MAX_ROWS + 10:
        raise SheetError("too_many_rows", limit=MAX_ROWS)
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise SheetError("too_many_columns", found=column_letters(columns), limit=MAX_COLUMNS)


def _scan_fast(pieces: Iterator[bytes]) -> Extent | None:
    extent = Extent(columns=26)
    carry = b""
    for piece in chain(pieces, (None,)):
        data = carry + (piece or b"")
        if piece is not None:
            # cut before a cell, so that a cell and its formula stay together
            cut = max(data.rfind(b"<c "), 0)
            if len(data) - cut > MAX_TAG_BYTES:  # behind the last cell stand rules and links, at any length
                cut = max(data.rfind(b"<"), 0)
            data, carry = data[:cut], data[cut:]
            if len(carry) > MAX_TAG_BYTES:
                raise SheetError("bomb")
        if not _scan_piece(data, extent):
            return None
    if extent.rows > MAX_ROWS or extent.columns > MAX_COLUMNS:
        return None  # may only be empty formatted cells, which the exact pass does not count
    return extent


def _scan_piece(data: bytes, extent: Extent) -> bool:
    """Widen `extent` by a piece of sheet XML; False when only the exact pass can tell."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise SheetError("broken")  # a NUL means UTF-16, which no spreadsheet program writes here
    if b":c " in data or b":row" in data:
        return False
    row_tags = data.count(b"<row ") + data.count(b"<row>")
    cell_tags = data.count(b"<c ") + data.count(b"<c>") + data.count(b"<c\n")
    numbers = _ROW_NUMBER.findall(data)
    if data.count(b' r="') != row_tags + cell_tags or len(numbers) != row_tags:
        return False
    formulas = data.count(b"<f>") + data.count(b"<f ") + data.count(b"<f/>")
    if formulas:
        found = _FORMULA.findall(data)
        if len(found) != formulas:
            return False
        extent.formulas.update((int(row), column_index(letters.decode("ascii"))) for letters, row in found)
    if numbers:
        extent.rows = max(extent.rows, max(map(int, numbers)))
    for letters in set(_WIDE_CELL.findall(data)):
        extent.columns = max(extent.columns, column_index(letters.decode("ascii")))
    return True


def _scan_exact(pieces: Iterator[bytes]) -> Extent:
    extent = Extent()
    row = column = 0
    space = ""
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: Any) -> None:
        raise SheetError("broken")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, space
        within, _, tag = name.rpartition(" ")
        if tag == "row":
            row = _number(attributes.get("r"), row + 1)
            column = 0
        elif tag == "c":
            space = within
            reference = attributes.get("r")
            if reference:
                match = re.fullmatch(r"\$?([A-Za-z]{1,4})\$?(\d{1,8})", reference)
                if match is None:
                    raise SheetError("broken")
                column, row = column_index(match[1].upper()), int(match[2])
            else:
                column += 1
        elif tag in ("v", "is", "f") and column and within == space:  # rules hold an f of another namespace
            extent.rows = max(extent.rows, row)
            extent.columns = max(extent.columns, column)
            if extent.rows > MAX_ROWS + 10 or extent.columns > MAX_COLUMNS:
                check_extent(extent.rows, extent.columns)
            if tag == "f":
                extent.formulas.add((row, column))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SheetError("broken") from error
    return extent


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit() or len(text) > 8:
        raise SheetError("broken")
    return int(text)


def column_index(letters: str) -> int:
    """1 for A, 27 for AA."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index


def column_letters(index: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
