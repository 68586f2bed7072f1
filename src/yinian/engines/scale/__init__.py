"""Assessment scales as data: read and checked, scored, adjusted; their forms, and what a county adds to them.

Pure computation: scales arrive as texts, answers as plain mappings; nothing here touches disk, clock or Django.
"""

from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.forms import FormFault, ReportRow, check_form, inputs_from_form, report
from yinian.engines.scale.load import load_scale
from yinian.engines.scale.model import (
    Adjustment,
    Choice,
    Combination,
    Confirmation,
    Dimension,
    DimensionLevels,
    Field,
    Input,
    Item,
    Level,
    Option,
    ProcessRule,
    Scale,
    Section,
    SelfAssessment,
    Wording,
)
from yinian.engines.scale.overlay import (
    PART_NAMES,
    WordingFile,
    WordingText,
    apply_wording,
    confirm,
    read_wording,
)
from yinian.engines.scale.scoring import Adjusted, Running, RunningDimension, Scored, running, score
from yinian.engines.scale.selfassess import SelfAssessed, self_assess

__all__ = [
    "PART_NAMES",
    "Adjusted",
    "Adjustment",
    "Choice",
    "Combination",
    "Confirmation",
    "Dimension",
    "DimensionLevels",
    "Field",
    "FormFault",
    "Input",
    "Item",
    "Level",
    "Option",
    "ProcessRule",
    "ReportRow",
    "Running",
    "RunningDimension",
    "Scale",
    "ScaleError",
    "Scored",
    "Section",
    "SelfAssessed",
    "SelfAssessment",
    "Wording",
    "WordingFile",
    "WordingText",
    "apply_wording",
    "check_form",
    "confirm",
    "inputs_from_form",
    "load_scale",
    "read_wording",
    "report",
    "running",
    "score",
    "self_assess",
]
