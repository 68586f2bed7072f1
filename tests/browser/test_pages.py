"""Every page as its role sees it: no serious axe finding, fits a phone, and no English on a Chinese page."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

PAGES = {
    "bureau_officer": [
        "/desk/", "/people/", "/people/{person}/", "/people/{person}/timeline/", "/people/new/", "/people/duplicates/",
        "/people/conflicts/", "/people/imports/", "/people/imports/new/", "/services/", "/services/list/",
        "/services/people/?service=advanced-age-allowance&measure=due", "/services/changes/", "/services/runs/",
        "/services/runs/start/", "/services/person/{person}/", "/homes/", "/homes/{home}/", "/homes/free-beds/",
        "/homes/board/", "/homes/waiting/", "/homes/applications/", "/homes/balance/", "/homes/rosters/",
        "/homes/guidance/", "/homes/stores/", "/homes/central/", "/homes/occupancy/", "/homes/directors/",
        "/medical/", "/medical/beds/",
        "/places/", "/places/regions/", "/places/sites/{home}/", "/workforce/", "/settings/",
        "/plans/", "/plans/documents/import/", "/plans/documents/1/", "/plans/documents/1/review/",
        "/plans/documents/1/items/",
        "/plans/documents/1/compare/", "/plans/documents/1/edit/", "/plans/items/60/",
        "/indicators/", "/indicators/of/older-people/", "/indicators/reports/",
        "/indicators/of/visit-rate-month/report/",
        "/users/", "/jobs/", "/calendar/", "/work/", "/demo/", "/search/?q=li",
        "/plans/overview/", "/plans/tasks/", "/plans/gantt/", "/plans/month/", "/plans/targets/", "/plans/standards/",
        "/plans/projects/", "/plans/meetings/", "/plans/letters/", "/plans/dispatches/", "/plans/units/",
        "/plans/units/names/", "/plans/feed/", "/plans/meetings/new/", "/plans/dispatches/new/",
        "/services/corrections/?by_hand=1", "/services/drafts/compare/", "/services/drafts/1/blank/",
    ],
    "unit_officer": ["/desk/", "/plans/mine/", "/plans/tasks/", "/plans/gantt/", "/plans/month/", "/plans/letters/"],
    "village_worker": ["/desk/", "/people/", "/services/check/", "/services/"],
    "auditor": ["/audit/", "/audit/reveals/"],
    "home_manager": [
        "/desk/", "/homes/{home}/", "/workforce/", "/homes/{home}/care/", "/homes/{home}/care/records/",
        "/homes/{home}/hand-over/", "/homes/{home}/codes/", "/homes/incidents/", "/homes/incidents/figures/",
        "/homes/{home}/roster/", "/homes/{home}/meals/", "/homes/{home}/kitchen/", "/homes/{home}/door/",
        "/homes/{home}/garden/", "/homes/{home}/thresholds/", "/homes/{home}/incident/", "/homes/{home}/money/",
        "/homes/{home}/store/", "/homes/{home}/director/", "/homes/fees/refunds/",
    ],
}
# Words that are the same in both languages: file kinds, units, keys, codes.
NOT_ENGLISH = re.compile(
    r"\b(Excel|Word|mmHg|mmol/L|CSV|PDF|ID|GB/?T|km|Yinian|xlsx|xls|Ctrl|Alt|Tab|Enter|SYN\S*|HM\d+|[A-Z]|v?\d\S*|[0-9a-f]{6,}|sha256|"
    r"https?://\S+|cn(/\w+)*|minzheng|\w*\d\w*|English)\b"
)


AXE = Axe().axe_script
# Colours fade from light to dark: the fading begins with the next frame, and is then brought to its end.
SETTLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    document.getAnimations().forEach(one => one.finish());
    done();
})))"""
# What a narrow window and dark colours can change; names, roles and order are the same as in the light.
SEEN_ONLY = {"runOnly": {"type": "rule", "values": [
    "color-contrast", "link-in-text-block", "scrollable-region-focusable", "aria-hidden-focus",
    "meta-viewport", "button-name", "link-name", "target-size",
]}, "rules": {"target-size": {"enabled": True}}}


