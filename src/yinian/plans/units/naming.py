"""Names of units as documents write them, made comparable: 县民政局, 市民政局, 民政局 of one county are one."""

import re

from yinian.engines.plantext import organs

_LEVEL = re.compile(r"^(?:本|全)?[市县区](?=.{2})(?!场|域)")
_NOTE = re.compile(r"\([^()]*\)|（[^（）]*）")
_TAIL = re.compile(r"(?:人民政府|政府|党委和政府|党委、政府|街道办事处|办事处)$")
_SAME = (
    ("人力资源和社会保障", "人社"), ("人力资源社会保障", "人社"),
    ("卫生健康委员会", "卫健局"), ("卫生健康委", "卫健局"), ("卫生健康局", "卫健局"), ("卫健委", "卫健局"),
    ("发展和改革", "发改"), ("发展改革", "发改"), ("住房和城乡建设", "住建"),
    ("住房城乡建设", "住建"), ("自然资源和规划", "自然资源"), ("市场监督管理", "市场监管"), ("农业农村", "农业农村"),
    ("文化旅游广电体育", "文旅广体"), ("退役军人事务", "退役军人"), ("机构编制委员会办公室", "编办"),
    ("残疾人联合会", "残联"), ("妇女联合会", "妇联"), ("发改委", "发改局"), ("医疗保障", "医保"),
)


def bare(surface: str, county: str = "", town: bool = False) -> str:
    """A name without the level and the place before it, notes in brackets, and long forms: what names are compared by.

    ``county`` is the name of the county (with its last character, as the register has it). ``town``: also without the
    words of government behind it (白塘镇人民政府 is 白塘镇; 和平街道办事处 is 和平街道).
    """
    text = _NOTE.sub("", "".join(surface.split()))
    for prefix in (county, county[:-1] if len(county) > 2 else ""):
        if prefix and text.startswith(prefix) and len(text) > len(prefix) + 1:
            text = text[len(prefix):]
            break
    text = _LEVEL.sub("", text)
    text = re.sub(r"^委(?=[^员])", "", text) if text.startswith("委") and len(text) > 3 else text
    for long, short in _SAME:
        text = text.replace(long, short)
    if town:
        found = _TAIL.sub("", text)
        text = f"{found}街道" if text.endswith("街道办事处") and not found.endswith("街道") else found
    return text[:80]


def means_all_towns(surface: str) -> bool:
    """Whether a name stands for every town of the county (各乡镇、街道)."""
    return organs.group(surface) and organs.territory(surface)
