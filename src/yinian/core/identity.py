"""Citizen ID numbers, phone numbers and how both are masked.

Plain functions on text and the same checks on whole polars columns; nothing here stores, encrypts or looks up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl
from stdnum.cn import ric

IdCode = Literal[
    "id_missing",
    "id_scientific",
    "id_old_15",
    "id_length",
    "id_characters",
    "id_synthetic",
    "id_division",
    "id_birth_date",
    "id_check_digit",
]
Sex = Literal["1", "2"]

SYNTHETIC_PREFIX = "99"
"""No division code begins with 99 (GB/T 2260), so no living person holds such a number."""

PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
"""First two digits in use by GB/T 2260. Abolished counties stay valid below them, so only these are checked."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of GB 11643-1999, clause 4.2; the remainder mod 11 points into CHECK_MAP."""
CHECK_MAP = "10X98765432"

EARLIEST_BIRTH = date(1900, 1, 1)

_BLANKS = re.compile(r"[\s\u200b\u200c\u200d\ufeff\u3000\-‐-―'’`]+")
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?E\+?\d+$")
_SHAPE = re.compile(r"^\d{17}[\dX]$")
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_LANDLINE = re.compile(r"^0\d{2,3}[2-9]\d{6,7}$")
_LOCAL = re.compile(r"^[2-9]\d{6,7}$")
_SERVICE = re.compile(r"^(400|800)\d{7}$|^(12|95|96)\d{3}$")


class IdentityError(ValueError):
    """An ID number that cannot be right; `code` says in which way (see `IdCode`)."""

    def __init__(self, code: IdCode) -> None:
        super().__init__(code)
        self.code: IdCode = code


@dataclass(frozen=True, slots=True)
class CitizenId:
    """What an 18-character citizen ID number (GB 11643-1999) says of its holder."""

    number: str
    birth_date: date
    sex: Sex
    division: str
    synthetic: bool


