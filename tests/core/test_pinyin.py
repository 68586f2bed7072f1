"""Names are read as names."""

import pytest

from yinian.core.pinyin import full_pinyin, initials, pinyin_columns


@pytest.mark.parametrize(
    ("name", "pinyin", "letters"),
    [
        ("单雄信", "shanxiongxin", "sxx"),
        ("解珍", "xiezhen", "xz"),
        ("查良镛", "zhaliangyong", "zly"),
        ("仇英", "qiuying", "qy"),
        ("曾国藩", "zengguofan", "zgf"),
        ("覃桂英", "qinguiying", "qgy"),
        ("区寄", "ouji", "oj"),
        ("任弼时", "renbishi", "rbs"),
        ("盖聂", "genie", "gn"),
        ("乐毅", "yueyi", "yy"),
        ("朴树", "piaoshu", "ps"),
        ("缪荃孙", "miaoquansun", "mqs"),
        ("宁桂芳", "ningguifang", "ngf"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("单于", "shanyu", "sy"),
        ("吕布", "lvbu", "lb"),
        ("买买提·艾力", "maimaitiaili", "mmtal"),
        ("John Smith", "johnsmith", "js"),
        ("", "", ""),
    ],
)
def test_surnames_are_read_as_surnames(name, pinyin, letters):
    assert full_pinyin(name) == pinyin
    assert initials(name) == letters


def test_many_names_are_read_in_order_and_missing_ones_stay_missing():
    frame = pinyin_columns(["单雄信", None, "李四", "单雄信"])
    assert frame["pinyin"].to_list() == ["shanxiongxin", None, "lisi", "shanxiongxin"]
    assert frame["initials"].to_list() == ["sxx", None, "ls", "sxx"]
    assert pinyin_columns([]).height == 0
