"""Reading a thing once while one page is made: its parts ask for the same things and need not know of each other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_kept: ContextVar[dict[Any, Any] | None] = ContextVar("yinian_reading", default=None)


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Inside, a reader marked with :func:`once` is asked once for the same arguments. Nothing it reads may be written
    meanwhile. Requests that only read are made so (``core.middleware.ReadingMiddleware``)."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once(read: Callable[P, R]) -> Callable[P, R]:
    """Mark a reader whose answer may serve all parts of a page: arguments that can be hashed, an answer nobody
    changes. Outside of :func:`at_one_moment` it reads anew each time."""

    named = signature(read)

    @wraps(read)
    def reader(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return read(*args, **kwargs)
        asked = named.bind(*args, **kwargs)
        asked.apply_defaults()
        key = (read, *asked.arguments.values())
        if key not in kept:
            kept[key] = read(*args, **kwargs)
        found: R = kept[key]
        return found

    return reader
