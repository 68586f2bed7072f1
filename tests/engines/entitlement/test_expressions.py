"""What may be written in a pack, and what each form means; what may not, and how it is refused."""

from datetime import date
from fractions import Fraction

import pytest

from yinian.engines.entitlement import FACTS, PackError
from yinian.engines.entitlement.explain import row_of_facts
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.tree import Given, Type, Value, bind, months_between, value_of, years_between

PARAMETERS: dict[str, Type] = {"money": "number", "name": "text", "day": "date", "yes": "bool"}
VALUES: dict[str, Value] = {
    "money": Fraction(70000), "name": "430681%", "day": date(2024, 1, 1), "yes": True,
}  # fmt: skip
DAY = date(2025, 3, 1)


def value(text: str, **facts: object) -> Value:
    tree = parse_expression(text, PARAMETERS, file="a.yaml", line=7)
    row = row_of_facts({"person_id": "p", **facts}, DAY)
    return value_of(tree, Given(DAY, VALUES, row))


def refusal(text: str, expect: Type | None = None) -> str:
    with pytest.raises(PackError) as caught:
        parse_expression(text, PARAMETERS, file="services/a.yaml", line=7, expect=expect)
    assert str(caught.value).startswith("services/a.yaml:7: expression `")
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("age >= 80", {"age": 80}, True),
        ("AGE >= 80 -- upper case is the same fact", {"age": 79}, False),
        ("age >= 80", {}, None),
        ("age BETWEEN 80 AND 89", {"age": 89}, True),
        ("age NOT BETWEEN 80 AND 89", {"age": 89}, False),
        ("age BETWEEN 80 AND NULLIFIED", {}, PackError),
        ("relief IN ('dibao', 'tekun')", {"relief": "tekun"}, True),
        ("relief NOT IN ('dibao', 'tekun')", {}, None),
        ("hukou_region LIKE '430681%'", {"hukou_region": "430681100"}, True),
        ("hukou_region LIKE param('name')", {"hukou_region": "430682"}, False),
        ("hukou_region NOT LIKE '4306_1%'", {"hukou_region": "430681"}, False),
        ("hukou_region LIKE '43.681'", {"hukou_region": "430681"}, False),
        ("dementia", {"dementia": True}, True),
        ("NOT dementia", {}, None),
        ("dementia = FALSE", {"dementia": False}, True),
        ("dementia IS NULL", {}, True),
        ("age IS NOT NULL", {}, False),
        ("dementia OR age >= 80", {"age": 81}, True),
        ("dementia OR age >= 80", {"age": 79}, None),
        ("dementia AND age >= 80", {"age": 79}, False),
        ("dementia AND age >= 80", {"age": 81}, None),
        ("birth_date < DATE '1945-01-01'", {"birth_date": date(1944, 12, 31)}, True),
        ("birth_date <= as_of()", {"birth_date": date(2025, 3, 1)}, True),
        ("param('yes') AND param('day') < as_of()", {}, True),
        ("COALESCE(ability_level, 0) >= 2", {}, False),
        ("CASE relief WHEN 'dibao' THEN TRUE ELSE FALSE END", {"relief": "dibao"}, True),
    ],
)
def test_a_test_is_true_false_or_unknown(text: str, facts: dict[str, object], expected: object) -> None:
    if expected is PackError:
        assert "there is no fact" in refusal(text)
    else:
        assert value(text, **facts) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("155000 / 3", Fraction(155000, 3)),
        ("5400 / 12 * 1.3", Fraction(585)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("param('money') * 1.3", Fraction(91000)),
        ("-(3) - -2", Fraction(-1)),
        ("1 - 2 - 3", Fraction(-4)),
        ("7 / 0", None),
        ("ROUND(2.5)", Fraction(3)),
        ("ROUND(-2.5)", Fraction(-3)),
        ("ROUND(51666.6667, -2)", Fraction(51700)),
        ("ROUND(1.005, 2)", Fraction(101, 100)),
        ("FLOOR(-0.5)", Fraction(-1)),
        ("CEIL(-0.5)", Fraction(0)),
        ("ABS(-1.5)", Fraction(3, 2)),
        ("LEAST(3, 2.5)", Fraction(5, 2)),
        ("GREATEST(3, age)", Fraction(3)),
        ("COALESCE(age, 4)", Fraction(4)),
        ("CASE WHEN age >= 100 THEN 200 WHEN age IS NULL THEN 1 ELSE 5 END", Fraction(1)),
        ("CASE WHEN age >= 100 THEN 200 END", None),
        ("days_between(DATE '2024-02-28', DATE '2024-03-01')", Fraction(2)),
        ("days_between(DATE '2024-03-01', DATE '2024-02-28')", Fraction(-2)),
    ],
)
def test_arithmetic_is_exact_and_a_half_goes_away_from_zero(text: str, expected: Fraction | None) -> None:
    assert value(text) == expected
    assert value_of(bind(parse_expression(text, PARAMETERS), DAY, VALUES), Given(DAY, {}, {})) == expected


