"""ID numbers, phones, names and masks."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinian.core.identity import (
    IdentityError,
    compose_id,
    id_problem,
    id_problems,
    mask_account,
    mask_id,
    mask_phone,
    normalise_id,
    normalise_id_expr,
    normalise_name,
    normalise_phone,
    parse_id,
    upgrade_old_id,
)

PUBLISHED_EXAMPLE = "360426199101010071"
"""The test number of the open-source validators; it belongs to nobody."""

births = st.dates(date(1900, 1, 1), date(2020, 12, 31))
synthetic = st.builds(compose_id, st.integers(990000, 999999).map(str), births, st.integers(0, 999))


def test_the_published_example_is_right():
    person = parse_id(PUBLISHED_EXAMPLE)
    assert (person.birth_date, person.sex) == (date(1991, 1, 1), "1")
    assert (person.division, person.synthetic) == ("360426", False)


@given(synthetic)
def test_a_composed_number_is_right_and_only_where_synthetic_ones_are_allowed(number):
    assert id_problem(number, allow_synthetic=True) is None
    assert id_problem(number) == "id_synthetic"


@given(synthetic, st.integers(0, 17), st.integers(1, 9))
def test_no_single_wrong_digit_goes_unnoticed(number, place, shift):
    if number[place] == "X":
        return
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert id_problem(wrong, allow_synthetic=True) is not None


@given(synthetic, st.integers(0, 15))
def test_no_two_swapped_neighbours_go_unnoticed(number, place):
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert wrong == number or id_problem(wrong, allow_synthetic=True) is not None


typed = st.one_of(synthetic, st.text("0123456789Xx9 ", max_size=19), st.just("4.3E+17"), st.just("１２"))


@given(st.lists(typed, max_size=20))
def test_a_whole_column_is_judged_like_its_single_cells(numbers):
    today = date(2026, 1, 1)
    cleaned = pl.Series("n", numbers, dtype=pl.String).to_frame().select(normalise_id_expr(pl.col("n"))).to_series()
    assert cleaned.to_list() == [normalise_id(number) or None for number in numbers]
    for allow in (True, False):
        expected = [id_problem(n, allow_synthetic=allow, today=today) if normalise_id(n) else None for n in numbers]
        assert id_problems(cleaned, allow_synthetic=allow, today=today).to_list() == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id_missing"),
        ("4.30681E+17", "id_scientific"),
        ("430681400102001", "id_old_15"),
        ("43068119400102001", "id_length"),
        ("43068119400102A016", "id_characters"),
        ("000681194001020016", "id_division"),
        ("360426199102300071", "id_birth_date"),
        ("360426189901010071", "id_birth_date"),
        ("360426299901010071", "id_birth_date"),
        ("360426199101010072", "id_check_digit"),
    ],
)
def test_each_fault_has_its_own_code(text, code):
    with pytest.raises(IdentityError) as caught:
        parse_id(text)
    assert caught.value.code == code


def test_an_old_number_can_be_shown_in_its_new_form():
    old = PUBLISHED_EXAMPLE[:6] + PUBLISHED_EXAMPLE[8:17]
    assert upgrade_old_id(old) == PUBLISHED_EXAMPLE
    with pytest.raises(IdentityError):
        upgrade_old_id("123")


def test_masks_keep_only_what_they_may():
    assert mask_id("990681194001021234") == "990***********1234"
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("07305222222") == "*******2222"
    assert mask_phone("12") == "*2"
    assert mask_account("6222000011112222") == "************2222"
    assert mask_id("1234567") == "*******"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86-138-1234-5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("(0730) 522-2222", "07305222222"),
        ("5222222", "5222222"),
        ("１３８１２３４５６７８", "13812345678"),
        ("12349", "12349"),
        ("12812345678", None),
        ("1381234567", None),
        ("无", None),
        ("", None),
    ],
)
def test_phone_numbers_are_reduced_to_their_digits(text, expected):
    assert normalise_phone(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 张　三 ", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("John   Smith", "John Smith"),
        ("㐂子", "㐂子"),
    ],
)
def test_names_are_kept_in_one_form(text, expected):
    assert normalise_name(text) == expected


def test_a_composed_number_needs_six_digits_and_a_three_digit_order():
    with pytest.raises(ValueError, match="division"):
        compose_id("99", date(1940, 1, 1), 1)
