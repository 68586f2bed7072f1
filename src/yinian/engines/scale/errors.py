"""What can be wrong with a scale, with a county's overlay of one, or with somebody's answers."""

from __future__ import annotations


class ScaleError(Exception):
    """Says where (`file` with `line` or `row`, and the `item`) and in `reason` what is wrong and what is expected.

    `item` is the code of an item, an input or a field, `name` its Chinese name; `row` counts a sheet's rows from 1.
    """

    def __init__(
        self,
        reason: str,
        *,
        item: str | None = None,
        name: str | None = None,
        file: str | None = None,
        line: int | None = None,
        row: int | None = None,
    ) -> None:
        self.reason = reason
        self.item = item
        self.name = name
        self.file = file
        self.line = line
        self.row = row
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        parts = [where] if where else []
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.item is not None:
            parts.append(f"item {self.item}{f' ({self.name})' if self.name else ''}")
        return ": ".join([", ".join(parts), self.reason]) if parts else self.reason