def _fill(site, path: str) -> str:
    if "{" not in path:
        return path
    person, home = site.python(
        "from yinian.core.models import Posting; from yinian.people.models import Person\n"
        "village = Posting.objects.get(user__username='cun').region_id\n"
        "p = Person.objects.filter(region__code__startswith=village, state='living').order_by('birth_date')[0]\n"
        "print(p.pk, Posting.objects.get(user__username='jigou').site_ref)"
    ).split()
    return path.format(person=person, home=home)


def _english(page) -> list[str]:
    """Runs of two or more English words that a reader of the Chinese page would see."""
    text = page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const host = node.parentElement;
                if (!host || ['SCRIPT', 'STYLE'].includes(host.tagName)) continue;
                if (host.closest('[lang=en],code,.mono,canvas')) continue;
                found.push(node.textContent);
            }
            for (const e of document.querySelectorAll('[aria-label],[placeholder],[title]'))
                for (const a of ['aria-label', 'placeholder', 'title'])
                    if (e.getAttribute(a) && !e.closest('[lang=en]')) found.push(e.getAttribute(a));
            return found;
        }"""
    )
    found = []
    for piece in text:
        rest = NOT_ENGLISH.sub(" ", piece)
        found += re.findall(r"[A-Za-z]{3,}(?:[ ,'-]+[A-Za-z]+)+|^[A-Z][a-z]{3,}$", rest.strip())
    return sorted(set(found))


@pytest.mark.parametrize("role", list(PAGES))
def test_pages_are_accessible_fit_a_phone_and_speak_chinese(as_role, site, role, tmp_path):
    faults: list[str] = []
    page = as_role(role, DESKTOP).page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for number, path in enumerate(PAGES[role]):
        # A page is loaded once, wide and light; then the window becomes a phone's and the colours dark.
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        answer = page.goto(site.url + _fill(site, path))
        assert answer is not None
        if answer.status != 200:
            faults.append(f"{role} {path}: answered {answer.status}")
            continue
        page.wait_for_function("() => !document.querySelector('.htmx-request')")  # parts that come by themselves
        page.evaluate(AXE)
        faults += [f"{role} {path}: {fault}" for fault in _looked_at(page, DESKTOP, "html", {})]
        faults += [f"{role} {path}: English: {words}" for words in _english(page)]
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        page.evaluate(SETTLED)
        part = "main" if number else "html"  # the frame about it is everywhere the same
        faults += [f"{role} {path} on a dark phone: {fault}" for fault in _looked_at(page, PHONE, part, SEEN_ONLY)]
        faults += [f"{role} {path}: script error: {error}" for error in errors]
        errors.clear()
    assert not faults, "\n".join(faults)


def _looked_at(page, viewport: dict[str, int], part: str, rules: dict[str, object]) -> list[str]:
    """What is wrong with the page as it stands: too wide for the window, or a serious finding of axe's."""
    width = page.evaluate("document.documentElement.scrollWidth")
    # Pins of a map lie where the homes are; the list beside it has the same links, large enough for a thumb.
    found = page.evaluate(
        "([part, rules]) => axe.run({include: [part], exclude: ['.leaflet-marker-pane']},"
        " {resultTypes: ['violations'], ...rules})",
        [part, rules],
    )
    return [
        *([f"scrolls sideways, {width} px wide"] if width > viewport["width"] else []),
        *(
            f"{violation['id']} ({violation['impact']}) at {violation['nodes'][0]['target']}: "
            f"{violation['nodes'][0]['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in {"serious", "critical"}
        ),
    ]


def test_the_login_is_accessible_and_says_what_was_wrong(site, chromium):
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site.url}/login/")
    found = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}]
    assert not found
    page.fill("input[name=username]", "nobody")
    page.fill("input[name=password]", "wrong")
    page.click("main button[type=submit]")
    assert page.input_value("input[name=username]") == "nobody"
    assert page.locator("[role=alert]").first.is_visible()
    context.close()


def test_the_keyboard_alone_reaches_the_search_and_the_content(as_role):
    page = as_role("bureau_officer").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
