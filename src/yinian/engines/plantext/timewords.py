"""The words of time expressions: dates, periods, recurrences, spans counted from somewhere, feasts."""

from __future__ import annotations

import re

from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.numbers import han_to_int

YEAR = r"(?:20\d{2}|二零[零一二三四五六七八九]{2})"
MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:[12]\d|3[01]|0?[1-9])"
NUM = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
BEFORE = r"(?:之前|以前|前|之内|以内|内)"
HALF = r"(?:上半年|下半年)"
QUARTER = r"(?:第?[一二三四1-4]季度)"

WORK_BEGINS = any_of("完成 启动 开展 组织 召开 举办 建成 开工 投用 实施 迎接 集中 全面 进行") + r"(?![^,。;]{0,16}的)"
"""What follows a month or a stretch of months in which something is to be done: 5月份完成培训."""
LEAD = r"(?P<lead>(?:力争|争取|确保|计划|预计|最迟|不迟于|限)?(?:到|至|在|于|截至|截止到?)?)"
ABSOLUTE = re.compile(
    rf"{LEAD}\s?(?P<year>{YEAR})\s?年\s?(?![“\"]?(?:五一|十一|七一)|新年|春节|元宵|清明|端午|中秋|重阳|五一|十一|国庆|元旦|汛期)"
    rf"(?:(?P<half>{HALF})|(?P<quarter>{QUARTER})(?P<qend>末|底)?"
    rf"|(?P<month>{MONTH})\s?月份?\s?(?:(?P<day>{DAY})\s?日|(?P<mpart>底|末|上旬|中旬|下旬|初))?"
    r"|(?P<ypart>年?[底末]|终|内|度|初(?![步期级中])))?"
    rf"(?P<before>{BEFORE})?"
)
RANGE = re.compile(
    rf"(?:自|从)?(?P<y1>{YEAR})\s?年?\s?(?:(?P<m1>{MONTH})\s?月份?(?:\s?(?P<d1>{DAY})\s?日)?)?\s?"
    rf"(?:起)?(?:[-—–―~]{{1,2}}|至|到)\s?"
    rf"(?:(?P<y2>{YEAR})\s?年\s?)?(?:(?P<m2>{MONTH})\s?月份?\s?(?:(?P<d2>{DAY})\s?日|(?P<p2>底|末|上旬|中旬|下旬))?)?"
    rf"(?P<before>{BEFORE})?"
)
RELATIVE_YEAR = re.compile(
    rf"{LEAD}(?P<which>今年|本年度?|当年|明年|次年|后年)"
    rf"(?:(?P<half>{HALF})|(?P<quarter>{QUARTER})(?P<qend>末|底)?"
    rf"|(?P<month>{MONTH})\s?月份?\s?(?:(?P<day>{DAY})\s?日|(?P<mpart>底|末|上旬|中旬|下旬))?|(?P<ypart>年?[底末]|内))?"
    rf"\s?(?P<before>{BEFORE})?"
)
MONTH_ONLY = re.compile(
    rf"{LEAD}\s?(?<![\d年月第])(?P<month>{MONTH})\s?月份?\s?(?:(?P<day>{DAY})\s?日|(?P<mpart>底|末|上旬|中旬|下旬|初))?(?:(?P<before>{BEFORE})|(?<=[底末日])(?=\))|(?<=月[底末])|(?<=[上中下]旬)"
    rf"|(?<=[月份日初])(?={WORK_BEGINS}))|(?<=\()(?P<whole>{MONTH})\s?月份?(?=\))"
)
MONTHS_LISTED = re.compile(
    rf"(?<![\d年月第、])(?P<month>{MONTH})月(?P<mpart>底|末)?(?:[、和]{MONTH}月(?:底|末)?)+(?<=[底末])(?P<before>{BEFORE})"
)
"""Several months of a year: 6月、9月、12月底前."""
DOTTED = re.compile(rf"{LEAD}(?P<year>20\d\d)[./-](?P<month>1[0-2]|0?[1-9])[./-](?P<day>{DAY})日?{BEFORE}")
ONLY_DAY = re.compile(
    rf"(?:{MONTH}\s?月份?(?:\s?{DAY}\s?日)?\s?(?:[-—–―~]{{1,2}}|至|到)\s?)?(?P<month>{MONTH})\s?月份?"
    rf"\s?(?:(?P<day>{DAY})\s?日|(?P<mpart>底|末|上旬|中旬|下旬))?(?P<before>{BEFORE})?(?:完成|落实|办结)?"
)
YEAR_END = re.compile(
    rf"{LEAD}(?:(?P<yearend>年底|年末|(?<![半两\d一二三四五六七八九十])年内|年终)|(?P<monthend>本月底|(?<![\d\s])月底|本月内|本月(?P<monthday>{DAY})日(?=[之以]?前))"
    rf"|(?P<half>{HALF})|(?P<quarter>{QUARTER})(?:末|底)|(?P<thisq>本季度[末底内]?))(?P<before>{BEFORE})?"
    rf"|(?P<quarter2>{QUARTER})(?P<before2>{BEFORE})|前?(?P<quarter3>{QUARTER})(?![首每末底])"
)
MONTH_RANGE = re.compile(
    rf"(?<![\d年.])(?P<m1>{MONTH})\s?(?:月(?:份|\s?(?P<d1>{DAY})\s?日)?)?\s?(?:[-—–―~]{{1,2}}|至|到)\s?"
    rf"(?P<m2>{MONTH})\s?月(?:份|底|末|\s?(?P<d2>{DAY})\s?日)?(?=前?[,)]|{WORK_BEGINS})"
)
"""A stretch of one year that does not name it: 2月11日—4月30日."""
DATED = re.compile(r"(20\d\d)年(?:(?:1[0-2]|0?[1-9])月|上半年|下半年|第?[一二三四]季度)")
YEAR_REACH = 300
WITHIN = re.compile(
    rf"(?P<lead>力争|争取|在|今后|未来|(?:自|从|在)?(?:本?(?:方案|计划|意见|通知|办法|规划|措施|文件))?(?:印发|发布|实施|施行|下发)(?:之日)?(?:起|后)(?:的)?)?(?P<n>{NUM}|半)"
    r"\s?(?P<half>半)?(?P<unit>年|个?月|个?工作日|天|日|周)(?:左右)?(?:的)?(?:时间)?(?P<within>以内|之内|内)"
    rf"|(?P<over>(?:力争|争取|计划)?(?:再)?(?:利?用|集中)|今后|未来|[通经]过)(?:{NUM}(?:[-—–―~]{{1,2}}|至|到))?(?P<n2>{NUM}|半)"
    r"\s?(?P<unit2>年(?P<half2>半)?|个月)(?:左右)?(?:的)?(?P<effort>时间|期间|努力|建设)?"
    rf"|分(?P<n3>{NUM})年(?=完成|实施|推进|建设|落实|改造|建成|实现|达到|逐步|分批|组织|进行|\s*$|[,。;])"
)
"""A stretch from the plan's first day: 3年内, 用半年时间, 分三年完成."""
YEARS_FROM = re.compile(
    rf"(?:自|从)?(?P<year>{YEAR})年(?:起|开始)(?:的)?,?(?:力争|计划)?(?:利?用)?(?P<n>{NUM})年(?:左右)?(?:的?时间)?(?:以内|之内|内)?"
)
"""A stretch counted from a year that it names: 2024年起3年内."""
MONTHS_FROM = re.compile(
    rf"(?:自|从)?(?:(?P<year>{YEAR})年)?(?P<month>{MONTH})月份?(?:起|开始),?(?:的)?(?:在全[省市县区州]范围内)?(?:力争|计划)?"
    rf"(?:利?用|集中|(?:开展|组织|进行)?为期)(?P<n>{NUM}|半)(?:个)?(?P<unit>月|年)(?P<half>半)?(?:左右)?(?:的)?(?:时间)?"
)
"""A stretch counted from a month that it names: 自3月起利用6个月时间."""
ALL_YEAR = re.compile(r"全年|(?:本|当)年度?")
FIVE = re.compile(
    r"(?P<lead>(?:力争|争取|确保)?(?:到|在)?)[“\"]?(?P<plan>十[一二三四五六七八九]|二十)五[”\"]?"
    r"(?P<part>期间|时期|期内|规划期(?:内|末)?|期末|末|期)(?P<before>前|内)?"
)
PLAN_PERIOD = re.compile(r"(?:本?规划期|计划期|试点期|行动期|创建周期|实施周期|本轮)(?P<part>期间|期内|内|末|间)")
EVERY = re.compile(
    r"(?P<every>每(?:两|二|三|四|五|\d)年|每隔?[一1]?年度?|每年度?|逐[年月季]|每半年|每半个?月|每[两二2]周|每个?季度?|每(?:两|二|三|\d)个月|每个?月份?|每个?(?:周|星期)|每[天日]|按(?:年度|季度|季|月度|月)|每学期)"
)
EVERY_TAIL = re.compile(
    rf"\s?(?:的)?(?:(?P<month>{MONTH})\s?月份?\s?(?:(?P<day>{DAY})\s?日|(?P<mpart>底|末|上旬|中旬|下旬|初))?"
    rf"|(?P<quarter>{QUARTER})(?P<qend>末|底)?|(?P<half>{HALF})|(?P<day2>{DAY})\s?日"
    rf"|(?P<ypart>年?(?:底|末|终|初)))(?P<before>{BEFORE})?"
)
ALSO_MONTH = re.compile(rf"[和、](?P<month>{MONTH})\s?月份?(?:[底末](?:{BEFORE})?)?")
TO_MONTH = re.compile(rf"(?:[-—–~]{{1,2}}|至|到)\s?(?P<month>{MONTH})\s?月份?(?:[底末](?:{BEFORE})?)?")
TIMES = re.compile(
    r"(?:分|至少|不少于|不低于|原则上|要|应当?|须|需|定期){0,3}(?:组织|开展|召开|举办|进行|安排|[一-鿿]{2})?"
    rf"(?P<low>{NUM})(?:[-—–―~]{{1,2}}(?P<high>{NUM}))?(?:次|期|场|轮)"
)
REGULAR = re.compile(r"(?<![不稳法规指限特约固假])定期(?![限间满])")
BEGINS_WORK = (
    any_of(
        """新建 建成 建设 完成 开展 启动 实现 出台 制定 组织 召开 举办 新增 培训 改造 创建 打造 培育 安排 发放 全面 力争
    计划 拟 基本 达到"""
    )
    + r"(?![^,。;]{0,30}的(?:[^,。;]{0,6})(?:小区|项目|机构|企业|人员|老年人|老人|养老机构|住宅))"
)
SETS_OUT = any_of(
    "新[增建设开] 改[造扩] 建[成设] 竣工 开工 投[入资用] 完成 培训 实施 安排 创建 开展 启动 打造 引进 配备 发放"
)
"""What follows 计划 as a verb: 2027年计划新增1500张."""
STANDS = (
    r"(?:已经?)?(?:建成|建设|投用|投入使用|开工|登记|备案|缴纳|发生|参保|签订|购买|受理|毕业|退休|入职|出生|入住|设立|成立|取得"
    r"|领取|出台|印发)[^,。;]{0,14}的"
)
"""What follows the time at which something came to stand: 2020年以前建成的."""
BY_PERIOD = (
    r"[^,。;]{0,8}(?:调度|通报|报送|报告|公布|发布|发放|拨付|考核|上报|开展|组织|抽查|检查|评估|召开|更新|汇总)"
)
"""What is done 按月 or 按季度 and comes again, where 按年度计划 is a manner."""
SUM = r"[\d.,]+(?:[百千万亿]{0,2}元?(?:[-—–~]{1,2}|至|到)[\d.,]+)?[百千万亿]{0,2}元"
NAMED_YEAR = re.compile(r"(20\d\d)年(?!以来|版|度|修订)")
ONGOING = re.compile(r"长期坚持|长期推进|持续推进|持续实施|长期|持续|常年")

