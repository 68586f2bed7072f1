"""At the bedside on a phone: a bed's code is opened, a task and a value recorded in three taps, without signal too."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, fits

pytestmark = pytest.mark.browser


def _bed(site):
    """The code of a bed of the demo home whose resident has two tasks due: its token, the stay, the person's name."""
    return site.python(
        "from django.utils import timezone\n"
        "from yinian.core.models import Posting\n"
        "from yinian.homes.models import BedTag, Duty, Regime, Stay\n"
        "home = Posting.objects.get(user__username='huli').site_ref\n"
        "today, now = timezone.localdate(), timezone.localtime()\n"
        "stay = Stay.objects.filter(bed__site=home, period__contains=today).order_by('pk').first()\n"
        "regime = Regime.objects.get(person=stay.person, held__contains=today)\n"
        "slot = now.hour * 60 + now.minute\n"
        "for task in ('drink', 'toilet'):\n"
        "    Duty.objects.filter(regime=regime, task=task).delete() if not regime.duties.filter("
        "task=task, records__isnull=False).exists() else None\n"
        "    Duty.objects.update_or_create(regime=regime, task=task, defaults=dict(times=[slot], origin='own'))\n"
        "print(BedTag.objects.get(bed=stay.bed).token, stay.pk, stay.person.name)"
    ).split()


def _records(site, stay):
    return site.python(
        "from yinian.homes.models import CareRecord, Stay, Vital\n"
        f"s = Stay.objects.get(pk={stay})\n"
        "r = CareRecord.objects.filter(duty__regime__person=s.person, recorded_by__username='huli',"
        " duty__task__in=('drink', 'toilet'), duty__origin='own')\n"
        "print(r.count(), r.filter(outcome='not', reason='refused').count(),"
        " Vital.objects.filter(person=s.person, kind='pulse', value=76).count())"
    )


def test_a_bed_s_code_opens_the_sheet_and_three_taps_record_with_and_without_signal(as_role, site):
    token, stay, name = _bed(site)
    assert name not in token
    page = as_role("huli", PHONE).page
    page.goto(f"{site.url}/homes/bedside/{token}/")
    expect(page.locator("h1")).to_have_text(name)
    fits(page)

    drink = page.locator("details.bs-row", has_text="喂水").first
    drink.locator("summary").click()
    button = drink.get_by_role("button", name="已完成", exact=True)
    assert button.bounding_box()["height"] >= 44
    button.click()
    expect(page.locator(".bs-row", has_text="喂水").first.locator("[data-state]")).to_contain_text("已记录")

    page.context.set_offline(True)
    toilet = page.locator("details.bs-row", has_text="如厕").first
    toilet.locator("summary").click()
    toilet.get_by_text("本人不愿意").click()
    toilet.get_by_role("button", name="未完成").click()
    expect(page.locator("#bedside-line")).to_contain_text("没有信号")
    kept = json.dumps(page.evaluate("Object.entries(localStorage)"), ensure_ascii=False)
    assert "refused" in kept and name not in kept
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".bs-row", has_text="如厕").first.locator("[data-state]")).to_contain_text("已记录")

    pulse = page.locator("details.bs-row", has_text="脉搏")
    pulse.locator("summary").click()
    pulse.locator("input[name=value]").fill("760")
    pulse.get_by_role("button", name="记录").click()
    expect(pulse.locator("[data-error]")).to_contain_text("超出人体可能的范围")
    assert pulse.locator("input[name=value]").input_value() == "760"
    pulse.locator("input[name=value]").fill("76")
    pulse.get_by_role("button", name="记录").click()
    expect(pulse.locator("[data-state]")).to_contain_text("已记录")
    assert _records(site, stay) == "2 1 1"