def normalise_id(text: str) -> str:
    """Half-width, upper-case, without blanks, dashes or a leading apostrophe. Checks nothing."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def id_problem(text: str, *, allow_synthetic: bool = False, today: date | None = None) -> IdCode | None:
    """The first thing wrong with an ID number, or None. The text is normalised before it is judged."""
    number = normalise_id(text)
    if not number:
        return "id_missing"
    if _SCIENTIFIC.match(number):
        return "id_scientific"
    if len(number) == 15 and number.isascii() and number.isdigit():
        return "id_old_15"
    if len(number) != 18:
        return "id_length"
    if not _SHAPE.match(number):
        return "id_characters"
    if number.startswith(SYNTHETIC_PREFIX):
        if not allow_synthetic:
            return "id_synthetic"
    elif number[:2] not in PROVINCES:
        return "id_division"
    birth = _date_of(number)
    if birth is None or birth < EARLIEST_BIRTH or birth > (today or date.today()):
        return "id_birth_date"
    if check_digit(number[:17]) != number[17]:
        return "id_check_digit"
    return None


def parse_id(text: str, *, allow_synthetic: bool = False, today: date | None = None) -> CitizenId:
    """Normalise and check an ID number and read it.

    Raises IdentityError with the code of the first problem. A number that begins with 99 is synthetic and
    passes only with `allow_synthetic`.
    """
    problem = id_problem(text, allow_synthetic=allow_synthetic, today=today)
    if problem is not None:
        raise IdentityError(problem)
    number = normalise_id(text)
    return CitizenId(number, birth_date_of(number), sex_of(number), number[:6], number.startswith(SYNTHETIC_PREFIX))


def birth_date_of(number: str) -> date:
    """Birth date in a normalised 18-character number; IdentityError('id_birth_date') if there is no such day."""
    birth = _date_of(number)
    if birth is None:
        raise IdentityError("id_birth_date")
    return birth


def sex_of(number: str) -> Sex:
    """'1' male or '2' female (GB/T 2261.1) from the parity of the 17th digit."""
    return "1" if int(number[16]) % 2 else "2"


def check_digit(first17: str) -> str:
    """The 18th character for seventeen digits (GB 11643-1999)."""
    return str(ric.calc_check_digit(first17 + "0"))  # it ignores the last place


def compose_id(division: str, birth: date, order: int) -> str:
    """A number with a right check digit from a 6-digit division, a birth date and an order of 0 to 999."""
    first17 = f"{division}{birth:%Y%m%d}{order:03d}"
    if len(first17) != 17 or not first17.isdigit():
        raise ValueError("division must be 6 digits and order 0 to 999")
    return first17 + check_digit(first17)


def upgrade_old_id(text: str) -> str:
    """The 18-character form of a 15-digit number: century 19 and the check digit added. For advice only."""
    number = normalise_id(text)
    if len(number) != 15 or not number.isdigit():
        raise IdentityError("id_length")
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_digit(first17)


def _date_of(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def normalise_id_expr(text: pl.Expr) -> pl.Expr:
    """`normalise_id` for a whole String column; empty text becomes null."""
    cleaned = text.str.normalize("NFKC").str.replace_all(_BLANKS.pattern, "").str.to_uppercase()
    return pl.when(cleaned != "").then(cleaned)


def id_problems(numbers: pl.Series, *, allow_synthetic: bool = False, today: date | None = None) -> pl.Series:
    """`id_problem` for a column of normalised numbers: a String series of codes, null where right or missing."""
    number = pl.col("n")
    birth = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    total = pl.sum_horizontal(
        number.str.slice(i, 1).cast(pl.Int32, strict=False) * weight for i, weight in enumerate(WEIGHTS)
    )
    expected = (total % 11).replace_strict(list(range(11)), list(CHECK_MAP), default=None, return_dtype=pl.String)
    synthetic = number.str.starts_with(SYNTHETIC_PREFIX)
    division_ok = number.str.slice(0, 2).is_in(sorted(PROVINCES))
    bad_birth = birth.is_null() | (birth < EARLIEST_BIRTH) | (birth > (today or date.today()))
    result = (
        pl.when(number.is_null())
        .then(None)
        .when(number.str.contains(_SCIENTIFIC.pattern))
        .then(pl.lit("id_scientific"))
        .when(number.str.contains(r"^[0-9]{15}$"))
        .then(pl.lit("id_old_15"))
        .when(number.str.len_chars() != 18)
        .then(pl.lit("id_length"))
        .when(~number.str.contains(r"^[0-9]{17}[0-9X]$"))
        .then(pl.lit("id_characters"))
        .when(synthetic & (not allow_synthetic))
        .then(pl.lit("id_synthetic"))
        .when(~synthetic & ~division_ok)
        .then(pl.lit("id_division"))
        .when(bad_birth)
        .then(pl.lit("id_birth_date"))
        .when(number.str.slice(17, 1) != expected)
        .then(pl.lit("id_check_digit"))
        .otherwise(None)
    )
    return numbers.rename("n").to_frame().select(result.cast(pl.String).alias("problem")).to_series()


def normalise_phone(text: str) -> str | None:
    """Digits of a Chinese phone number: 11-digit mobile, or landline with or without area code, or a hotline.

    Country code 86, blanks, dashes and brackets are dropped; None when no such number is in the text.
    """
    digits = re.sub(r"[\s\u200b\ufeff()\[\]\-‐-―.'’`]+", "", unicodedata.normalize("NFKC", text))
    if digits.startswith("+86"):
        digits = digits[3:]
    elif digits.startswith("0086"):
        digits = digits[4:]
    elif len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if not (digits.isascii() and digits.isdigit()):
        return None
    for shape in (_MOBILE, _LANDLINE, _LOCAL, _SERVICE):
        if shape.match(digits):
            return digits
    return None


def normalise_name(text: str) -> str:
    """A person's name as the register keeps it.

    Half-width letters, one kind of middle dot ('·', GB/T 13000 00B7) in minority names, no blanks inside a
    Chinese name, single blanks inside a Latin one.
    """
    name = unicodedata.normalize("NFKC", text)
    name = re.sub(r"[\u200b\u200c\u200d\ufeff]", "", name)
    name = re.sub(r"\s*[•・‧∙⋅.．･·]\s*", "·", name) if _has_han(name) else name
    name = re.sub(r"\s+", "" if _has_han(name) else " ", name.strip())
    return name.strip("·")


def _has_han(text: str) -> bool:
    return any("\u3400" <= char <= "\u9fff" or char >= "\U00020000" or char == "〇" for char in text)


def mask_id(number: str) -> str:
    """First three and last four characters: 430***********1234. A shorter text is masked wholly."""
    return _mask(number, 3, 4)


def mask_phone(number: str) -> str:
    """Mobile 138****5678; any other number keeps its last four digits at most half its length."""
    if _MOBILE.match(number):
        return _mask(number, 3, 4)
    return _mask(number, 0, min(4, len(number) // 2))


def mask_account(number: str) -> str:
    """Bank or one-card account: the last four digits only."""
    return _mask(number, 0, 4)


def mask_name(name: str) -> str:
    """A name as it may stand in public: 李*花, 李*, 欧**花. One character alone is masked wholly."""
    return _mask(name, 1, 1 if len(name) > 2 else 0)


def _mask(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden <= 0:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]
