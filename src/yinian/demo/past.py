"""Doing something as if on an earlier day: the demo's decisions of past months bear the days they would have."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.utils import timezone

_real = dt.datetime


@contextmanager
def on(day: dt.date) -> Iterator[None]:
    """Inside, ``timezone.now()`` and what follows from it stand on ``day``, at this hour. Only the builder of a demo
    moves the clock."""
    shift = timezone.localdate() - day

    class Shifted(_real):
        """The clock, set back."""

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return _real.now(tz) - shift

    with mock.patch.object(timezone, "datetime", Shifted):
        yield
