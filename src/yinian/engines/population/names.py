"""Synthetic names: surnames by region of the country, given names by sex and decade of birth.

The lists are our own. Names of well-known people are never drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Weights are relative frequencies, by judgement, not a census.
_HUNAN_NORTH: Final = (
    "李:78 黄:74 周:70 刘:66 杨:60 陈:58 张:55 "
    "彭:48 吴:46 王:45 徐:42 任:40 胡:38 罗:36 何:35 易:34 湛:33 仇:31 郑:30 "
    "许:29 戴:28 蒋:27 甘:24 熊:23 邓:22 翁:21 苏:20 曾:20 余:19 钟:18 冯:18 "
    "佘:17 楚:16 巢:15 欧阳:14 龙:14 朱:14 毛:13 谢:13 高:13 丁:12 宋:12 汤:12 "
    "唐:12 廖:11 潘:11 姚:11 郭:11 赵:10 孙:10 袁:10 曹:10 肖:18 谭:9 钱:3 江:9 "
    "韩:8 方:8 万:8 程:7 林:7 叶:7 范:7 石:6 夏:6 傅:6 卢:6 单:2 解:1 查:2 覃:3 "
    "舒:5 向:4 左:4 阳:4 喻:5 柳:5 殷:4 侯:4 秦:4 文:6 涂:4 司马:1 阎:2 严:5 洪:4 "
    "沈:4 邹:6 晏:3 盛:4 童:4 梅:3 卜:2 区:1 盖:1 朴:1 缪:1 乐:1 员:1 尉迟:1 冼:1 "
)
_NATIONAL: Final = (
    "王:72 李:72 张:68 刘:54 陈:45 杨:31 赵:23 黄:22 周:21 吴:20 徐:17 孙:15 胡:13 朱:13 "
    "高:10 林:12 何:12 郭:12 马:13 罗:9 郑:9 梁:8 宋:8 谢:8 唐:7 韩:7 许:6 邓:6 冯:6 曹:6 "
    "曾:6 彭:5 程:6 蔡:5 潘:5 袁:5 于:6 董:5 余:5 苏:5 叶:5 吕:5 魏:4 蒋:4 田:4 杜:4 丁:4 "
    "沈:4 姜:4 范:4 江:4 傅:4 钟:4 卢:4 汪:4 戴:3 崔:3 陆:3 廖:4 姚:3 方:3 金:3 邱:4 夏:3 "
    "谭:4 韦:3 贾:3 邹:3 石:3 熊:3 孟:3 秦:3 阎:3 薛:3 侯:3 雷:3 白:3 龙:3 段:3 郝:3 孔:2 "
    "邵:3 史:3 毛:3 常:3 万:3 顾:3 赖:3 武:3 康:3 贺:3 严:3 尹:2 钱:3 施:3 牛:3 洪:3 龚:3 "
)
SURNAMES: Final[dict[str, dict[str, float]]] = {
    region: {name: float(weight) for name, weight in (pair.split(":") for pair in pairs.split())}
    for region, pairs in (("hunan_north", _HUNAN_NORTH), ("national", _NATIONAL))
}
#: Given names take these from the place they are given in; elsewhere nobody would be called so.
_OF_HUNAN: Final = frozenset("湘岳")
#: pypinyin reads these by their common sense; as surnames they sound otherwise.
SURNAME_PINYIN: Final = {
    "单": "shan",
    "解": "xie",
    "查": "zha",
    "仇": "qiu",
    "曾": "zeng",
    "覃": "qin",
    "区": "ou",
    "盖": "ge",
    "朴": "piao",
    "缪": "miao",
    "乐": "yue",
    "员": "yun",
    "尉迟": "yuchi",
    "冼": "xian",
    "任": "ren",
    "佘": "she",
    "喻": "yu",
    "万": "wan",
    "石": "shi",
}
_WELL_KNOWN: Final = (
    "任弼时 毛泽东 周恩来 刘少奇 朱德 彭德怀 胡志明 李先念 李小龙 刘德华 张学友 黄兴 "
    "杨开慧 王洪文 江青 胡耀邦 赵紫阳 华国锋 李鹏 朱镕基 江泽民 胡锦涛 温家宝 王震 "
    "王光美 任志强 任正非 王建国 陈云 陈毅 陈永贵 王进喜 杨振宁 袁隆平 钱学森 李四光 "
    "王国维 张国荣 张国焘 张国立 周立波 周建人 黄永胜 吴学谦 张春桥 李德生 王明 "
    "张明敏 李光耀 彭丽媛 宋庆龄 何香凝 李玉兰 王秀兰 李春华 罗荣桓 杨成武 许光达 "
    "陈明仁 王新民 刘国梁 罗国杰 彭国华 胡国华 李铁映 李建国 李志民 王文华 张志新 "
    "黄文秀 陈建功 杨明 周文雍 王建民 陈光 罗明 彭真 吴德 李强 黄华 罗琼 高玉宝 "
    "高岗 张爱萍 王稼祥 李立三 吴玉章 谢觉哉 徐特立 田汉 丁玲 沈从文 周光召 何长工 "
    "王首道 萧克 苏振华 唐生智 程潜 陶铸 黄克诚 谭震林 李富春 蔡和森 向警予 李小鹏 "
    "李立国 李克强 王岐山 李宁 李娜 李雪健 张国强 李小双 李玉刚 张海迪 刘红 杨利伟 "
    "陈红 李湘 刘永好 王丽萍 刘文彩 李冬梅 王志文 王立军 刘永坦 李春平 周永康 王光英 "
    "李玉琴 李立群 王金山 王金平 李金华 王立平 周小平 李小平 邓小平 杨春霞 刘晓庆 "
)
#: Nobody in the demo bears the name of a well-known person.
NEVER: Final = frozenset(_WELL_KNOWN.split())

_MALE_EARLY = list("德正国光庆绍兆炳福金贵寿先本启继耀云春炎佑祖荣玉定应桂焕树长")
_MALE_EARLY_END = list("生华云清林初和连元秋保春如高山泉山喜安来庭堂湘阶南凡桃坤甫祥")
_MALE_MID = list("建国志正新文光永克立学运跃胜振明爱培友应四三满德铁海金伏佑习湘岳")
_MALE_MID_END = list("平生军明华民初良辉球根武强林社勤兵保桃才湘先凡云光文成其松龙高元春")
_MALE_LATE = list("建志卫新勇伟海立俊文立国红正永向小晓学宏岳湘铁罗江利松成敏勤")
_MALE_LATE_END = list("军平辉强华明刚波兵勇文涛林光良新鹏龙斌雄峰民武飞亮根佳奇杰望")
_FEMALE_EARLY = list("桂秀玉菊冬腊满淑金翠春凤梅月兰松银贞莲细细爱福元腊喜美云竹友")
_FEMALE_EARLY_END = list("英香兰莲珍华云梅秀娥元桃姣莲姑贞凤芝仙清满姐辉良纯蓉玉菊桂连")
_FEMALE_MID = list("桂爱建秀淑菊冬春金玉立美月翠凤腊新友伏国细正佑四迪雪应岳湘满")
_FEMALE_MID_END = list("英香兰莲珍华云梅娥元姣辉桃纯秀良平红玲霞芳群萍琼明先满凡初枚")
_FEMALE_LATE = list("丽艳小红雪海晓春美秋玉金燕利灿文佳慧亚湘建素爱立翠静凤岳紫彩")
_FEMALE_LATE_END = list("芳霞玲红艳丽萍辉娟燕英琴华敏兰云群珍梅娜花香晖玉容平波纯青枚")
_SINGLE = list("明华平军强勇红芳玲英辉文斌兰珍林云初清松")

#: Last birth year of each era.
ERAS: Final = (1939, 1958, 9999)


@dataclass(frozen=True, slots=True)
class NameBook:
    """Surnames and given names with their pinyin; a name is a pair of indices into them."""

    surnames: pl.Series
    surname_weights: NDArray[np.float64]
    surname_pinyin: pl.Series
    surname_initials: pl.Series
    given: pl.Series
    given_pinyin: pl.Series
    given_initials: pl.Series
    ranges: dict[tuple[bool, int], tuple[int, NDArray[np.float64]]]
    never: frozenset[tuple[int, int]]


def _pair_names(first: list[str], last: list[str]) -> tuple[list[str], NDArray[np.float64]]:
    names: dict[str, float] = {}
    for i, a in enumerate(first):
        for j, b in enumerate(last):
            if a != b:
                # Earlier entries of a list are commoner (about Zipf).
                names[a + b] = names.get(a + b, 0.0) + 1 / ((4 + i) * (4 + j))
    for single in _SINGLE:
        names[single] = 0.06 * sum(names.values()) / len(_SINGLE) / 2
    weights = np.array(list(names.values()))
    return list(names), weights / weights.sum()


@cache
def name_book(region: str) -> NameBook:
    """The name book of a region of the country (``hunan_north``), or the ``national`` one."""
    from pypinyin import Style, lazy_pinyin  # slow to load, and only a demo's making reads names aloud

    if region not in SURNAMES:
        raise ValueError(f"no surname list {region!r}; known: {', '.join(SURNAMES)}")
    surnames = list(SURNAMES[region])
    weights = np.array(list(SURNAMES[region].values()))
    surname_pinyin = [SURNAME_PINYIN.get(s) or "".join(lazy_pinyin(s)) for s in surnames]
    given: list[str] = []
    ranges: dict[tuple[bool, int], tuple[int, NDArray[np.float64]]] = {}
    pairs = {
        (False, 0): (_MALE_EARLY, _MALE_EARLY_END),
        (False, 1): (_MALE_MID, _MALE_MID_END),
        (False, 2): (_MALE_LATE, _MALE_LATE_END),
        (True, 0): (_FEMALE_EARLY, _FEMALE_EARLY_END),
        (True, 1): (_FEMALE_MID, _FEMALE_MID_END),
        (True, 2): (_FEMALE_LATE, _FEMALE_LATE_END),
    }
    for key, lists in pairs.items():
        first, last = ([c for c in chars if region == "hunan_north" or c not in _OF_HUNAN] for chars in lists)
        names, chances = _pair_names(first, last)
        ranges[key] = (len(given), chances)
        given += names
    syllables = {c: lazy_pinyin(c)[0] for c in sorted({c for g in given for c in g})}
    surname_at = {s: i for i, s in enumerate(surnames)}
    places: dict[str, list[int]] = {}
    for i, g in enumerate(given):
        places.setdefault(g, []).append(i)
    never = frozenset(
        (surname_at[full[:cut]], i)
        for full in NEVER
        for cut in (1, 2)
        if full[:cut] in surname_at
        for i in places.get(full[cut:], ())
    )
    return NameBook(
        surnames=pl.Series(surnames),
        surname_weights=weights / weights.sum(),
        surname_pinyin=pl.Series(surname_pinyin),
        surname_initials=pl.Series(
            [
                "".join(SURNAME_PINYIN.get(c, p)[0] for c, p in zip(s, lazy_pinyin(s, style=Style.NORMAL), strict=True))
                if len(s) > 1
                else q[0]
                for s, q in zip(surnames, surname_pinyin, strict=True)
            ]
        ),
        given=pl.Series(given),
        given_pinyin=pl.Series(["".join(syllables[c] for c in g) for g in given]),
        given_initials=pl.Series(["".join(syllables[c][0] for c in g) for g in given]),
        ranges=ranges,
        never=never,
    )


def draw_surnames(rng: np.random.Generator, book: NameBook, n: int) -> NDArray[np.int64]:
    """Indices of ``n`` surnames by frequency."""
    return rng.choice(len(book.surnames), size=n, p=book.surname_weights).astype(np.int64)


def draw_given(
    rng: np.random.Generator,
    book: NameBook,
    surnames: NDArray[np.int64],
    female: NDArray[np.bool_],
    birth_year: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Indices of given names by sex and era of birth, avoiding the names of well-known people."""
    era = np.searchsorted(np.array(ERAS), birth_year)
    given = np.zeros(len(surnames), dtype=np.int64)
    for (is_female, which), (start, chances) in book.ranges.items():
        here = np.flatnonzero((female == is_female) & (era == which))
        given[here] = start + rng.choice(len(chances), size=len(here), p=chances)
    never = np.array([s * 1_000_000 + g for s, g in sorted(book.never)], dtype=np.int64)
    # The neighbouring entry is another name of the same sex and era, save at a list's end, where another
    # step follows; the denied names are few, so this ends at once.
    while len(hits := np.flatnonzero(np.isin(surnames * 1_000_000 + given, never))):
        given[hits] = np.maximum(given[hits] - 1, 0)
        if (given[hits] == 0).all():
            given[hits] = 1
    return given


def name_columns(book: NameBook, surnames: NDArray[np.int64], given: NDArray[np.int64]) -> pl.DataFrame:
    """Columns name, name_pinyin (syllables joined, lower case) and name_initials."""
    s, g = pl.Series(surnames), pl.Series(given)
    return pl.DataFrame(
        {
            "name": book.surnames.gather(s) + book.given.gather(g),
            "name_pinyin": book.surname_pinyin.gather(s) + book.given_pinyin.gather(g),
            "name_initials": book.surname_initials.gather(s) + book.given_initials.gather(g),
        }
    )
