"""The Excel pipeline: template out, filled sheet in, cell errors gathered, workbook back, any list as a table.

What the cells mean for the register is the business of the rooms that own the lists.
"""

from yinian.core.sheets.cells import fold_region
from yinian.core.sheets.messages import register_messages, render
from yinian.core.sheets.read import read_sheet
from yinian.core.sheets.spec import (
    ERROR_SCHEMA,
    ROW,
    Choice,
    Column,
    SheetData,
    SheetError,
    SheetSpec,
    error_frame,
)
from yinian.core.sheets.write import Table, TableColumn, write_book, write_returned, write_table, write_template

__all__ = [
    "ERROR_SCHEMA",
    "ROW",
    "Choice",
    "Column",
    "SheetData",
    "SheetError",
    "SheetSpec",
    "Table",
    "TableColumn",
    "error_frame",
    "fold_region",
    "read_sheet",
    "register_messages",
    "render",
    "write_book",
    "write_returned",
    "write_table",
    "write_template",
]