OPENS = re.compile(r"^[一-鿿]{0,6}(?:目标|指标|任务|要求|时间)(?:是|为)?:")
"""What a sentence may open with before the date that opens it: 具体指标:到2027年."""
OPENING = 24
"""Characters: a date further from the head of its sentence does not open it."""
ZERO_TO_MONTH = {1: 3, 2: 6, 3: 9, 4: 12}
QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
ORDINALS = {
    "十一": 11,
    "十二": 12,
    "十三": 13,
    "十四": 14,
    "十五": 15,
    "十六": 16,
    "十七": 17,
    "十八": 18,
    "十九": 19,
    "二十": 20,
}


def frequency(every: str) -> str:
    """The RRULE fragment of 每两年, 按季度, 逐月."""
    if every.startswith(("按", "逐")):
        return {"月": "FREQ=MONTHLY", "季": "FREQ=MONTHLY;INTERVAL=3"}.get(every[1], "FREQ=YEARLY")
    if "半年" in every:
        return "FREQ=MONTHLY;INTERVAL=6"
    if "学期" in every:
        return "FREQ=MONTHLY;INTERVAL=6"
    if "季" in every:
        return "FREQ=MONTHLY;INTERVAL=3"
    digits = re.search(r"[\d两二三四五]", every)
    count = 1 if digits is None else int(digits[0]) if digits[0].isdigit() else han_to_int(digits[0]) or 1
    step = f";INTERVAL={count}" if count > 1 else ""
    if "半" in every or (count == 2 and "周" in every):
        return "FREQ=WEEKLY;INTERVAL=2"
    if "月" in every:
        return f"FREQ=MONTHLY{step}"
    if "周" in every or "星期" in every:
        return "FREQ=WEEKLY"
    if every.endswith(("天", "日")):
        return "FREQ=DAILY"
    return f"FREQ=YEARLY{step}"


def ongoing(folded: str, start: int, end: int) -> bool:
    """Whether a field for a deadline says that the work never ends (长期坚持, 持续推进)."""
    return bool(ONGOING.search(folded, start, end))
