"""Pages over the full register against a bare Django page, in one run.

The bare page is Django's own ListView of the same table: 50 people with their village, eight columns, Django's
template engine, a login, and nothing else (no scope, search, filters, circumstances, frame or translation). Beside
it stands the floor: a compiled template over 50 rows from memory through the same middleware, which reads no data.
Each request is followed by one for both, so that what else the machine does weighs on all. Printed: milliseconds
(median), the ratios to the bare page and to the floor, and the queries made.

Run: `./run bench pages`, or `python benchmarks/pages.py` in the environment. It reads the demo that stands in
YINIAN_DATA; where there is none it builds one in a scratch folder and deletes it afterwards.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _machine import ROOT, describe

from yinian.cli import platform
from yinian.cli.demo import marker
from yinian.core import pgserver

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

MOST_TIMES_BARE = 8.0
MOST_QUERIES_LIST = 12
MOST_QUERIES_PERSON = 30
BARE = "/bare/"
FLOOR = "/floor/"
ROUNDS = 25
WARM_UP = 3


def main() -> int:
    if os.environ.get("DATABASE_URL") or (marker(platform.data_folder()) or {}).get("state") == "built":
        with platform.database():
            return measured()
    data = Path(tempfile.mkdtemp(prefix="yinian-bench-"))
    data.chmod(0o755)
    os.environ["YINIAN_DATA"] = str(data)
    try:
        print("No demo stands in the data folder; one is built in a scratch folder.", flush=True)
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-m", "yinian.cli", "demo", "--no-serve"]
        if subprocess.run(command, env=surroundings, cwd=data, stdout=subprocess.DEVNULL).returncode:
            print("benchmarks/pages.py: the demo could not be built", file=sys.stderr)
            return 1
        with platform.database():
            return measured()
    finally:
        pgserver.remove(data)
        shutil.rmtree(data, ignore_errors=True)


def measured() -> int:
    """Measure every page on the running database; 1 when a promise is not kept."""
    platform.setup_django()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings
    from django.urls import path

    import yinian.urls as real
    from yinian.core.models import Posting
    from yinian.people.models import Person

    people = Person.objects.count()
    if people < 1000:
        print("benchmarks/pages.py: the register is empty; build the demo first: ./run demo", file=sys.stderr)
        return 2
    officer = Posting.objects.filter(role="bureau_officer").select_related("user").earliest("pk").user
    # Somebody of whom much is known: the page with the most to show.
    person = (
        Person.objects.filter(state="living", id_index__isnull=False, spells__kind="relief")
        .order_by("birth_date", "pk")
        .first()
    )
    assert person is not None
    urls = type(sys)("bare_urls")
    own = [path("bare/", _bare_list()), path("floor/", _floor)]
    vars(urls).update(vars(real) | {"urlpatterns": [*own, *real.urlpatterns]})
    sys.modules["bare_urls"] = urls
    find = lambda **words: "/people/?" + urlencode(words)  # noqa: E731
    pages = [
        ("the floor: 50 rows from memory", FLOOR, None),
        ("a bare Django list of 50 people", BARE, None),
        ("people list", "/people/", MOST_QUERIES_LIST),
        ("people list, one town", find(region=person.region_id[:9]), MOST_QUERIES_LIST),
        ("people list, 80 to 89, by age", find(age="80", sort="-age"), MOST_QUERIES_LIST),
        ("people list, not yet assessed", find(ability="unknown"), MOST_QUERIES_LIST),
        ("search by name", find(q=person.name[:2]), MOST_QUERIES_LIST),
        ("search by initials", find(q=person.name_initials[:3]), MOST_QUERIES_LIST),
        ("search by pinyin", find(q=person.name_pinyin[:6]), MOST_QUERIES_LIST),
        ("search by ID tail", find(q=person.id_number[-6:]), MOST_QUERIES_LIST),
        ("search by village", find(q=person.region.name), MOST_QUERIES_LIST),
        ("search without a find", find(q="zzzzzz"), MOST_QUERIES_LIST),
        ("person page", f"/people/{person.pk}/", MOST_QUERIES_PERSON),
        ("county overview", "/services/", None),
        ("work desk", "/desk/", None),
    ]
    failed = []
    with override_settings(ROOT_URLCONF="bare_urls", ALLOWED_HOSTS=["testserver"]):
        client = Client(raise_request_exception=False)
        client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
        print(f"{describe()}\n{people:,} people; median of {ROUNDS} requests\n")
        print(f"{'page':<34}{'ms':>9}{'x bare':>9}{'x floor':>9}{'queries':>9}", flush=True)

        def timed(url: str) -> tuple[float, int]:
            """Milliseconds and the status of one request."""
            started = time.perf_counter()
            response = client.get(url)
            return (time.perf_counter() - started) * 1000, response.status_code

        for name, url, most_queries in pages:
            rounds = [(timed(url), timed(BARE), timed(FLOOR)) for _turn in range(WARM_UP + ROUNDS)][WARM_UP:]
            answered = {status for turn in rounds for _took, status in turn}
            if answered != {200}:
                failed.append(f"{name}: answered {', '.join(map(str, sorted(answered)))}")
                print(f"{name:<34}{'failed':>9}")
                continue
            with CaptureQueriesContext(connection) as captured:
                client.get(url)
            queries = len(captured)
            median, bare, floor = (statistics.median(turn[n][0] for turn in rounds) for n in range(3))
            ratio = median / bare
            print(f"{name:<34}{median:>9.1f}{ratio:>9.2f}{median / floor:>9.2f}{queries:>9}", flush=True)
            if name.startswith(("people list", "search")) and ratio > MOST_TIMES_BARE:
                failed.append(f"{name}: {ratio:.1f} times the bare page; at most {MOST_TIMES_BARE:g} are promised")
            if most_queries is not None and queries > most_queries:
                failed.append(f"{name}: {queries} queries; at most {most_queries} are promised")
        client.logout()
    print(f"\ndata folder: {settings.DATA}" if "DATABASE_URL" not in os.environ else "")
    platform.close_connections()
    for line in failed:
        print(f"NOT REACHED  {line}")
    return 1 if failed else 0


_compiled: list[object] = []


def _bare_list() -> Callable[..., HttpResponse]:
    """Django's ListView of people, as its tutorial would write it."""
    from django.contrib.auth.mixins import LoginRequiredMixin
    from django.http import HttpResponse
    from django.template import Context, Engine
    from django.views.generic import ListView

    from yinian.people.models import Person

    template = Engine().from_string(
        "<!doctype html><title>bare</title><p>{{ user }}</p><table>{% for p in people %}<tr><td>{{ p.name }}</td>"
        "<td>{{ p.sex }}</td><td>{{ p.birth_date|date:'Y-m-d' }}</td><td>{{ p.region.name }}</td>"
        "<td>{{ p.household_no }}</td><td>{{ p.state }}</td><td>{{ p.hukou_code }}</td><td>{{ p.created_from }}</td>"
        "</tr>{% endfor %}</table>{% if page_obj.has_next %}<a href='?page=2'>next</a>{% endif %}"
    )

    class People(LoginRequiredMixin, ListView):  # type: ignore[type-arg]
        queryset = Person.objects.filter(state="living").select_related("region").order_by("region", "name", "id")
        paginate_by = 50
        context_object_name = "people"

        def render_to_response(self, context: dict[str, object], **_more: object) -> HttpResponse:
            return HttpResponse(template.render(Context({**context, "user": str(self.request.user)})))

    return People.as_view()


def _floor(request: HttpRequest) -> HttpResponse:
    """50 rows of eight cells in a Jinja2 table, from memory, for a user who is logged in."""
    from django.http import HttpResponse
    from django.template import engines

    if not _compiled:  # a page's own template is compiled once, too
        _compiled.append(
            engines.all()[0].from_string(
                "<!doctype html><title>floor</title><p>{{ user }}</p><table>{% for row in rows %}<tr>"
                "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
            )
        )
    rows = [[f"{n}-{m}" for m in range(8)] for n in range(50)]
    return HttpResponse(_compiled[0].render({"rows": rows, "user": str(request.user)}, request))  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
