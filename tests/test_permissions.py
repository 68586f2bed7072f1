"""The permission matrix, generated from the URL table: every page and endpoint × role × region.

A page whose right the role lacks answers 403; a thing out of scope answers 404; a refused call writes nothing.
An address that this test cannot fill with an object fails, so that no new page escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import cast as people
from tests.samples import samples

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b", re.IGNORECASE)
# Kept by the machinery of every request, not by the page.
OWN_TABLES = re.compile(r'"?(django_session|axes_\w+)"?')
REFUSED = {403, 404}


@dataclass(frozen=True)
class Address:
    """One entry of the URL table."""

    name: str
    pattern: str
    kwargs: tuple[str, ...]
    right: str | None
    is_open: bool
    methods: tuple[str, ...]
    also: tuple[str, ...] = ()
    post: str | None = None

    def __str__(self) -> str:
        return self.name

    def needed(self, method: str) -> list[str]:
        """Every right that sending ``method`` takes."""
        return [r for r in (self.right, *self.also, self.post if method == "POST" else None) if r is not None]


def _walk(resolver: URLResolver, namespace: str = "", prefix: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace == "api":
                yield from _endpoints(prefix + str(entry.pattern))
                continue
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, pattern)
        elif isinstance(entry, URLPattern):
            view: Any = entry.callback
            assert hasattr(view, "is_open"), f"{pattern} is declared neither by @page nor by @open_page"
            yield Address(
                f"{namespace}{entry.name}",
                pattern,
                tuple(entry.pattern.converters),
                view.right,
                view.is_open,
                tuple(getattr(view, "methods", ("GET",))), getattr(view, "also", ()), getattr(view, "post", None),
            )


def _endpoints(prefix: str) -> Iterator[Address]:
    from yinian.api.urls import api

    for router_prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                where = "/" + f"{router_prefix}{path}".replace("//", "/").lstrip("/")
                rights = [getattr(auth, "right", None) for auth in operation.auth_callbacks]
                assert rights and all(rights), f"the endpoint {where} names no right (auth=needs(...))"
                right, also = rights[0], operation.auth_callbacks[0].also
                yield Address(
                    f"api:{operation.methods[0]} {where}",
                    f"{prefix}{where}".replace("//", "/"),
                    tuple(re.findall(r"{(?:\w+:)?(\w+)}", where)),
                    right,
                    False,
                    tuple(operation.methods), also,
                )


ADDRESSES = list(_walk(get_resolver()))
# One of each role: what the same role reaches from another place is asked below, of things out of scope.
NAMES = sorted({*people.USERS, *people.SITE_USERS} - {"town_b", "village_a2", "village_b", "manager_b"})


def _url(address: Address, values: dict[str, Any]) -> str:
    if address.name.startswith("api:"):
        text = address.pattern
        for key, value in values.items():
            text = re.sub(rf"{{(?:\w+:)?{key}}}", str(value), text)
        return "/" + text.lstrip("/")
    return reverse(address.name, kwargs=values or None)


def _calls(address: Address) -> list[str]:
    return [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method in address.methods]


def _call(client: Any, method: str, url: str) -> tuple[int, list[str]]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        send = getattr(client, method.lower())
        response = send(
            url,
            **(
                {}
                if method == "GET"
                else {"content_type": "application/json", "data": "{}"}
                if url.startswith("/api/")
                else {}
            ),
        )
        if response.streaming:
            b"".join(response.streaming_content)
    written = [q["sql"] for q in captured if WRITES.match(q["sql"]) and not OWN_TABLES.search(q["sql"])]
    return response.status_code, written


@pytest.fixture(autouse=True)
def _short_refusals(monkeypatch, settings):
    """A refusal's status is what counts here, tens of thousands of times; how it looks is tested with the house's own
    pages. Sessions stay in memory and nothing is logged for the same reason."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"

    def short(request: Any, status: int, *_words: Any) -> HttpResponse:
        return HttpResponse(status=status)

    monkeypatch.setattr("yinian.core.pages.problem", short)
    monkeypatch.setattr("django.core.handlers.exception.log_response", lambda *_args, **_more: None)
    monkeypatch.setattr("django.core.handlers.base.log_response", lambda *_args, **_more: None)


@pytest.fixture
def world(site_cast: SimpleNamespace) -> SimpleNamespace:
    """The cast, with one of everything inside town A and one of everything in the neighbouring county."""
    site_cast.samples = samples(site_cast)
    return site_cast


