"""What files the room keeps, and for whom."""

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, SHEETS, purpose

EVIDENCE = "indicators.evidence"
"""What a figure reported by hand rests on."""

purpose(EVIDENCE, store="indicators.report", open="indicators.view", kinds=IMAGES | DOCUMENTS | SHEETS)
