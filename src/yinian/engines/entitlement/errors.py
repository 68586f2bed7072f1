"""What can be wrong with a policy pack or with a table of facts, said to the person who can mend it.

Nothing here knows how packs are read or evaluated.
"""

from __future__ import annotations


class PackError(Exception):
    """A pack that cannot be used: `file` and `line` say where, `reason` what is expected."""

    def __init__(self, reason: str, file: str | None = None, line: int | None = None) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.reason}" if where else self.reason


class FactsError(Exception):
    """A table of facts that cannot be used: `row` counts data rows from 1, `column` names the fact."""

    def __init__(self, reason: str, row: int | None = None, column: str | None = None) -> None:
        self.reason = reason
        self.row = row
        self.column = column
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = []
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return f"{', '.join(parts)}: {self.reason}" if parts else self.reason
