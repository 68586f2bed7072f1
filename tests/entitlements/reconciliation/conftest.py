"""A report of payments as a department would send it, and the jobs that check it and take it in, here and now."""

import csv
import io
from typing import Any

import pytest

from tests import cast as people
from tests.entitlements.adjustments.conftest import JULY, months
from tests.entitlements.conftest import doing
from yinian.entitlements.models import PaidBatch
from yinian.entitlements.reconciliation import actions

__all__ = ["months"]

HEAD = ("姓名", "身份证号", "村(社区)", "发放项目", "月份", "金额(元)")


def report(*rows: tuple[Any, ...]) -> io.BytesIO:
    """Rows of name, ID number, village, item, month, yuan as a file."""
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    file = io.BytesIO(text.getvalue().encode("utf-8-sig"))
    file.name = "发放.csv"
    return file


def row(person: Any, item: str = "高龄津贴", yuan: Any = 50, month: str = "2024-07", **other: Any) -> tuple[Any, ...]:
    """A payment to a person of the register."""
    return (other.get("name", person.name), other.get("number", person.id_number), "", item, month, yuan)


def checked(
    actor: Any, file: io.BytesIO, *, complete: bool = False, region: str = people.COUNTY, **more: Any
) -> PaidBatch:
    """Upload and check."""
    batch = actions.upload(actor, file, region=region, department="civil_affairs", source="one_card", month=JULY,
                           complete=complete, **more)
    actions.check(doing(batch.job))
    batch.refresh_from_db()
    return batch


def again(actor: Any, batch: PaidBatch) -> PaidBatch:
    """Check once more."""
    job = actions.check_again(actor, batch.pk)
    actions.check(doing(job))
    return PaidBatch.objects.get(pk=batch.pk)


def taken_in(actor: Any, batch: PaidBatch) -> PaidBatch:
    """Take in what was checked."""
    batch = PaidBatch.objects.get(pk=batch.pk)
    actions.commit(doing(actions.start_commit(actor, batch.pk, batch.version)))
    return PaidBatch.objects.get(pk=batch.pk)


@pytest.fixture
def world(months: Any, cast: Any, folk: dict[str, Any]) -> dict[str, Any]:
    """July to September approved; a few people each for one finding of July."""
    return folk
