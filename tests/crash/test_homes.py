"""Many officers admit many people to few beds on the served platform, and its web server is killed meanwhile."""

import http.cookiejar
import json
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from tests.cast import PASSWORD
from tests.crash.crashkit.home import BEDS, OFFICERS, PEOPLE
from tests.crash.ground import SECONDS, Ground, answers, assert_chain_is_whole, children, served, until

pytestmark = pytest.mark.crash

PREPARE = "home"
NOBODY = (OSError, urllib.error.URLError)  # the server was gone: whether the act was kept is not known


class Officer:
    """A logged-in caller of the interface."""

    def __init__(self, port: int, name: str) -> None:
        self.url, self.jar = f"http://127.0.0.1:{port}", http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        self.opener.open(f"{self.url}/login/", timeout=SECONDS).read()
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": self._token()}
        self.opener.open(f"{self.url}/login/", urllib.parse.urlencode(form).encode(), timeout=SECONDS).read()

    def _token(self) -> str:
        return next(cookie.value or "" for cookie in self.jar if "csrf" in cookie.name)

    def admit(self, person: int, bed: int) -> int:
        """The answer's status; raises one of :data:`NOBODY` where none came."""
        given = {"person": person, "bed": bed, "basis": "private", "on": time.strftime("%Y-%m-%d")}
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token(), "Referer": self.url}
        request = urllib.request.Request(f"{self.url}/api/homes/stays", json.dumps(given).encode(), headers)
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code


def test_no_bed_and_nobody_is_given_twice_however_many_ask_and_whatever_dies(ground: Ground) -> None:
    serving, port = served(ground)
    people = [row[0] for row in ground.rows("SELECT id FROM people_person ORDER BY id")]
    beds = [row[0] for row in ground.rows("SELECT id FROM places_bed ORDER BY id")]
    assert (len(people), len(beds)) == (PEOPLE, BEDS)
    told: list[tuple[int, int]] = []
    statuses: set[int] = set()
    faults: list[BaseException] = []

    def work(officer: Officer, chance: random.Random) -> None:
        wanted = [(person, bed) for person in people for bed in beds]
        chance.shuffle(wanted)
        try:
            for person, bed in wanted:
                while True:
                    try:
                        status = officer.admit(person, bed)
                        break
                    except NOBODY:
                        time.sleep(0.2)
                statuses.add(status)
                if status == 201:
                    told.append((person, bed))
        except BaseException as fault:
            faults.append(fault)

    officers = [Officer(port, name) for name in OFFICERS]
    hands = [
        threading.Thread(target=work, args=(officer, random.Random(number))) for number, officer in enumerate(officers)
    ]
    web = children(serving)["web"]
    for hand in hands:
        hand.start()
    until(lambda: bool(told), lambda: (statuses, faults, ground.log("serve")[-3000:]))
    web.kill()
    for hand in hands:
        hand.join(SECONDS)
    assert not faults and not any(hand.is_alive() for hand in hands), faults
    assert children(serving)["web"].pid != web.pid and answers(port)

    lying = ground.rows("SELECT person_id, bed_id FROM homes_stay")
    assert len(lying) == BEDS == len({bed for _person, bed in lying}) == len({person for person, _bed in lying})
    assert set(told) <= set(lying), "an admission that was told is gone"
    assert statuses == {201, 422}, "whoever came too late is told so"
    assert ground.one("SELECT count(*) FROM core_auditrow WHERE action = 'homes.admit'") == BEDS
    serving.terminate()
    assert serving.wait(SECONDS) == 0
    assert_chain_is_whole(ground)
