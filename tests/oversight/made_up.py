"""A pack of a made-up province that holds an evaluation, written into a folder of policies."""

from __future__ import annotations

from pathlib import Path

PACK = """
region: "{region}"
label: {{zh: 样例省, en: Sample}}
extends: cn
documents:
  - {{id: sample-1, title: 关于开展养老服务示范县评审的通知, number: 样民〔2026〕1号, date: 2026-03-01}}
"""
CALENDAR = """
- {id: sample-apply, label: {zh: 申报}, month: 10, day: 31, source: {document: sample-1, clause: 三(一), quote: 10月底前, confidence: verified}}
- {id: sample-recommend, label: {zh: 推荐}, month: 11, day: 10, source: {document: sample-1, clause: 三(二), quote: 11月10日前, confidence: verified}}
- {id: sample-review, label: {zh: 评审}, month: 11, day: 30, source: {document: sample-1, clause: 三(三), quote: 11月底前, confidence: verified}}
"""
STANDARDS = """
- {id: sample-count, label: {zh: 推荐数}, unit: 个, per: {zh: 每市}, at_least: 1, at_most: 2, source: {document: sample-1, clause: 三(二), confidence: verified}}
- {id: sample-award, label: {zh: 奖励}, unit: fen, per: {zh: 每县}, at_most: 150000000, source: {document: sample-1, clause: 四, confidence: verified}}
- {id: sample-more, label: {zh: 引领奖励}, unit: 比例, per: {zh: 奖励}, at_least: 0.2, at_most: 0.4, source: {document: sample-1, clause: 四, confidence: verified}}
"""
SCHEMES = """
- id: sample-county
  label: {zh: 样例示范县, en: Sample model county}
  organiser: {zh: 样例省民政厅, en: Sample department}
  subject: region
  source: {document: sample-1, clause: 三, confidence: verified}
  years: {from: 2026, source: {document: sample-1, quote: 自2026年起, confidence: verified}}
  levels: {host: 1, recommender: 2, applicant: 3, source: {document: sample-1, confidence: verified}}
  papers:
    - {id: plan, label: {zh: 工作方案, en: Plan}, required: true, kinds: [document], source: {document: sample-1, confidence: verified}}
    - {id: proofs, label: {zh: 证明材料, en: Proofs}, required: false, kinds: [document, picture], most: 5, source: {document: sample-1, confidence: verified}}
  conditions:
    - {id: truthful, label: {zh: 材料真实, en: True papers}, source: {document: sample-1, confidence: verified}}
  criteria:
    - {id: policy, label: {zh: 政策, en: Policy}, max: 40, source: {document: sample-1, confidence: verified}}
    - {id: supply, label: {zh: 供给, en: Supply}, source: {document: sample-1, confidence: verified}}
  deadlines: {apply: sample-apply, recommend: sample-recommend, review: sample-review}
  recommend: sample-count
  panel:
    at_least: 2
    at_most: 5
    drop_highest: 0
    drop_lowest: 0
    spread: 0.2
    second_readings: 1
    recusal: [{id: own-region, level: 2, label: {zh: 本市, en: Own prefecture}}, {id: declared, label: {zh: 利害关系, en: Relation}}]
    source: {document: sample-1, confidence: unknown}
  notice: {days: 5, working: true, source: {document: sample-1, confidence: unknown}}
  award:
    each: sample-award
    leading: sample-more
    use: {barred: [{id: office, label: {zh: 工作经费, en: Office costs}}], source: {document: sample-1, quote: 不得用于工作经费, confidence: verified}}
"""  # noqa: E501 - the lines are those of a pack


def write_pack(root: Path, region: str, **changed: str) -> Path:
    """The pack under ``root``; ``changed`` replaces the text of a file by its name without ending."""
    folder = root / "cn" / "sample"
    folder.mkdir(parents=True)
    texts = {"pack": PACK.format(region=region), "calendar": CALENDAR, "standards": STANDARDS, "schemes": SCHEMES}
    for name, text in (texts | changed).items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return root
