"""The circumstances a register keeps about a person: their kinds, values, and who is the authority for each.

The facts that policy rules read (data/policies) come from these. ``number`` is the kind's place in the
database's exclusion constraint and is never reused.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Department(StrEnum):
    CIVIL_AFFAIRS = "civil_affairs"
    PUBLIC_SECURITY = "public_security"
    SOCIAL_SECURITY = "social_security"
    DISABLED_FEDERATION = "disabled_federation"
    HEALTH = "health"
    MEDICAL_INSURANCE = "medical_insurance"
    VETERANS = "veterans"
    TOWN = "town"
    VILLAGE = "village"
    HOME = "home"
    SELF = "self"


DEPARTMENTS: dict[str, Promise | str] = {
    Department.CIVIL_AFFAIRS: _("Civil affairs"),
    Department.PUBLIC_SECURITY: _("Public security"),
    Department.SOCIAL_SECURITY: _("Social security"),
    Department.DISABLED_FEDERATION: _("Disabled persons' federation"),
    Department.HEALTH: _("Health commission"),
    Department.MEDICAL_INSURANCE: _("Medical insurance"),
    Department.VETERANS: _("Veterans affairs"),
    Department.TOWN: _("Town"),
    Department.VILLAGE: _("Village"),
    Department.HOME: _("Care home"),
    Department.SELF: _("The person or family"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of circumstance.

    ``values``: allowed texts with their labels; empty when only ``grades`` counts. ``grades``: allowed whole
    numbers. ``absent``: what not being on a complete departmental list means (None: nothing can be concluded).
    """

    code: str
    number: int
    label: Promise | str
    values: dict[str, Promise | str] = field(default_factory=dict)
    grades: range | None = None
    authority: tuple[Department, ...] = ()
    absent: str | None = None
    grade_label: Promise | str = ""
    asked_of: str = "village"  # who finds it out: village, town, assessor
    pattern: str = ""  # the form of a value that is not from a list, such as a division code


YES_NO: dict[str, Promise | str] = {"true": _("Yes"), "false": _("No")}

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("relief", 1, _("Social relief"),
             {"none": _("None"), "dibao": _("Minimum living allowance"), "marginal": _("Marginal household"),
              "low_income": _("Low income"), "tekun": _("Destitute, state-supported")},
             authority=(Department.CIVIL_AFFAIRS,), absent="none"),
        Kind("support_form", 2, _("Form of support"),
             {"central": _("Central support"), "dispersed": _("Dispersed support")},
             authority=(Department.CIVIL_AFFAIRS,)),
        Kind("wants_central", 3, _("Wishes central support"), YES_NO, authority=(Department.VILLAGE,)),
        Kind("disability", 4, _("Disability"),
             {"none": _("None"), "visual": _("Visual"), "hearing": _("Hearing"), "speech": _("Speech"),
              "physical": _("Physical"), "intellectual": _("Intellectual"), "mental": _("Mental"),
              "multiple": _("Multiple")},
             range(1, 5), (Department.DISABLED_FEDERATION,), "none", _("Grade")),
        Kind("ability", 5, _("Ability level"), {}, range(0, 5), (Department.CIVIL_AFFAIRS,),
             grade_label=_("Level"), asked_of="assessor"),
        Kind("self_care", 6, _("Self-care items failed"), {}, range(0, 7), (Department.CIVIL_AFFAIRS,),
             grade_label=_("Items failed")),
        Kind("ltc", 7, _("Long-term-care grade"), {}, range(0, 6), (Department.MEDICAL_INSURANCE,),
             grade_label=_("Grade")),
        Kind("dementia", 8, _("Dementia"), YES_NO, authority=(Department.HEALTH,)),
        Kind("mental_disorder", 9, _("Mental disorder"), YES_NO, authority=(Department.HEALTH,)),
        Kind("living", 10, _("Lives with"),
             {"alone": _("Alone"), "spouse": _("With spouse only"), "children": _("With children"),
              "kin": _("With other kin"), "others": _("With others"), "home": _("In a care home")},
             authority=(Department.VILLAGE,)),
        Kind("left_behind", 11, _("Left behind"), YES_NO, authority=(Department.VILLAGE,), absent="false"),
        Kind("empty_nest", 12, _("Empty nest"), YES_NO, authority=(Department.VILLAGE,), absent="false"),
        Kind("special_family", 13, _("Special family under family planning"), YES_NO,
             authority=(Department.HEALTH,), absent="false"),
        Kind("special_contribution", 14, _("Special contribution (veterans' relief)"), YES_NO,
             authority=(Department.VETERANS,), absent="false"),
        Kind("medical_insurance", 15, _("Medical insurance"),
             {"none": _("None"), "employee": _("Employee"), "resident": _("Resident")},
             authority=(Department.MEDICAL_INSURANCE,)),
        Kind("ltc_insured", 16, _("Insured for long-term care"), YES_NO,
             authority=(Department.MEDICAL_INSURANCE,), absent="false"),
        Kind("pension", 17, _("Pension"),
             {"none": _("None"), "employee": _("Employee"), "resident": _("Resident")},
             authority=(Department.SOCIAL_SECURITY,)),
        Kind("death", 18, _("Death"), {"dead": _("Died")}, authority=(Department.PUBLIC_SECURITY,)),
        Kind("move", 19, _("Move"),
             {"in": _("Moved in"), "out": _("Moved out"), "within": _("Moved within the county")},
             authority=(Department.PUBLIC_SECURITY,)),
        Kind("residence", 20, _("Place of residence"), authority=(Department.PUBLIC_SECURITY,),
             pattern="^[0-9]{6,14}$"),
    )
}

KIND_CHOICES = [(kind.code, kind.label) for kind in KINDS.values()]
DEPARTMENT_CHOICES = [(str(code), label) for code, label in DEPARTMENTS.items()]