def test_every_address_with_a_thing_in_it_has_a_sample(world):
    missing = sorted(
        {
            f"{a.name} {key}"
            for a in ADDRESSES
            for key in a.kwargs
            if a.name not in world.samples and key not in world.samples
        }
    )
    assert not missing, f"add samples for: {missing}"


def _values(world: SimpleNamespace, address: Address, which: int) -> dict[str, Any]:
    given = world.samples.get(address.name)
    return {key: (given or world.samples)[key][which] for key in address.kwargs}


def _reach(name: str) -> tuple[bool, int]:
    """How far a role's scope goes: within a home or not, and how fine its region."""
    _role, region = {**people.USERS, **people.SITE_USERS}[name]
    return name in people.SITE_USERS, len(region)


def _takes_part(world: SimpleNamespace, name: str, address: Address, method: str) -> bool:
    """Whether this role opens a page or sends a form that it may. Of each reach the first one sends, for its action
    asks for the reach, and the first two look: to draw every page for every role would be most of all tests' time."""
    needed, number = address.needed(method), 2 if method == "GET" else 1
    able = [one for one in NAMES if _reach(one) == _reach(name) and all(getattr(world, one).may(r) for r in needed)]
    return name in able[:number]


def _reached(user: Any, address: Address) -> list[str]:
    return [method for method in _calls(address) if all(user.may(right) for right in address.needed(method))]


def _asks_in_vain(world: SimpleNamespace, name: str, address: Address) -> bool:
    """Whether this role is the one that asks for an address it lacks every right to. One guard refuses everybody, so
    that every address is asked by the role that has almost none, by every method, and by one of the others."""
    lacking = [other for other in NAMES if not _reached(getattr(world, other), address)]
    return name in ("screen", lacking[crc32(address.name.encode()) % len(lacking)])


@pytest.mark.parametrize("name", NAMES)
def test_a_role_reaches_what_its_rights_say_and_nothing_else(world, name):
    user = getattr(world, name)
    client = people.client_for(user)
    client.raise_request_exception = False
    wrong = []
    for address in ADDRESSES:
        if address.is_open:
            continue
        reached = _reached(user, address)
        if not reached and not _asks_in_vain(world, name, address):
            continue
        tried = _calls(address) if reached or name == "screen" else _calls(address)[:1]
        for method in tried:
            url = _url(address, _values(world, address, 0))
            may = method in reached
            if may and not _takes_part(world, name, address, method):
                continue
            status, written = _call(client, method, url)
            if not may and status != 403:
                wrong.append(f"{method} {address}: {status} without the right {address.right}")
            # A page of no right is one's own account or job; what of it is another's, its action refuses.
            if may and ((status == 403 and address.right is not None) or status >= 500):
                wrong.append(f"{method} {address}: {status} with the right {address.right}")
            if status in REFUSED and written:
                wrong.append(f"{method} {address}: refused with {status} and wrote {written[0][:80]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["stranger", "town_b", "village_b", "manager_b"])
def test_a_thing_out_of_scope_is_not_there(world, name):
    user = getattr(world, name)
    client = people.client_for(user)
    client.raise_request_exception = False
    wrong = []
    for address in ADDRESSES:
        if address.is_open or not address.kwargs:
            continue
        shared = world.samples["everywhere"] | (world.samples["countywide"] if name != "stranger" else set())
        if address.name in shared:
            continue
        # An endpoint reads the body before it looks for the thing: an empty body is refused whatever the number.
        refused = {404, 422} if address.name.startswith("api:") else {404}
        for method in _calls(address):
            if not all(user.may(right) for right in address.needed(method)):
                continue
            status, written = _call(client, method, _url(address, _values(world, address, 0)))
            if status not in refused:
                wrong.append(f"{method} {address}: {status} for a thing out of scope")
            if written:
                wrong.append(f"{method} {address}: wrote {written[0][:80]}")
    assert not wrong, "\n".join(wrong)


def test_a_stranger_to_the_house_is_sent_to_the_login(world, client):
    wrong = []
    for address in ADDRESSES:
        if address.is_open:
            continue
        for method in _calls(address):
            status, written = _call(client, method, _url(address, _values(world, address, 0)))
            if status not in {302, 401, 403} or written:
                wrong.append(f"{method} {address}: {status} {written[:1]}")
    assert not wrong, "\n".join(wrong)