def test_twenty_ninth_of_february_comes_of_age_on_first_of_march() -> None:
    born = date(1944, 2, 29)
    assert years_between(born, date(2024, 2, 28)) == 79
    assert years_between(born, date(2024, 2, 29)) == 80
    assert years_between(born, date(2025, 2, 28)) == 80
    assert years_between(born, date(2025, 3, 1)) == 81


def test_months_are_complete_once_their_day_is_reached() -> None:
    assert months_between(date(2024, 1, 31), date(2024, 2, 29)) == 0
    assert months_between(date(2024, 1, 31), date(2024, 3, 1)) == 1
    assert months_between(date(2024, 1, 31), date(2024, 3, 31)) == 2
    assert months_between(date(2024, 3, 31), date(2024, 1, 31)) == -2
    assert years_between(date(2025, 3, 1), date(2024, 2, 29)) == -1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agee >= 80", "did you mean `age`"),
        ("wealth > 3", "there is no fact `wealth`"),
        ("param('moneys') > 1", "did you mean `money`"),
        ("param(money) > 1", "quoted name"),
        ("age >= '80'", "a number cannot be compared with text"),
        ("dementia > TRUE", "cannot be put in order"),
        ("dementia = 1", "a yes-or-no value cannot be compared with a number"),
        ("birth_date < '1945-01-01'", "a date cannot be compared with text"),
        ("relief = 'dibo'", "possible are 'dibao', 'low_income'"),
        ("'poor' <> relief", "can never occur"),
        ("relief IN ('dibao', 'poor')", "can never occur"),
        ("COALESCE(relief, 'none') = 'poor'", "can never occur"),
        ("ability_level = 5", "can never occur"),
        ("age = NULL", "IS NULL"),
        ("dementia IS TRUE", "IS takes NULL"),
        ("age + dementia > 1", "a yes-or-no value where a number"),
        ("NOT age", "a number where a yes-or-no value"),
        ("age >= 80 AND 1", "a number where a yes-or-no value"),
        ("CASE WHEN dementia THEN 1 ELSE 'a' END > 1", "mixes"),
        ("COALESCE(NULL, NULL) = 1", "always NULL"),
        ("CAST(age AS TEXT) = '1'", "conversions are not allowed"),
        ("DATE '2024-02-30' < birth_date", "is not a date"),
        ("age IN (SELECT 1)", "IN takes a list"),
        ("EXISTS (SELECT 1)", "not allowed"),
        ("age = 1; age = 2", "exactly one expression"),
        ("SELECT 1", "not allowed"),
        ("read_csv('/etc/passwd') = 1", "not allowed"),
        ("getenv('HOME') = 'x'", "there is no function `getenv`"),
        ("hukou_region LIKE relief", "quoted pattern"),
        ("hukou_region ILIKE 'a'", "not allowed"),
        ("hukou_region || 'a' = 'b'", "not allowed"),
        ("facts.age > 1", "not the name of a fact"),
        ("CURRENT_DATE > birth_date", "not allowed"),
        ("age % 2 = 1", "not allowed"),
        ("NOT @ = age", "not a valid SQL expression"),
        ("age >", "not a valid SQL expression"),
        ("age > 1e9", "not a plain number"),
        ("ROUND(age, age) > 1", "decimals of ROUND"),
        ("ROUND(age, 9) > 1", "decimals of ROUND"),
        ("as_of(1) > birth_date", "takes nothing"),
        ("years_between(birth_date) > 1", "takes two dates"),
        ("years_between(birth_date, age) > 1", "a number where a date"),
        ("  ", "is empty"),
        ("(" * 80 + "age > 1" + ")" * 80, "nested deeper"),
        ("NOT " * 300 + "dementia", "nested"),
        ("age > 1 OR " * 500 + "age > 1", "longer than 4000"),
        ("age", "must give a yes-or-no value"),
    ],
)
def test_what_is_not_on_the_list_is_refused_with_file_line_and_reason(text: str, words: str) -> None:
    assert words in refusal(text, expect="bool")


def test_every_fact_has_its_labels_in_both_languages() -> None:
    for fact in FACTS.values():
        assert fact.label.zh and fact.label.en
        assert all(words.zh and words.en for words in fact.values.values())
