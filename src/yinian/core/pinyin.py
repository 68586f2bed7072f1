"""Pinyin and initials of Chinese names, surnames read as surnames. Search keys only: nothing is shown from here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

import polars as pl

from yinian.core.identity import normalise_name

SURNAMES = {
    "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "曾": "zeng", "覃": "qin", "区": "ou", "任": "ren",
    "盖": "ge", "乐": "yue", "朴": "piao", "缪": "miao", "宁": "ning", "甯": "ning", "冼": "xian",
    "种": "chong", "员": "yun", "尉": "wei", "华": "hua", "卜": "bu", "秘": "bi", "祭": "zhai", "召": "shao",
    "折": "she", "佴": "nai", "黑": "he", "繁": "po", "翟": "zhai", "柏": "bai", "乜": "nie", "谌": "chen",
    "隗": "wei", "逄": "pang", "佟": "tong", "车": "che", "晁": "chao", "重": "chong", "褚": "chu", "牟": "mou",
    "万": "wan", "俞": "yu", "葛": "ge", "石": "shi", "纪": "ji", "那": "na", "过": "guo", "应": "ying",
    "占": "zhan", "钻": "zuan", "郇": "xun", "笪": "da", "訾": "zi", "麴": "qu", "郗": "xi", "郝": "hao",
    "燕": "yan", "相": "xiang", "哈": "ha", "能": "nai", "会": "gui", "不": "fou", "瞿": "qu", "贾": "jia",
    "幺": "yao", "尹": "yin", "厘": "li", "粘": "nian", "沈": "shen", "令": "ling", "鲜": "xian", "莘": "shen",
    "宓": "mi", "曲": "qu", "撒": "sa", "逯": "lu", "洪": "hong", "薄": "bo", "卓": "zhuo", "适": "kuo",
    "长": "chang", "藏": "zang", "臧": "zang", "吕": "lv", "闾": "lv", "呙": "guo", "於": "yu",
    "都": "du", "调": "diao", "盛": "sheng", "宿": "su", "参": "shen", "行": "xing", "角": "jue", "句": "gou",
    "勾": "gou", "缴": "jiao", "仉": "zhang", "郄": "qie", "展": "zhan", "晟": "cheng", "阚": "kan", "戚": "qi",
}  # fmt: skip
"""Readings of one-character surnames that differ from, or might be mistaken for, the everyday reading."""

COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "澹台": ("tan", "tai"),
    "宰父": ("zai", "fu"), "单于": ("chan", "yu"), "令狐": ("ling", "hu"), "欧阳": ("ou", "yang"),
    "司马": ("si", "ma"), "上官": ("shang", "guan"), "诸葛": ("zhu", "ge"), "东方": ("dong", "fang"),
    "皇甫": ("huang", "fu"), "公孙": ("gong", "sun"), "慕容": ("mu", "rong"), "司徒": ("si", "tu"),
    "司空": ("si", "kong"), "夏侯": ("xia", "hou"), "端木": ("duan", "mu"), "呼延": ("hu", "yan"),
    "南宫": ("nan", "gong"), "轩辕": ("xuan", "yuan"), "独孤": ("du", "gu"), "宇文": ("yu", "wen"),
    "鲜于": ("xian", "yu"), "闻人": ("wen", "ren"), "赫连": ("he", "lian"), "钟离": ("zhong", "li"),
    "濮阳": ("pu", "yang"), "淳于": ("chun", "yu"), "太史": ("tai", "shi"), "申屠": ("shen", "tu"),
    "仲孙": ("zhong", "sun"), "公羊": ("gong", "yang"), "公冶": ("gong", "ye"), "宗政": ("zong", "zheng"),
    "拓跋": ("tuo", "ba"), "百里": ("bai", "li"), "东郭": ("dong", "guo"), "南郭": ("nan", "guo"),
    "西门": ("xi", "men"), "第五": ("di", "wu"), "梁丘": ("liang", "qiu"), "左丘": ("zuo", "qiu"),
    "东门": ("dong", "men"), "谷梁": ("gu", "liang"), "司寇": ("si", "kou"), "巫马": ("wu", "ma"),
    "漆雕": ("qi", "diao"), "乐正": ("yue", "zheng"), "壤驷": ("rang", "si"), "公良": ("gong", "liang"),
    "夹谷": ("jia", "gu"), "段干": ("duan", "gan"), "亓官": ("qi", "guan"), "纳兰": ("na", "lan"),
    "完颜": ("wan", "yan"), "哥舒": ("ge", "shu"), "贺兰": ("he", "lan"), "叱干": ("chi", "gan"),
}  # fmt: skip

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af〇]+")
_OTHER = re.compile(r"[^a-z0-9]+")


def syllables(name: str) -> list[str]:
    """Lower-case syllables of a name without tones, ü as v; Latin words stay whole. Empty for an empty name."""
    name = normalise_name(name)
    parts = [part for part in re.split(r"[·\s]+", name) if part]
    result: list[str] = []
    for index, part in enumerate(parts):
        # a minority name such as 买买提·艾力 has no Chinese surname, so the everyday reading stands
        result.extend(_read(part, with_surname=index == 0 and len(parts) == 1))
    return result


def full_pinyin(name: str) -> str:
    """The name as one lower-case word: 单雄信 gives 'shanxiongxin'."""
    return "".join(syllables(name))


def initials(name: str) -> str:
    """First letters: 单雄信 gives 'sxx'. These are letters, not shengmu: 张 gives 'z'."""
    return "".join(part[0] for part in syllables(name))


def pinyin_columns(names: pl.Series | Iterable[str | None]) -> pl.DataFrame:
    """Columns `pinyin` and `initials` for many names, in order, each distinct name read once. Null stays null."""
    series = pl.Series("name", names, dtype=pl.String)
    distinct = [name for name in series.unique().to_list() if name is not None]
    readings = [syllables(name) for name in distinct]
    table = pl.DataFrame(
        {
            "name": distinct,
            "pinyin": ["".join(parts) for parts in readings],
            "initials": ["".join(part[0] for part in parts) for parts in readings],
        },
        schema={"name": pl.String, "pinyin": pl.String, "initials": pl.String},
    )
    joined = series.to_frame().join(table, on="name", how="left", maintain_order="left")
    return joined.select("pinyin", "initials")


@cache
def _reader() -> Callable[[str], list[str]]:
    """Everyday readings of a run of characters. Its tables take half a second and many megabytes: at first use."""
    from pypinyin import Style, lazy_pinyin

    return lambda chunk: lazy_pinyin(chunk, style=Style.NORMAL, v_to_u=False)


def _read(part: str, *, with_surname: bool) -> list[str]:
    result: list[str] = []
    position = 0
    if with_surname and len(part) > 2 and part[:2] in COMPOUND_SURNAMES:
        result.extend(COMPOUND_SURNAMES[part[:2]])
        position = 2
    elif with_surname and part[0] in SURNAMES:
        result.append(SURNAMES[part[0]])
        position = 1
    for match in re.finditer(rf"{_HAN.pattern}|[^\u3400-\u9fff\U00020000-\U000323af〇]+", part[position:]):
        chunk = match.group()
        if _HAN.fullmatch(chunk):
            for reading in _reader()(chunk.replace("〇", "零")):
                letters = _OTHER.sub("", reading.lower())
                if letters:
                    result.append(letters)
        else:
            letters = _OTHER.sub("", chunk.lower())
            if letters:
                result.append(letters)
    return result
