"""Names of organs: what reads as the name of an office, what is a group of them, what is only 有关单位."""

from __future__ import annotations

import re

from yinian.engines.plantext.grammar import any_of

_OFFICE = any_of(
    """局 委 办 厅 部 (?<!部)署 总局 委员会 办公室 办公厅 管委会 管理委员会 政府 党委 党工委 纪委监委 法院 检察院 残联
    妇联 团委 团[市县区省州旗]委 工会 总工会 工商联 联合会 红十字会 科协 文联 协会 学会 商会 总会 慈善会 中心 总队 支队
    大队 队 公司 集团 银行 分行 支行 保险 学院 大学 高校 学校 党校 医院 研究院 院 馆 站 所 社 台 报社 专班
    领导小组 指挥部 街道 乡镇 镇 乡 街 办事处 工委 编办 网信办 老龄办 文明办 人大 政协 法制办 金融办 国资办 人防办
    供销社 税务 人行 海关 邮政 银保监 监管分局 分局 市区 县区 区县 县市区 园区 开发区 高新区 经开区 新区 示范区
    度假区 功能区 试验区 县 区 市 州 盟 旗 社区 村 企业 机构 组织 电网 电力 移动 联通 电信 铁塔 燃气 水务 消防
    公安 民政 财政 住建 卫健 人社 教育"""
)
_ENDS_AS_OFFICE = re.compile(rf"{_OFFICE}(?:\([^()]*\))?$")
_SURE = any_of(
    """局 委 办 厅 部 (?<!部)署 委员会 办公室 办公厅 管委会 政府 残联 妇联 团委 团[市县区省州旗]委 工会 工商联 联合会
    红十字会 科协 协会 法院 检察院 总队 支队 大队 公司 集团 银行 分行 支行 海关 银保监会 证监会 民航局
    供销合作总社 领导小组 专班 指导中心 服务中心 街道 办事处"""
)
_STRICT = re.compile(rf"{_SURE}(?:\([^()]*\))?$")
_GROUP_HEAD = re.compile(r"^(?:其[他它])?各(?!级各类)|^(?:属地|有关|相关)")
_PLACE = any_of(
    "政府 行政公署 公署 行署 管委会 管理委员会 办事处"
    " 街道 镇街 街镇 乡镇 镇 乡 县 区 市 州 盟 旗 园区 功能区 开发区 地 社区 村"
)
_NO_PLACE = any_of("级(?:有关)?部门 有关 相关 成员 单位 部门 职能 行业 责任 承办 牵头")
_NOTE = r"(?:\([^()]*\)|〔[^〔〕]*〕|〈[^〈〉]*〉)?"
_GOVERNED = (
    r"(?:县市区|县区|区县|区市县|市县区?|旗县区?|乡镇|镇街|街镇|镇乡|乡镇街道|[县区市旗]\((?:[县市区旗、]|自治县){1,8}\)|乡镇?\(街道\)"
    r"|[省市县区]级(?=人民政府|政府)|所属(?=乡镇|县))(?:(?:党委)?(?:人民)?政府|\(管委会\)|、管委会|和管委会)*"
)
_ZONE = "(?:经济(?:技术)?|产业|工业|各类)?(?:开发区|园区|管理区)"
_BARE_PLACE = any_of(
    "县级市 县区 区县 县市区 地区 自治州 自治县 自治旗 州 盟 旗 县 区 市 乡镇 乡 镇 街道办事处 街道 街 园区 功能区"
    f" 社区 村 办事处 {_ZONE}"
)
_TERRITORY = re.compile(
    rf"^(?:(?:地方|所在地)?各级(?:地方)?(?:党委)?(?:和|、)?(?:人民)?政府|{_GOVERNED}"
    rf"|各(?!{_NO_PLACE})[^局委厅办院校]{{0,24}}{_PLACE}{_NOTE}(?:党委|人民政府|政府|管委会)?"
    r"|属地(?:党委)?(?:人民)?(?:政府|管委会|乡镇|街道|县区|区县)"
    rf"|各?(?:相关|有关|所在|试点)(?:{_BARE_PLACE}){_NOTE}"
    r"|各?(?:相关|有关|所有|县级|乡镇|试点)[^局委厅办]{0,10}(?:人民政府|政府|管委会))$"
)
_BARE_TERRITORY = re.compile(rf"^{_BARE_PLACE}{_NOTE}(?:党委|人民政府|政府|管委会|党工委|办事处)?{_NOTE}$")
_COMPLETE = re.compile(r"(?:政府|管委会|管理委员会|办事处|单位|部门|委员会)$")
_WHICH = any_of("有关 相关 成员 责任 职能 配合 牵头")
_UNITS = r"(?:单位|部门|方面|委办局|厅局)(?:和单位|和部门|、单位|、部门)?"
_OPEN = re.compile(
    rf"(?:(?:等|及|和|与|以及)(?:国务院|中央|自治区|[市省县区州])?[直级属]?各?(?:其[他它])?各?{_WHICH}的?"
    rf"(?:成员|责任|职能|行业|市直|县直|区直|主管)?各?{_UNITS}|等(?:单位|部门|.{{0,4}}(?:单位|部门))?)$"
)
_ALL_UNITS = re.compile(
    r"^(?:各(?:项目|任务)?(?:牵头|责任|配合)单位|各级?(?:有关|相关|成员|责任|职能|牵头|承办)?(?:单位|部门)(?:和单位|、各单位)?"
    r"|(?:国务院|中央|自治区|[市县区省州])[直级属]?各?(?:有关|相关|成员)?(?:单位|部门)(?:和单位)?"
    r"|(?:有关|相关|其[他它]|成员)[^局委厅办、]{0,6}(?:单位|部门|方面)"
    r"|[市县区省]?(?:领导小组|联席会议|工作专班|老龄委|委员会)?各?成员单位)$"
)
_LEVEL = re.compile(r"^(?:国家|全国|中央|省|市(?!场)|县|区|州|盟|旗|自治区|自治州|新区|镇|乡|街道|团)")
_DEPARTMENT = re.compile(
    "^"
    + any_of(
        """民政 财政 发展 发改 人力 人社 住房 住建 城乡 卫生 卫健 医保 医疗 教育 教体 公安 司法 自然资源 生态 农业
        农牧 商务 文化 文旅 文广 应急 市场 审计 统计 国资 税务 残联 妇联 总工会 工会 工商联 科技 科学 工业 工信
        经信 交通 水利 水务 林业 园林 体育 退役 民族 民宗 宗教 信访 金融 网信 宣传 组织 统战 政法 编办 机关 数据
        大数据 行政 政务 城管 城市 综合 规划 乡村 广电 广播 消防 红十字 科协 团委 老龄 供销 气象 地方 慈善 外事
        招商 投资 国土 环保 粮食 能源 人防"""
    )
)


