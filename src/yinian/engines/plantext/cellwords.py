"""What the words of one cell are, whatever stands above them: units, a time, a figure, a person, work to be done."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from yinian.engines.plantext import organs
from yinian.engines.plantext.grammar import any_of, vocabulary

Sort = Literal[
    "empty", "number", "unit", "time", "figure", "measure", "quality", "nature", "person", "place", "work", "words"
]
"""The sorts that a cell can be told to be of by itself. `work` asks for something, `words` are any others."""

_LABEL = r"(?:\(?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[).、]?|\d{1,2}[-—.]\d{1,2}|[①-⑳])"
_NUMBER = re.compile(rf"^{_LABEL}$")
_BLANK = re.compile(r"^(?:[-—–―/\\无]{0,3})$")
_FIGURE = re.compile(
    r"^[≥≤<>约+]?\s?[\[〔(]?\d[\d,]*(?:\.\d+)?\s?[%‰]?[\])〕]?(?:[-—–~至]\d[\d,.]*[%‰]?)?"
    r"(?:[万亿]?(?![年月日天周])[一-鿿]{1,2})?(?:\(?(?:及?以[上下内]|左右)\)?)?$"
    r"|^(?:不(?:低|少|高)于|不超过|超过|达到?|高于|低于|[大小]于)\s?\d[\d,]*(?:\.\d+)?\s?[%‰]?"
    r"(?:[万亿]?[一-鿿]{0,2})?(?:以上)?$"
    r"|^[≥≤]?\d[\d,]*(?:\.\d+)?[%‰]?\([^()]{1,12}\)$"
)
_BARE = re.compile(r"^[≥≤<>]?\s?\d[\d,]*(?:\.\d+)?\s?[%‰]?$")
_MONTH = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:份)?(?:\d{1,2}日|[上中下]旬|[底初末])?"
_PART = r"第?[一二三四1-4]季度|[上下]半年"
_POINT = (
    rf"(?:(?:20\d\d|今|明|当|本)年(?:度)?(?:{_MONTH}|{_PART}|[底初末])?|20\d\d[./-]\d{{1,2}}(?:[./-]\d{{1,2}})?日?|20\d\d"
    rf"|{_MONTH}|{_PART}|年[底末内中]|月底|全年|“?十[三四五六七]五”?(?:期间|期末|末|时期)?|\d{{1,2}}日)"
)
_SPOKEN = r"(?:自|从|于|在|到|至|力争|争取|计划|预计|截至)*"
_DONE = any_of(
    """完成 启动 实施 落实到位 并长期坚持 取得阶段性成效 见效 办结 投入使用 投入运营 投用 动工 开工 竣工 完工 建成
    交付 验收 到位 挂牌 使用"""
)
_AFTER = rf"(?:之?前|以前|之?内|以内|起|开始|末|底|{_DONE}|[,、;并和及])*"
_RECURRING = any_of(
    r"""每(?:半?年|个?季度?|个?月|周|两周|日|天|学期)(?:度)?.{0,10} 按(?:年|季|月)度?.{0,6} 长期.{0,8} 持续.{0,8}
    常年.{0,6} 常态化?.{0,6} 经常性?.{0,4} 动态.{0,6} 贯穿全年 立(?:即|行立改|知立改|整立改).{0,8} 即[知行]即改 即时
    实时 适时 随时 不?定期 全程 根据.{2,14}(?:时间|要求|安排|部署) 按照?.{2,14}(?:时间|要求|安排|部署|节点).{0,6}
    已完成 分(?:年度|批|步).{0,8} \d{1,3}个?(?:天|日|工作日|月|年)(?:之?内|以内) 印发后.{0,8}
    [一二两三四五六半]个?(?:年|月)(?:之?内|以内)"""
)
_ONE_TIME = rf"(?:{_SPOKEN}{_POINT}(?:[-—–―~至到]{{1,2}}{_POINT})?{_AFTER}|{_RECURRING})"
_TIME = re.compile(rf"^{_ONE_TIME}(?:[,、;\s]*{_ONE_TIME})*$")
_OPENS_TIME = re.compile(rf"^{_SPOKEN}{_POINT}(?:之?前|底|,|、|;|完成|启动|$)")
_MEASURES = frozenset(
    vocabulary(
        """% ‰ 个 张 户 人 所 家 名 万人 万张 万户 亿元 万元 元 人次 万人次 处 套 台 件 项 期 场 次 支 座 间 栋 辆
        平方米 万平方米 岁 床 公里 亩 万亩 吨 万吨 例 对 批 部 门 学时 小时 分钟 天 班次 条 块 份 册 年 级 ㎡ m2
        百分比 百分点 张/千人 人/百张 人/千人 张/百人 个/万人 元/人 元/月 元/天 元/人·月 千人 百人 户次 村 社区 站 点
        机构 元/年"""
    )
)
_QUALITY = re.compile(r"^(?:预期|约束|指导|引导|激励|参考|刚性|考核)[性型值]$")
_NATURE = re.compile(
    "^"
    + any_of(
        """新建 改建 扩建 改扩建 续建 迁建 重建 购置 改造 新、改、扩建 提质改造 设备购置 维修 升级改造 在建"""
    )
    + "$"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤柳"
)
"""The commonest: names of persons need only be told from other short words often enough."""
_TITLE = any_of(
    r"""
    副?(?:书记|省长|市长|县长|区长|州长|旗长|盟长|镇长|乡长|主任|局长|科长|处长|股长|部长|主席|秘书长|调研员|站长|所长|院长|总监)
    常委 委员 同志 某某? 等"""
)
_PERSON = re.compile(
    rf"^[{_SURNAMES}][一-鿿]{{0,3}}{_TITLE}$|^[一-鿿]{{1,3}}某{{1,2}}$|^[{_SURNAMES}][一-鿿]{{1,2}}$"
    rf"|^[{_SURNAMES}][Xx×*]{{1,2}}$|^(?:0\d{{2,3}}-?)?\d{{7,8}}$|^1\d{{10}}$"
)
_A_PLACE = re.compile(
    "[一-鿿]{1,6}" + any_of("镇 乡 县 区 市 州 旗 盟 村 社区 街道 街道办 市本级 县本级 区本级 本级 农场 林场")
)
"""A place by its name, which may name a row or answer for it."""
_LAST = re.compile(r"[\s、,;]+([^\s、,;]+)$")
_WORK = re.compile(
    rf"^(?:{_LABEL}\s?)?"
    + any_of(
        """新建 新增 新设 改造 改建 扩建 改扩建 建设 建成 建立 建好 完成 完善 开展 开设 开发 开通 组织 举办 召开 实施
        实现 实行 推进 推动 推行 推广 推出 制定 制订 出台 编制 印发 修订 健全 加强 加快 加大 强化 提升 提高 提供 落实
        做好 做优 做强 培育 培养 培训 打造 引进 引入 引导 支持 鼓励 扩大 优化 发放 发布 安装 设立 设置 统筹 整合 探索
        深化 发展 创建 创新 压实 责令 指导 督促 保障 规范 升级 构建 搭建 配备 配置 选聘 选树 招聘 增设 增加 总结 动员
        排查 整治 整改 清理 清查 摸清 摸排 调查 统计 评估 检查 监测 监督 宣传 普及 畅通 拓展 拓宽 盘活 撤并 关停 启动
        启用 投用 运营 开工 竣工 争取 筹措 拨付 申报 认定 命名 评选 表彰 奖励 补助 补贴 办好 办理 解决 治理 消除 确保
        持续 全面 积极 大力 进一步 依托 依法 按照 按 根据 通过 围绕 对 为 将 在 把 向 以 每 力争 到 全县 全市 全区 各"""
    )
)
_BUILT = re.compile(
    "^"
    + any_of("新建 建成 迁建 改造 扩建 改扩建 建设 启动 完善 打造 设立 成立 组建 创建 培育 发展 建立")
    + "(?![局委厅部])"
)
"""What opens a cell that says what becomes of an office, and does not only name it."""


_OF_LEVEL = re.compile(
    "[省市县区州旗盟镇乡街][一-鿿]{1,12}" + any_of("局 委 办 中心 公司 集团 院 会 队 所 站 社 馆 部 联 工委 校")
    + "|(?:各|全市|全县)?[一-鿿]{0,8}(?:科室?|股室?|处室?|党支部)"
    + "|各[一-鿿]{2,8}(?:机构|企业|单位|院|中心|村|社区|学校)"
)
"""Names that a column of units holds: with their level before them, offices within a unit, all of a kind."""


def names_units(words: str) -> bool:
    """Whether a cell holds nothing but the names of units, parted by marks, blanks or breaks of lines."""
    return _names_units(words.strip())


@lru_cache(maxsize=8192)
def _names_units(words: str) -> bool:
    if not words or len(words) > 260 or re.search(r"[。:]", words) or _BUILT.match(words):
        return False
    bare = re.sub(r"\([^()]*\)", "", words)
    names = [name for name in re.split(r"[、,;/\s]+|(?<=[局委办厅])(?:和|及|会同)(?=[一-鿿])", bare) if name]
    return bool(names) and sum(_a_unit(name) for name in names) >= max(1, len(names) - len(names) // 4)


def _a_unit(name: str) -> bool:
    name = re.sub(r"^(?:由|其他|牵头|配合)", "", name)
    name = re.sub(r"(?:牵头|配合|负责|等)$", "", name)
    if name.endswith("干部"):
        return False
    return bool(
        organs.strictly_office(name)
        or (organs.group(name) and organs.office(name))
        or organs.territory(name)
        or organs.bare_territory(name)
        or organs.unnamed(name)
        or (organs.departmental(name) and len(name) <= 12)
        or _OF_LEVEL.fullmatch(name)
    )


def says_when(words: str) -> bool:
    """Whether a cell holds nothing but a time."""
    bare = re.sub(r"[\s“”\"]+", "", words)
    return 0 < len(bare) <= 40 and bool(_TIME.match(bare))


def opens_with_time(words: str) -> bool:
    """Whether a cell begins with a time and goes on with what is done by then."""
    return bool(_OPENS_TIME.match(words.strip()))


def a_figure(words: str) -> bool:
    """Whether a cell holds a figure, with its sign and unit, and nothing else."""
    bare = re.sub(r"\s", "", words)
    return (0 < len(bare) <= 24 and bool(_FIGURE.match(bare)) and not says_when(bare)) or bool(_BARE.match(bare))


def a_bare_figure(words: str) -> bool:
    """Whether a cell holds a figure without a unit other than per cent."""
    return bool(_BARE.match(re.sub(r"\s", "", words)))


def a_running_number(words: str) -> bool:
    """Whether a cell holds nothing but the number of its row."""
    return bool(_NUMBER.match(words.strip()))


def a_measure(words: str) -> bool:
    """Whether a cell holds nothing but a unit of measurement."""
    bare = re.sub(r"[\s()]", "", words)
    return bare in _MEASURES or bool(re.fullmatch(r"[万亿]?[一-鿿%‰]{1,2}/[一-鿿·/]{1,6}", bare))


def a_person(words: str) -> bool:
    """Whether a cell names persons, or gives their telephone."""
    names = [name for name in re.split(r"[、,;/\s]+", words.strip()) if name]
    return bool(names) and all(_PERSON.match(name) for name in names) and not names_units(words)


def units_alone(words: str) -> str:
    """The words of a cell without the persons or the time that stand behind its units (县民政局 张某某, 5月底前)."""
    while (last := _LAST.search(words)) and (a_person(last[1]) or says_when(last[1])):
        words = words[: last.start()]
    return words


def asks_for_work(words: str) -> bool:
    """Whether a cell begins as work does that is to be done."""
    return len(words.strip()) >= 4 and bool(_WORK.match(words.strip()))


def blank(words: str) -> bool:
    """Whether a cell says nothing."""
    return bool(_BLANK.match(words.strip()))


@lru_cache(maxsize=8192)
def sort_of(words: str) -> Sort:
    """The one sort that a cell is of by itself, the narrowest first."""
    bare = words.strip()
    if blank(bare):
        return "empty"
    if re.fullmatch(r"\d{1,3}", bare) or (a_running_number(bare) and not bare.isdigit()):
        return "number"
    if re.fullmatch(r"20[0-4]\d(?:[./-](?:0?[1-9]|1[0-2]))?", bare):
        return "time"
    if a_bare_figure(bare):
        return "figure"
    if _QUALITY.match(bare):
        return "quality"
    if _NATURE.match(bare):
        return "nature"
    if says_when(bare):
        return "time"
    if a_figure(bare):
        return "figure"
    if a_measure(bare):
        return "measure"
    if names_units(bare) or names_units(units_alone(bare)):
        return "unit"
    if _A_PLACE.fullmatch(bare):
        return "place"
    if a_person(bare):
        return "person"
    return "work" if asks_for_work(bare) else "words"
