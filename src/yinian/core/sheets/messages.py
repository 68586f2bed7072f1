"""The words for every code a sheet error or a cell error can carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, Any] = {
    # the whole file
    "empty_file": _("The file is empty. Choose the file again and upload it."),
    "too_large_file": _("The file is larger than %(limit)s MB. Split the list into several files."),
    "wrong_kind": _(
        "This is %(found)s, not an Excel list, whatever its name ends in. "
        "Open it, copy the table into the template and upload that."
    ),
    "html_as_excel": _(
        "This file is a web page saved under an Excel name. "
        "Open it in Excel or WPS, use “Save as” with the kind “Excel workbook (.xlsx)”, and upload that."
    ),
    "other_spreadsheet": _(
        "This kind of spreadsheet (%(found)s) is not read. "
        "Use “Save as” with the kind “Excel workbook (.xlsx)”, and upload that."
    ),
    "encrypted": _("The workbook is locked with a password. Remove the password in Excel or WPS and save it again."),
    "macros": _(
        "The workbook contains macros, which are not accepted. Use “Save as” with the kind “Excel workbook (.xlsx)”."
    ),
    "bomb": _("The file unpacks to far more than a list needs and was refused. Copy the table into a new template."),
    "broken": _("The file is damaged and cannot be read. Open it in Excel or WPS, save it again and upload that."),
    "too_many_rows": _("The sheet has more than %(limit)s rows. Split the list into several files."),
    "too_many_columns": _(
        "The sheet reaches to column %(found)s; at most %(limit)s columns are read. "
        "Delete what stands far to the right."
    ),
    "encoding": _(
        "The characters of this CSV file cannot be read. Save it as “CSV UTF-8” or as an Excel workbook (.xlsx)."
    ),
    "empty_sheet": _("No rows with data were found below the headings of sheet “%(sheet)s”."),
    "no_header": _(
        "No row with the headings was found in the first %(rows)s rows. Expected among others: %(expected)s. "
        "Use the template."
    ),
    "missing_columns": _("The sheet lacks the required columns: %(columns)s. Headings are read from row %(row)s."),
    "duplicate_header": _("Two columns are both read as “%(label)s”: %(first)s and %(second)s. Delete one of them."),
    # one cell
    "required": _("Must not be empty."),
    "formula": _("This cell is a formula. Copy it and paste it as a value."),
    "excel_error": _("Excel reports an error in this cell (%(value)s)."),
    "too_long": _("Longer than %(limit)s characters."),
    "duplicate_in_sheet": _("The same value also stands in row %(other)s."),
    "id_missing": _("Must not be empty."),
    "id_scientific": _(
        "Excel turned the ID number into a figure and its last digits are lost. "
        "Format the column as text and type the number again."
    ),
    "id_old_15": _("This is an old 15-digit number. Ask for the present card and enter its 18 characters."),
    "id_length": _("An ID number has 18 characters; this has %(length)s."),
    "id_characters": _("An ID number is 17 digits and a last digit or X; other characters were found."),
    "id_synthetic": _("Numbers beginning with 99 are made up for demonstrations and are not accepted here."),
    "id_division": _("The first two digits are no province of China."),
    "id_birth_date": _("Digits 7 to 14 are no possible birth date."),
    "id_check_digit": _("The check digit does not fit: at least one digit is wrong. Compare with the card."),
    "phone": _("Not a phone number: expected 11 digits, or a landline with its area code."),
    "integer": _("Expected a whole number."),
    "integer_least": _("Must be at least %(limit)s."),
    "integer_most": _("Must be at most %(limit)s."),
    "money": _("Expected an amount in yuan with at most two decimals, such as 1200.50."),
    "money_least": _("Must be at least %(limit)s yuan."),
    "money_most": _("Must be at most %(limit)s yuan."),
    "boolean": _("Expected yes or no."),
    "choice": _("Not one of the allowed values: %(choices)s."),
    "date": _("Not a date. Write it like 2024-01-05."),
    "date_two_digit_year": _("Write the year with four digits, like 1944-01-05."),
    "date_incomplete": _("Year, month and day are needed, like 2024-01-05."),
    "date_impossible": _("There is no such day in the calendar."),
    "date_too_early": _("Earlier than %(limit)s."),
    "date_future": _("This date lies in the future."),
    "region": _("Not a division code: expected 6, 9 or 12 digits, or the full name."),
    "region_unknown": _("No such town or village here. Use the name or code from the list of villages."),
    "region_ambiguous": _("Several villages have this name. Write the town before it, or use the 12-digit code."),
}
"""Code to text with %(name)s parameters. A room adds codes of its own through `register_messages`."""

KIND_NAMES: dict[str, Any] = {
    "text": _("text"),
    "integer": _("whole number"),
    "date": _("date, like 1944-01-05"),
    "boolean": _("yes or no"),
    "choice": _("one of the list"),
    "id_number": _("18-character citizen ID number, as text"),
    "region": _("name or code of the village"),
    "phone": _("phone number"),
    "money_fen": _("amount in yuan"),
}

FILE_KINDS: dict[str, Any] = {
    "docx": _("a Word document"),
    "pptx": _("a PowerPoint presentation"),
    "zip": _("a compressed archive"),
    "pdf": _("a PDF document"),
    "exe": _("a program"),
    "image": _("a picture"),
    "rtf": _("a rich-text document"),
    "ods": _("OpenDocument"),
    "xlsb": _("Excel binary workbook"),
    "ole": _("an old Office document"),
    "unknown": _("a file of another kind"),
}

TEXTS: dict[str, Any] = {
    "instructions": _("Instructions"),
    "problem": _("Problem"),
    "summary": _("Summary"),
    "heading": _("Column"),
    "required": _("Required"),
    "meaning": _("Meaning"),
    "allowed": _("Allowed values"),
    "example": _("Example"),
    "yes": _("yes"),
    "no": _("no"),
    "template_note": _(
        "Fill in from row 2. Do not change the headings; the order of columns is free. "
        "Columns marked * are required. Cells are text, so that ID numbers keep all their digits."
    ),
    "pick": _("Please pick a value from the list."),
    "returned_note": _(
        "Red cells are wrong; the last column says why. Mend them here and upload this same workbook again."
    ),
    "file": _("File"),
    "rows": _("Rows"),
    "faulty_rows": _("Rows with problems"),
    "clean_rows": _("Rows without problems"),
    "kind_of_problem": _("Kind of problem"),
    "count": _("Count"),
    "ignored": _("Columns that were not asked for and not read"),
    "row_as_whole": _("Row"),
    "about": _("About this list"),
    "title": _("Title"),
}

PROBLEM_HEADINGS = ("问题说明", "Problem")
"""Headings of the column that a returned workbook adds; recognised and ignored when it comes back."""


def register_messages(more: Mapping[str, Any]) -> None:
    """Add codes (code to lazy text with %(name)s parameters). A code may not be given two texts."""
    for code, text in more.items():
        if code in MESSAGES and MESSAGES[code] is not text:
            raise ValueError(f"message code {code} is already taken")
        MESSAGES[code] = text


def render(code: str, params: Mapping[str, Any] | str) -> str:
    """The sentence for a code in the language now active. `params` may be the JSON of an error frame."""
    values: Mapping[str, Any] = json.loads(params or "{}") if isinstance(params, str) else params
    if "found" in values and values["found"] in FILE_KINDS:
        values = {**values, "found": str(FILE_KINDS[values["found"]])}
    return str(MESSAGES[code]) % values


def text(name: str) -> str:
    """A fixed word of the workbooks in the language now active."""
    return str(TEXTS[name])
