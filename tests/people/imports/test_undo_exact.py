"""Whatever stood in the register: loading a list and taking it back leaves it as it was."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import A1, COUNTY, make_id_number, make_person, make_spell
from tests.people.imports.tools import AS_OF, csv_of, load, picture, row_of, take_back, upload

from yinian.people.models import Person, Spell

pytestmark = pytest.mark.django_db

DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2025, 12, 1))
RELIEF = st.sampled_from(["dibao", "marginal", "low_income", "tekun"])
DEPARTMENTS = st.sampled_from(["civil_affairs", "village", "disabled_federation"])

spells = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["relief", "disability"]),
        RELIEF,
        st.integers(1, 4),
        DAYS,
        st.one_of(st.none(), st.integers(1, 900)),
        DEPARTMENTS,
    ),
    max_size=6,
)
rows = st.lists(
    st.tuples(st.integers(0, 5), RELIEF, st.one_of(st.none(), st.dates(dt.date(2019, 1, 1), AS_OF)), st.booleans()),
    max_size=6,
    unique_by=lambda row: row[0],
)


class Rollback(Exception):
    pass


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(standing=spells, first=rows, second=rows, complete=st.tuples(st.booleans(), st.booleans()))
def test_loading_and_taking_back_leaves_the_register_as_it_was(cast, standing, first, second, complete):
    with pytest.raises(Rollback), transaction.atomic():
        people = [make_person(A1, name) for name in ("李桂花", "周建国", "陈秀英", "黄国强")]
        strangers = [
            {"name": name, "id_number": make_id_number(dt.date(1931, 3, n), "male", 300 + n), "village": "汴塘村"}
            for n, name in enumerate(("新一人", "新二人"), 1)
        ]
        for who, kind, value, grade, since, length, department in standing:
            until = since + dt.timedelta(days=length) if length else None
            taken = Spell.objects.filter(
                person=people[who], kind=kind, retracted_at__isnull=True, valid__overlap=(since, until)
            ).exists()
            if not taken and kind == "relief":
                make_spell(people[who], kind, value, since=since, until=until, department=department)
            elif not taken:
                make_spell(people[who], kind, "visual", grade, since=since, until=until, department=department)
        Person.objects.filter(pk=people[0].pk).update(phone=None, phone_index=None)

        def lines(chosen):
            made = []
            for who, value, since, disabled in chosen:
                row = row_of(people[who]) if who < 4 else dict(strangers[who - 4])
                row |= {"relief": value, "phone": f"1390000000{who}"}
                if since:
                    row["relief_from"] = since.isoformat()
                if disabled:
                    row |= {"category": "hearing", "grade": "2"}
                made.append(row)
            return made

        pictures, loaded = [], []
        for number, chosen in enumerate((first, second)):
            if not chosen:
                continue
            batch = upload(
                cast.bureau,
                "relief",
                csv_of("relief", lines(chosen)),
                COUNTY,
                complete=complete[number],
                as_of=AS_OF + dt.timedelta(days=30 * number),
            )
            pictures.append(picture())
            load(cast.bureau, batch)
            if batch.state == "committed":
                loaded.append(batch)
            else:
                pictures.pop()
        for batch, before in zip(reversed(loaded), reversed(pictures), strict=True):
            take_back(cast.bureau, batch)
            assert picture() == before
        raise Rollback
