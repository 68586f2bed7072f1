"""What a section is for, told by its heading: background, goals, tasks, or closing provisions."""

from __future__ import annotations

import re

from yinian.engines.plantext.model import SectionKind

_BACKGROUND = re.compile(
    r"指导思想|基本原则|工作原则|主要原则|背景|概况|现状|形势|^.{0,2}基础$|发展基础|工作基础|成就|成效|问题|挑战|机遇|意义|必要性|"
    r"主要经验|经验做法|主要做法|工作亮点|主要进展|工作进展|工作开展|工作回顾|基本概况|适用范围|编制依据|名词解释|术语|基本情况|基本信息|工作回顾|情况$|依据$"
)
_WHY = re.compile(r"认识[^,。]*(?:意义|重要性|必要性|紧迫性)$")
"""A section that says why the work matters, however long its heading is."""
_GOAL = re.compile(r"目标|指标|总体要求|总体思路|愿景|主要任务指标|规划期限")
_CLOSING = re.compile(r"^(?:附则|其他(?:事项)?|附件)$")
_ACTING = re.compile(
    r"强化|加强|明确|落实|压实|完善|健全|建立|提升|优化|推进|推动|细化|分解|严格|加大|坚持|抓好|聚焦|确保|实施"
    r"|总结|统一|推广|摸清|摸排|破解|化解|应对|梳理|制定(?!依据|背景)|查找|整改|巩固|扩大|发挥|激发|规范|加快|深化|探索|培育|构建|打造|夯实"
    r"|拓展|增强|提高|做[好实优强]|开展|组织|支持|鼓励|引导|创新|统筹|宣传"
)
_TASK = re.compile(
    r"任务|措施|举措|行动|重点|工作内容|工作安排|实施|保障|步骤|组织|推进|机制|分工|政策|支持|服务|体系|内容|项目|工程|要求$|加强|完善|建设"
)


def kind_of(title: str) -> SectionKind | None:
    """The kind that a heading names by itself; None where it says nothing of it."""
    words = re.sub(r"\s|[“”\"]", "", title)
    if not words:
        return None
    if _CLOSING.search(words):
        return "closing"
    if _WHY.search(words):
        return "background"
    if re.search(r"(?:总体|工作|发展|主要|建设|预期|行动)目标$", words):
        return "goal"
    short = len(words) <= 16 and not _ACTING.match(words)
    if short and _GOAL.search(words):
        if re.search(r"任务|措施|重点工作|分工", words) and not re.search(
            r"总体要求|总体目标|发展目标|工作目标|主要目标|^目标任务$", words
        ):
            return "task"
        return "goal"
    if (
        short
        and _BACKGROUND.search(words)
        and not re.search(r"任务|措施|提升|推进|加强|实施|解决|化解|整治|开展|建立|完善", words)
    ):
        return "background"
    return "task" if _TASK.search(words) else None
