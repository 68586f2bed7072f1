"""A person is carried from the wish to a bed, and home again, by the family, the office and the home in turn."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, fits

pytestmark = pytest.mark.browser

SIGNED = {"name": "协议签字页.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}


def _person(site) -> tuple[str, str, str]:
    """Somebody severely disabled who lives at home and has applied for nothing; the family's account acts for them from
    now on. The person's number and name, and the home of the manager's account, which takes such people."""
    pk, name, home = site.python(
        "from django.utils import timezone\n"
        "from yinian.core.models import Posting, User\n"
        "from yinian.homes.models import BedApplication, Stay\n"
        "from yinian.people.circumstances.queries import believed\n"
        "from yinian.people.models import Person, Representative, Spell\n"
        "from yinian.people.representatives.actions import appoint\n"
        "levelled = Spell.objects.filter(believed(), kind='ability', grade__gte=3,"
        " valid__contains=timezone.localdate())\n"
        "person = Person.objects.filter(state='living', pk__in=levelled.values('person'))"
        ".exclude(pk__in=BedApplication.objects.values('person')).exclude(pk__in=Stay.objects.values('person'))"
        ".exclude(pk__in=Representative.objects.values('person')).order_by('pk')[0]\n"
        "officer = User.objects.get(username='minzheng')\n"
        "appoint(officer, person.pk, username='jiashu', relation='child', evidence='户口簿')\n"
        "print(person.pk, person.name, Posting.objects.get(user__username='jigou').site_ref)"
    ).split()
    return pk, name, home


def test_family_office_and_home_carry_a_person_from_the_wish_to_a_bed_and_home_again(as_role, site):
    person, name, home = _person(site)

    # The family, on a phone: the wish.
    family = as_role("jiashu", PHONE).page
    family.goto(f"{site.url}/people/own/{person}/")
    fits(family)
    family.get_by_role("link", name="申请入住养老机构").click()
    family.select_option("select[name=home_1]", home)
    family.fill("input[name=contact]", "女儿")
    family.get_by_role("button", name="提交申请").click()
    expect(family.locator("main")).to_contain_text("已提交")
    fits(family)
    application = re.search(r"/applications/(\d+)/", family.url)[1]

    # The office, at a desk: accepted, on the list, offered a bed.
    office = as_role("zhidao").page
    office.goto(f"{site.url}/homes/applications/?q={name}")
    office.locator("tbody").get_by_role("link", name=name).first.click()
    office.get_by_role("button", name="受理").click()
    expect(office.locator(".way-place")).to_be_visible()
    family.reload()
    expect(family.locator(".way-place strong")).to_have_text(re.compile(r"^\d+$"))
    office.get_by_role("link", name="找床位").click()
    here = office.locator("section", has=office.locator(f"a[href='/homes/free-beds/{home}/']"))
    here.locator("input[name=bed]").first.check()
    office.fill("input[name=why_not_first]", "本人指定该机构，前面的另有安排")
    office.get_by_role("button", name="通知这张床").click()
    expect(office.locator("main")).to_contain_text("待答复")

    # The family takes it.
    family.reload()
    family.get_by_role("button", name="接受床位").click()
    expect(family.locator("main")).to_contain_text("已接受")
    fits(family)

    # The home: risks looked at and signed by both, the agreement printed and signed, moved in.
    manager = as_role("jigou").page
    manager.goto(f"{site.url}/homes/applications/{application}/")
    manager.get_by_role("button", name="开始风险评估").click()
    expect(manager.locator(".hazard fieldset").first).to_be_visible()
    for fieldset in manager.locator(".hazard fieldset").all():
        if not fieldset.locator("input:checked").count():
            fieldset.locator("input").first.check()
    manager.get_by_role("button", name="机构签字").click()
    expect(manager.locator("main")).to_contain_text("机构已签署风险评估")
    family.reload()
    family.get_by_role("button", name="我已阅读并签字").click()
    expect(family.locator("main")).to_contain_text("已签字")
    fits(family)
    manager.goto(f"{site.url}/homes/applications/{application}/agreement/")
    yesterday = (dt.datetime.now(ZoneInfo("Asia/Shanghai")) - dt.timedelta(days=1)).date().isoformat()
    manager.fill("input[name=begins]", yesterday)
    manager.get_by_role("button", name="拟定协议").click()
    manager.get_by_role("button", name="编号出具").click()
    manager.set_input_files("input[type=file]", SIGNED)
    manager.get_by_role("button", name="保存签字协议").click()
    manager.fill("input[name=admit-on]", yesterday)
    manager.get_by_role("button", name=re.compile("^入住.*床$")).click()
    manager.wait_for_url(re.compile(r"/homes/applications/\d+/$"))
    manager.goto(f"{site.url}/homes/{home}/residents/?q={name}")
    manager.locator("tbody").get_by_role("link", name=name).first.click()
    manager.wait_for_url(re.compile(r"/stays/\d+/$"))
    stay = manager.url
    expect(manager.locator("main")).to_contain_text(name)

    # And home again: the bed is free for the next.
    manager.locator("summary", has_text="退住").click()
    manager.select_option("select[name=leave-why]", "home")
    manager.fill("input[name=leave-reason]", "女儿接回家照护")
    manager.get_by_role("button", name="办理退住").click()
    expect(manager.locator("main")).to_contain_text("床位已空出")
    pk = stay.rstrip("/").rsplit("/", 1)[1]
    assert site.python(
        "from yinian.homes.models import Stay\n"
        f"left = Stay.objects.get(pk={pk})\n"
        "print(left.end_kind, Stay.objects.filter(bed=left.bed, period__endswith__isnull=True).exists())"
    ) == "home False"