def office(name: str) -> bool:
    """Whether a folded name ends as the name of an office, a group of them, or a territory does."""
    return bool(_ENDS_AS_OFFICE.search(name)) and len(name) <= 40


def strictly_office(name: str) -> bool:
    """Whether a name can be nothing else: it stands in a parenthesis without any word of responsibility."""
    return bool(_STRICT.search(name)) and 2 <= len(name) <= 26 and not re.search(r"[,。;:的是]", name)


def group(name: str) -> bool:
    """Whether a name means many units (各乡镇、街道)."""
    return bool(_GROUP_HEAD.match(name))


def territory(name: str) -> bool:
    """Whether a name means the governments of all places below (各县(市、区)人民政府)."""
    return bool(_TERRITORY.match(name))


def bare_territory(name: str) -> bool:
    """Whether a name is only a kind of place, which continues a group (各乡镇、街道)."""
    return bool(_BARE_TERRITORY.match(name))


def complete(name: str) -> bool:
    """Whether a group's name is finished and takes no further kind of place."""
    return bool(_COMPLETE.search(name))


def unnamed(name: str) -> bool:
    """Whether a name names nobody (有关单位, 市直相关单位)."""
    return bool(_ALL_UNITS.match(name))


def open_tail(name: str) -> int:
    """How many characters at the end of a name only say that there are more (等有关单位); 0 for none."""
    match = _OPEN.search(name)
    return len(name) - match.start() if match else 0


def level_prefix(name: str) -> str:
    """The level that a name begins with (市 of 市民政局); empty where it has none."""
    match = _LEVEL.match(name)
    return match[0] if match else ""


def departmental(name: str) -> bool:
    """Whether a name is a department by its field alone (财政局), so that it takes the level of the one before it."""
    return bool(_DEPARTMENT.match(name)) and office(name) and len(name) <= 14
