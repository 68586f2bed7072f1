"""The demo's what-ifs: a standard raised a little and raised more, the second before the reviewer; a month's notices.

All by the rooms' own actions, as an officer of the bureau would.
"""

import datetime as dt
import io
from fractions import Fraction

from PIL import Image

from yinian.core.errors import Refused
from yinian.core.models import Region, User
from yinian.demo.load import do_now
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.tree import Const
from yinian.entitlements import packs, papers
from yinian.entitlements.drafts import actions, review
from yinian.entitlements.models import Cycle, Draft

MAKER, APPROVER = "minzheng", "shenpi"
RISES = (("提高一成", Fraction(11, 10)), ("提高两成", Fraction(12, 10)))
MOST_NOTICES = 400  # as many as a builder of a whole county can wait for


def build(county: Region, day: dt.date) -> None:
    """Two drafts of next month to compare, one of them submitted; the notices of the latest approved month."""
    _drafts(county, day)
    _notices(county)


def _drafts(county: Region, day: dt.date) -> None:
    start = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    found = _standard(packs.in_force(county.code, start).pack, start)
    if found is None:
        return
    key, name, value = found
    officer = User.objects.get(username=MAKER)
    made: Draft | None = None
    for words, rise in RISES:
        purpose = "测算提标后的受益人数和资金，供研究（合成数据）"
        made = actions.make(officer, county.code, f"{name}{words}", start, purpose)
        made = actions.set_value(officer, made.pk, key, round(value * rise / 100) * 100)
        made = actions.share(officer, made.pk, True)
    if made is None:
        return
    try:
        review.submit(officer, made.pk, made.version, title=f"关于调整{name}的通知（征求意见稿）", dated=day,
                      paper=_paper(), assurance="拟纳入下年度预算")
    except Refused:
        return  # a draft this county's limits do not let through stays open


def _standard(pack: Pack, on: dt.date) -> tuple[str, str, int] | None:
    """The money standard that most services read by the month: its key, its name and what it is now, in fen."""
    best: tuple[int, str] | None = None
    for key, parameter in pack.parameters.items():
        now = parameter.in_force(on)
        if parameter.unit != "fen" or now is None or not isinstance(now.value, Const):
            continue
        readers = sum(1 for one in pack.services if one.period == "month" and f"'{key}'" in (one.amount_text or ""))
        if readers and (best is None or readers > best[0]):
            best = (readers, key)
    if best is None:
        return None
    parameter = pack.parameters[best[1]]
    now = parameter.in_force(on)
    assert now is not None and isinstance(now.value, Const)
    return best[1], parameter.label.zh, int(Fraction(now.value.value))  # type: ignore[arg-type]


def _paper() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (420, 594), "white").save(file, "JPEG")
    file.seek(0)
    file.name = "征求意见稿.jpg"
    return file


def _notices(county: Region) -> None:
    """Decision notices in bulk, of the latest approved cycles that have any and not too many."""
    for cycle in Cycle.objects.filter(region=county, state=Cycle.State.APPROVED).order_by("-month", "pk"):
        if 0 < papers.notices_left(cycle) <= MOST_NOTICES:
            do_now(papers.issue_notices(User.objects.get(username=APPROVER), cycle.pk))
            return
