"""Finds formula cells, locks and far-off cells in an old .xls before it is opened. Reads no values.

Layouts: [MS-CFB] 2.2 to 2.6 for the container, [MS-XLS] 2.4 for the records.
"""

from __future__ import annotations

import struct

from yinian.core.sheets.guard import MAX_CELLS, Extent, check_extent
from yinian.core.sheets.spec import SheetError

END_OF_CHAIN = 0xFFFFFFFE
BOF, EOF, BOUNDSHEET, FILEPASS = 0x0809, 0x000A, 0x0085, 0x002F
FORMULAS = {0x0006, 0x0206, 0x0406}
CELLS = {0x0203, 0x0204, 0x00FD, 0x027E, 0x0205, 0x00D6} | FORMULAS
MULRK = 0x00BD
WORKSHEET = 0x0010


def workbook_stream(content: bytes) -> bytes:
    """The 'Workbook' (or 'Book') stream of a compound file; SheetError('broken') where its chains are."""
    try:
        return _workbook_stream(content)
    except (struct.error, IndexError, ValueError) as error:
        raise SheetError("broken") from error


def _workbook_stream(content: bytes) -> bytes:
    sector_size = 1 << struct.unpack_from("<H", content, 30)[0]
    mini_size = 1 << struct.unpack_from("<H", content, 32)[0]
    if sector_size not in (512, 4096) or mini_size != 64:
        raise ValueError("sector size")
    (directory_start,) = struct.unpack_from("<I", content, 48)
    cutoff, mini_fat_start = struct.unpack_from("<II", content, 56)
    difat_start, difat_count = struct.unpack_from("<II", content, 68)
    per_sector = sector_size // 4

    def sector(index: int) -> bytes:
        begin = (index + 1) * sector_size
        if index >= END_OF_CHAIN - 1 or begin >= len(content):
            raise ValueError("sector outside the file")
        return content[begin : begin + sector_size].ljust(sector_size, b"\0")

    fat_sectors = list(struct.unpack_from("<109I", content, 76))
    for _ in range(min(difat_count, len(content) // sector_size)):
        entries = struct.unpack(f"<{per_sector}I", sector(difat_start))
        fat_sectors.extend(entries[:-1])
        difat_start = entries[-1]
    fat: list[int] = []
    for index in fat_sectors:
        if index < END_OF_CHAIN - 1:
            fat.extend(struct.unpack(f"<{per_sector}I", sector(index)))

    def chain(start: int, table: list[int]) -> list[int]:
        indexes: list[int] = []
        while start < END_OF_CHAIN - 1:
            indexes.append(start)
            if len(indexes) > len(table):
                raise ValueError("chain without end")
            start = table[start]
        return indexes

    def stream(start: int) -> bytes:
        return b"".join(sector(index) for index in chain(start, fat))

    directory = stream(directory_start)
    root_start = 0
    for position in range(0, len(directory) - 127, 128):
        entry = directory[position : position + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<II", entry, 116)
        if entry[66] == 5:
            root_start = start
        elif entry[66] == 2 and name in ("Workbook", "Book"):
            if size >= cutoff:
                return stream(start)[:size]
            mini_bytes = stream(mini_fat_start)
            mini_fat = list(struct.unpack(f"<{len(mini_bytes) // 4}I", mini_bytes))
            mini = stream(root_start)
            return b"".join(mini[i * 64 : i * 64 + 64] for i in chain(start, mini_fat))[:size]
    raise ValueError("no workbook stream")


def scan_workbook(content: bytes) -> dict[str, Extent]:
    """Extent and formula cells of each worksheet by name. SheetError: encrypted, broken, too far-off cells."""
    data = workbook_stream(content)
    names: dict[int, str] = {}
    extents: dict[str, Extent] = {}
    current: Extent | None = None
    cells = 0
    position = 0
    try:
        while position + 4 <= len(data):
            record, length = struct.unpack_from("<HH", data, position)
            body = position + 4
            if record == FILEPASS:
                raise SheetError("encrypted")
            if record == BOUNDSHEET:
                offset, _state, _kind, characters, flags = struct.unpack_from("<IBBBB", data, body)
                width = 2 if flags & 1 else 1
                text = data[body + 8 : body + 8 + characters * width]
                names[offset] = text.decode("utf-16-le" if width == 2 else "latin-1", "replace")
            elif record == BOF:
                is_sheet = length >= 4 and struct.unpack_from("<H", data, body + 2)[0] == WORKSHEET
                current = Extent() if is_sheet else None
                if current is not None:
                    extents[names.get(position, f"#{len(extents) + 1}")] = current
            elif current is not None and (record in CELLS or record == MULRK):
                row, column = struct.unpack_from("<HH", data, body)
                if record == MULRK:
                    column = struct.unpack_from("<H", data, body + length - 2)[0]
                current.rows = max(current.rows, row + 1)
                current.columns = max(current.columns, column + 1)
                if record in FORMULAS:
                    current.formulas.add((row + 1, column + 1))
            position = body + length
    except struct.error as error:
        raise SheetError("broken") from error
    for extent in extents.values():
        check_extent(extent.rows, extent.columns)
        cells += extent.rows * extent.columns
    if cells > 2 * MAX_CELLS:  # every worksheet is unpacked when the workbook is opened
        raise SheetError("bomb")
    return extents
