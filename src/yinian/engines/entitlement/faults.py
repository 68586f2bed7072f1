"""What is wrong with a pack, in Chinese: the errors of reading expressions, YAML and schemas for whoever mends them.

One sentence for each reason that is raised; what is not known here is answered with None.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import FACTS

_KINDS = {
    "a yes-or-no value": "是或否", "a number": "数字", "text": "文字", "a date": "日期", "NULL": "空值",
}  # fmt: skip
_ALLOWED = (
    "可用的有：情况名称、数字、带引号的文字、比较（= <> < <= > >=）、AND、OR、NOT、IN、BETWEEN、LIKE、IS NULL、CASE、"
    "加减乘除、COALESCE、LEAST、GREATEST、ROUND、FLOOR、CEIL、ABS、DATE '年-月-日'、as_of()、param('…')、"
    "days_between、months_between、years_between"
)
_YAML = {
    "mapping values are not allowed here": "冒号的位置不对，或缩进不齐",
    "mapping values are not allowed in this context": "冒号的位置不对，或缩进不齐",
    "did not find expected key": "这里应当是一个项目名，请检查缩进和引号",
    "did not find expected ',' or '}'": "花括号没有写完，缺少逗号或右花括号",
    "did not find expected ',' or ']'": "方括号没有写完，缺少逗号或右方括号",
    "found character that cannot start any token": "出现了不能使用的字符（如制表符）",
    "found unexpected end of stream": "引号没有写完",
    "could not find expected ':'": "缺少冒号",
    "did not find expected '-' indicator": "列表的每一项应以“- ”开头，请检查缩进",
    "block sequence entries are not allowed in this context": "“- ”的位置不对",
}


def _kind(text: str) -> str:
    return _KINDS.get(text, text)


def _fact(name: str) -> str:
    fact = FACTS.get(name)
    return f"{name}（{fact.label.zh}）" if fact else name


def _kinds(text: str) -> str:
    return "和".join(_kind(part) for part in text.split(" and "))


Said = str | Callable[[re.Match[str]], str]

# The reasons of `expressions`, after its own head "expression `…`: ".
_EXPRESSIONS: tuple[tuple[str, Said], ...] = (
    (r"is empty", "没有填写"),
    (r"is longer than (\d+) characters", r"超过\1个字"),
    (r"is not a valid SQL expression \(something is missing\)", "没有写完，缺少一部分"),
    (r"is not a valid SQL expression \(Required keyword: .*\)", "没有写完，缺少一部分"),
    (r"is not a valid SQL expression \((.*)\)", lambda m: f"写法不对{_near(m[1])}；请检查括号、引号、空格和运算符"),
    (r"is nested too deeply|is nested deeper than \d+ levels", "括号或 CASE 嵌套过深，请拆开来写"),
    (r"must be exactly one expression", "只能写一个式子，不要用分号"),
    (r"`(.*)` is not an expression", r"“\1”不是一个式子"),
    (r"must give (.*), but gives (.*)", lambda m: f"结果应当是{_kind(m[1])}，现在得到的是{_kind(m[2])}"),
    (r"`(.*)` is not allowed here; allowed are .*", lambda m: f"“{m[1]}”不能用在这里。{_ALLOWED}"),
    (r"`(.*)` is (.*) where (.*) is expected", lambda m: f"“{m[1]}”是{_kind(m[2])}，这里应当是{_kind(m[3])}"),
    (r"nothing can be compared with NULL; .*", "空值不能比较大小；判断是否已知请写 IS NULL 或 IS NOT NULL"),
    (r"(.*) cannot be compared with (.*)", lambda m: f"{_kind(m[1])}不能和{_kind(m[2])}比较"),
    (r"yes-or-no values cannot be put in order with (.*)", r"是或否不能用“\1”比较大小，只能用 = 或 <>"),
    (r"(.*) can never occur here; possible are (.*)", lambda m: f"{m[1]}不会出现；可能的值有：{_values(m[2])}"),
    (r"(.*) mixes (.*)", lambda m: f"{m[1]}里混用了{_kinds(m[2])}，各处结果的种类要一致"),
    (r"(.*) is always NULL", r"\1的结果永远是空值"),
    (r"`(.*)` is not the name of a fact", r"“\1”不是情况的名称"),
    (r"`(.*)`: a parameter may read other parameters and as_of\(\), not facts",
     r"标准只能引用别的标准，不能引用“\1”这样的个人情况"),
    (r"there is no fact `(.*)`; did you mean `(.*)`\?", lambda m: f"没有“{m[1]}”这项情况；是不是想写 {_fact(m[2])}？"),
    (r"there is no fact `(.*)`", r"没有“\1”这项情况；可用的情况见下方列表"),
    (r"`(.*)` is not a plain number of at most 18 \+ 9 digits", r"“\1”不是普通的数字"),
    (r"BETWEEN SYMMETRIC is not allowed", "不能用 BETWEEN SYMMETRIC"),
    (r"IN takes a list of values in brackets", "IN 后面要用括号列出各个值"),
    (r"IN takes at least one value", "IN 的括号里至少要有一个值"),
    (r"LIKE takes a quoted pattern or a text parameter", "LIKE 后面要写带引号的文字，如 '123456%'"),
    (r"IS takes NULL or NOT NULL; .*", "IS 后面只能写 NULL 或 NOT NULL；判断是或否请直接写情况名称，或在前面加 NOT"),
    (r"(.*) does not take yes-or-no values", r"\1 不能用于是或否"),
    (r"the number of decimals of ROUND must be a plain number", "ROUND 的小数位数要写成数字"),
    (r"the number of decimals of ROUND goes from (-?\d+) to (\d+)", r"ROUND 的小数位数只能是 \1 到 \2"),
    (r"(.*) takes one number and its decimals", r"\1 的括号里是一个数字，可再写小数位数"),
    (r"(.*) takes one number", r"\1 的括号里只能有一个数字"),
    (r"conversions are not allowed; .*", "不能转换种类；日期写作 DATE '2024-01-31'"),
    (r"'(.*)' is not a date; write DATE 'YYYY-MM-DD'", r"“\1”不是日期；请写作 DATE '年-月-日'，如 DATE '2024-01-31'"),
    (r"(.*) takes two dates", r"\1 的括号里要有两个日期"),
    (r"as_of\(\) takes nothing in its brackets", "as_of() 的括号里不写内容"),
    (r"param takes the quoted name of a parameter: .*", "param 的括号里要写带引号的标准名称，如 param('pension_age')"),
    (r"there is no parameter `(.*)`; did you mean `(.*)`\?", r"没有“\1”这项标准；是不是想写“\2”？"),
    (r"there is no parameter `(.*)`", r"没有“\1”这项标准"),
    (r"there is no function `(.*)`; allowed are .*", lambda m: f"没有“{m[1]}”这个函数。{_ALLOWED}"),
)

# The reasons of `located`, `schema`, `pack`, `model` and `columns`.
_OTHERS: tuple[tuple[str, Said], ...] = (
    (r"the file is larger than (\d+) characters", r"内容超过\1个字"),
    (r"anchors and aliases \(& and \*\) are not used", "不能使用 & 和 * 引用"),
    (r"nested deeper than (\d+) levels", r"层级超过\1层"),
    (r"not valid YAML: (.*)", lambda m: f"格式不对：{_YAML.get(m[1], '请检查缩进、冒号、引号和括号')}"),
    (r"holds half a character \(a surrogate\)", "含有残缺的字符"),
    (r"a key must be a plain word", "项目名要写成普通的词"),
    (r"tag (.*) is not used", r"不能使用标签 \1"),
    (r"(.*) is not a date of the calendar", r"\1不是日历上的日期"),
    (r"(`.*` )?lacks (.*)", lambda m: f"{_spoken(m[1])}缺少 {_ticks(m[2])}"),
    (r"(`.*` )?may not hold (.*); it holds (.*)", lambda m: f"{_spoken(m[1])}不能有 {_ticks(m[2])}；可以有的是 {m[3]}"),
    (r"(`.*` )?is (.*); it must be one of (.*)", lambda m: f"{_spoken(m[1])}写的是 {m[2]}；只能是 {m[3]} 之一"),
    (r"(`.*` )?is (.*); it must be at (least|most) (.*)",
     lambda m: f"{_spoken(m[1])}写的是 {m[2]}；不能{'小于' if m[3] == 'least' else '大于'} {m[4]}"),
    (r"(`.*` )?is (.*); it must be (.*)", lambda m: f"{_spoken(m[1])}写的是 {m[2]}；应当是{_types(m[3])}"),
    (r"(`.*` )?is (.*); it must match (.*)", lambda m: f"{_spoken(m[1])}写的是 {m[2]}；写法不合要求"),
    (r"(`.*` )?must not be empty", lambda m: f"{_spoken(m[1])}不能为空"),
    (r"(`.*` )?is longer than (\d+) characters", lambda m: f"{_spoken(m[1])}超过{m[2]}个字"),
    (r"(`.*` )?is (.*), which is not allowed here", lambda m: f"{_spoken(m[1])}写的是 {m[2]}，这里不能这样写"),
    (r"document `(.*)` is given twice", r"文件“\1”写了两次"),
    (r"(parameter|service) `(.*)` cannot be switched off: .*", lambda m: f"“{m[2]}”不能停用：上级清单没有这一项"),
    (r"service `(.*)` is given twice; first in .*", r"服务“\1”写了两次"),
    (r"test `(.*)` is given twice in `(.*)`", r"“\2”的条件“\1”写了两次"),
    (r"source names document `(.*)`, which no pack lists under documents", r"依据写的文件“\1”不在文件目录里"),
    (r"values of `(.*)` overlap: one from (\S+?)(?: to (\S+))?, another from (\S+)",
     lambda m: f"“{m[1]}”的两个数值时间重叠：一个自{m[2]}{f'至{m[3]}' if m[3] else ''}，另一个自{m[4]}"),
    (r"ends on (.*), before it begins on (.*)", r"结束日期\1早于开始日期\2"),
    (r"value (.*) of `(.*)` does not fit its unit (.*)", lambda m: f"数值 {m[1]} 与单位{_unit(m[3])}不符"),
    (r"value (.*) of `(.*)`: money is a whole number of fen", r"金额 \1 不是整分"),
    (r"value (.*) of `(.*)` is larger than (\d+)", r"数值 \1 过大"),
    (r"`(.*)` is named in its own not_with", r"“\1”把自己写进了不可同时享受的项目"),
    (r"not_with names `(.*)`, which is no service", r"不可同时享受的项目里写了“\1”，没有这项服务"),
    (r"parameters are derived from one another in a circle: (.*)", r"标准互相引用成了循环：\1"),
    (r"`(.*)` cannot be switched off: no parent pack has it", r"“\1”不能停用：上级没有这一项"),
    (r"must be a list of entries or a mapping", "应当是项目的列表或对照"),
    (r"must be (.*), as in the parent pack",
     lambda m: f"应当是项目的{'列表' if 'list' in m[1] else '对照'}，与上级一致"),
    (r"no pack was given", "没有清单"),
    (r"a quote is longer than (\d+) characters", r"引文超过\1个字"),
    (r"there is no (.*) here; a pack begins with it", r"这里没有 \1；清单从它开始"),
    (r"county (.*) lies outside the pack's region (.*)", r"县代码\1不在本清单的地区\2之内"),
    (r"extends `(.*)`, but there is no such pack", r"上级清单“\1”不存在"),
    (r"packs extend one another in a circle: (.*)", r"清单的上级互相引用成了循环：\1"),
    (r"no pack of the chain rules (.*) for `(.*)`", lambda m: f"各级清单都没有规定“{m[2]}”的 {_ticks(m[1])}"),
    (r"no pack of the chain rules (.*)", lambda m: f"各级清单都没有规定 {_ticks(m[1])}"),
    (r"`(.*)` is no service; an entry is `(.*)` or the id of a service", r"“\1”不是服务；这里写 \2 或服务的 id"),
    (r"`(.*)` is no service", r"“\1”不是服务"),
    (r"(\d+) with a medical background out of (\d+)", r"共\2人，其中有医护背景的不能是\1人"),
    (r"stages go up, each once: (.*)", "办理环节自下而上，每级一次：村（社区）、乡镇（街道）、县"),
    (r"a notice that is required lasts at least a day, one that is not lasts none",
     "需要公示的至少一天，不公示的填0天"),
    (r"a remedy is open for `days` or for `months`, one of them", "救济期限写天数或月数，只写一种"),
    (r"holds either `exactly`, or `at_least`, `at_most` or both", "写等于，或写不低于、不高于，不能并用"),
    (r"at least (.*) and at most (.*) cannot be", r"不低于\1又不高于\2，不能成立"),
    (r"money is a whole number of fen", "金额应当是整分"),
    (r"`(.*)` is text; write a number without quotes", r"“\1”是文字；数字不要加引号"),
    (r"is to be reached by (.*), before it begins on (.*)", r"达标期限\1早于开始日期\2"),
    (r"every entry needs an `id`", "每一项都要有 id"),
    (r"`(.*)` is given twice", r"“\1”写了两次"),
    (r"`(.*)` is asked for twice", r"要了两次“\1”"),
    (r"`(.*)` is no entry of (.*)", r"\2 里没有“\1”这一项"),
    (r"`(.*)` of calendar.yaml gives no month and day", r"calendar.yaml 的“\1”没有写月和日"),
    (r"`(.*)` of standards.yaml gives no highest whole number", r"standards.yaml 的“\1”没有写最多几个"),
    (r"`(.*)` of standards.yaml gives no highest amount in fen", r"standards.yaml 的“\1”没有写最高金额（分）"),
    (r"`(.*)` of standards.yaml gives no share from and to", r"standards.yaml 的“\1”没有写比例的上下限"),
    (r"ends in (\d+), before it begins in (\d+)", r"结束年度\1早于开始年度\2"),
    (r"the host stands at or above the recommender, and both above the applicant",
     "组织单位的层级不低于推荐单位，两者都高于申报单位"),
    (r"leaves no score where the smallest panel has scored", "去掉最高、最低分以后，人数最少时没有剩下的评分"),
    (r"full points of 0 cannot be scored", "满分不能是0"),
    (r"a spread is a share of the full points, at most 1", "分差是满分的比例，不能大于1"),
    (r"(.*) is not a date; write YYYY-MM-DD", r"“\1”不是日期；请写作 年-月-日，如 2024-01-31"),
    (r"service `(.*)` needs parameter `(.*)`, which has no value on (\S+) \(its values begin on (.*)\)",
     r"服务“\1”要用的标准“\2”在\3没有数值（数值自\4起）"),
    (r"service `(.*)`: the amount can grow beyond what is money", r"服务“\1”的金额可能大得超出金额的范围"),
    (r"the amount can grow beyond what is money", "金额可能大得超出金额的范围"),
    (r"(?:service `.*`: )?the arithmetic can grow beyond 128 bits; .*",
     "算式可能得出过大的数；请用较小的数，或在中间用 ROUND 取整"),
)  # fmt: skip
_HEAD = re.compile(r"expression `(.*)`: (.*)", re.DOTALL)
_PATTERNS = {
    "expression": [(re.compile(pattern, re.DOTALL), said) for pattern, said in _EXPRESSIONS],
    "other": [(re.compile(pattern, re.DOTALL), said) for pattern, said in _OTHERS],
}


def in_chinese(reason: str) -> str | None:
    """A reason of the engine in Chinese; None for one that is not known here."""
    head = _HEAD.fullmatch(reason)
    if head is not None:
        return _found("expression", head[2])
    return _found("other", reason) or _found("expression", reason)


def fault_words(error: PackError, language: str) -> str:
    """What is wrong, for the person who can mend it, without the place: in `en`, or else in Chinese."""
    if language == "en":
        return error.reason
    return in_chinese(error.reason) or "写法有误，请对照说明修改"


def _found(table: str, reason: str) -> str | None:
    for pattern, said in _PATTERNS[table]:
        match = pattern.fullmatch(reason)
        if match is not None:
            return match.expand(said) if isinstance(said, str) else said(match)
    return None


def _near(reason: str) -> str:
    """Where the parser stumbled, when it says so: `… Line 1, Col: 12.`"""
    place = re.search(r"Line \d+, Col: (\d+)", reason)
    return f"（第{place[1]}个字符附近）" if place else ""


def _spoken(path: str | None) -> str:
    return f"“{path.strip().strip('`')}”" if path else ""


def _ticks(names: str) -> str:
    return names.replace("`", "").replace(", ", "、")


def _types(text: str) -> str:
    words = {"object": "项目的对照", "array": "列表", "string": "文字", "integer": "整数", "number": "数字",
             "boolean": "true 或 false", "null": "空"}  # fmt: skip
    return "或".join(words.get(part, part) for part in text.split(" or "))


def _unit(unit: str) -> str:
    return {"fen": "（分）", "years": "（岁）"}.get(unit, f"（{unit}）")


def _values(text: str) -> str:
    return text.replace(", ", "、")
