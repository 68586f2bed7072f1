"""The departmental lists the register takes: their columns, and which circumstance each column feeds.

A new list is a new entry here; reading, linking, loading and undoing know no list by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yinian.core.sheets import Choice, Column, SheetSpec
from yinian.people.kinds import KINDS, Department

Words = str | Promise
Event = Literal["", "death", "move"]


@dataclass(frozen=True)
class Feed:
    """A circumstance read from a row: its kind, and the columns that hold value, grade, first day and evidence.

    ``fixed``: the value of every row, where being on the list says it. ``grade_needed``: a value other than
    ``none`` without a grade is a fault of the row. ``only_if``: a column that must be filled for the feed to say
    anything. ``event``: the value happened on its day, so another day is another fact. ``ends``: it ends with the
    list's other circumstances when somebody is no longer on the complete list, though absence concludes nothing.
    """

    kind: str
    value: str = ""
    fixed: str = ""
    grade: str = ""
    since: str = ""
    evidence: str = ""
    grade_needed: bool = False
    only_if: str = ""
    event: Event = ""
    ends: bool = False


@dataclass(frozen=True)
class ListSpec:
    """A list: what it is called, whose it is, its columns beyond :data:`IDENTITY`, and its feeds.

    ``makes``: a person of sixty who is not in the register is entered. ``identity``: the list is the authority
    for name, registration and residence. ``may_be_complete``: it can be the department's whole list.
    """

    code: str
    department: Department
    title: Words
    note: Words
    columns: Sequence[Column]
    feeds: Sequence[Feed]
    makes: bool = True
    identity: bool = False
    may_be_complete: bool = True
    village_needed: bool = False
    id_needed: bool = False
    sheet: SheetSpec = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "sheet", SheetSpec(self.code, self.title, [*identity_columns(self), *self.columns], self.note)
        )

    @property
    def concluding(self) -> tuple[Feed, ...]:
        """Feeds of kinds where not being on the complete list says something."""
        return tuple(feed for feed in self.feeds if KINDS[feed.kind].absent is not None and not feed.only_if)

    @property
    def ending(self) -> tuple[str, ...]:
        """Kinds whose records end for people who are no longer on the complete list."""
        return (*(feed.kind for feed in self.concluding), *(feed.kind for feed in self.feeds if feed.ends))

    @property
    def can_be_complete(self) -> bool:
        return self.may_be_complete and bool(self.concluding)


def identity_columns(spec: ListSpec) -> list[Column]:
    """The columns that say who a row is about; the same in every list."""
    return [
        Column("name", _("Name"), required=True, max_length=60, example="李桂花", aliases=("姓名", "老年人姓名")),
        Column(
            "id_number",
            _("ID number"),
            "id_number",
            required=spec.id_needed,
            unique=True,
            aliases=("身份证号", "身份证号码", "公民身份号码", "证件号码"),
            help=_("Without it, birth date and village must be filled in."),
        ),
        Column(
            "sex",
            _("Sex"),
            "choice",
            aliases=("性别",),
            choices=(
                Choice("male", _("Male"), ("男", "1", "男性")),
                Choice("female", _("Female"), ("女", "2", "女性")),
            ),
        ),
        Column("birth_date", _("Date of birth"), "date", example="1944-01-05", aliases=("出生日期", "出生年月日")),
        Column(
            "village",
            _("Village (community)"),
            "region",
            required=spec.village_needed,
            example="某某镇某某村",
            aliases=("村(社区)", "村社区", "村居", "所在村", "居住村", "现居住村(社区)"),
            help=_(
                "Where the person lives. Name of the village, with its town where the name is not unique; or its code."
            ),
        ),
        Column("address", _("Address"), max_length=120, aliases=("住址", "家庭住址", "详细地址", "现住址")),
        Column("phone", _("Phone"), "phone", aliases=("联系电话", "电话", "联系方式", "手机号码")),
    ]


def _values(kind: str, *, without: tuple[str, ...] = ()) -> list[Choice]:
    return [Choice(value, label) for value, label in KINDS[kind].values.items() if value not in without]


_DISABILITY_WORDS = {
    "visual": "视力",
    "hearing": "听力",
    "speech": "言语",
    "physical": "肢体",
    "intellectual": "智力",
    "mental": "精神",
    "multiple": "多重",
}


def _disabilities() -> list[Choice]:
    return [
        Choice(c.value, c.label, (_DISABILITY_WORDS[c.value], f"{_DISABILITY_WORDS[c.value]}残疾"))
        for c in _values("disability", without=("none",))
    ]


def _grade(key: str, label: Words, kind: str, **more: Any) -> Column:
    grades = KINDS[kind].grades or range(1)
    words = "零一二三四五六"
    return Column(
        key,
        label,
        "choice",
        choices=[Choice(str(n), f"{words[n]}级", (str(n), words[n], f"{n}级")) for n in grades],
        **more,
    )


_ALL: tuple[ListSpec, ...] = (
    ListSpec(
        "ps_register",
        Department.PUBLIC_SECURITY,
        _("Register of people aged 60 and over"),
        _("Everybody of sixty and over with registration or residence here."),
        [
            Column("hukou", _("Village of registration"), "region", aliases=("户籍村(社区)", "户籍所在村")),
            Column("household_no", _("Household number"), max_length=30, aliases=("户号",)),
            Column("urban", _("Urban registration"), "boolean", aliases=("是否城镇户口",)),
            Column("since", _("Living there since"), "date", aliases=("居住起始日期",)),
        ],
        [Feed("residence", "village", since="since")],
        identity=True,
        may_be_complete=False,
        village_needed=True,
        id_needed=True,
    ),
    ListSpec(
        "ps_deaths",
        Department.PUBLIC_SECURITY,
        _("Deaths"),
        _("People whose registration ended by death."),
        [
            Column("died_on", _("Day of death"), "date", required=True, aliases=("死亡日期", "注销日期")),
            Column("paper", _("Certificate"), max_length=100, aliases=("死亡证明编号",)),
        ],
        [Feed("death", fixed="dead", since="died_on", evidence="paper", event="death")],
        makes=False,
        may_be_complete=False,
    ),
    ListSpec(
        "ps_moves",
        Department.PUBLIC_SECURITY,
        _("Moves"),
        _("People who moved in, out, or within the county. The village is where they live now."),
        [
            Column("move", _("Kind of move"), "choice", required=True, choices=_values("move")),
            Column("moved_on", _("Day of the move"), "date", required=True, aliases=("迁移日期",)),
        ],
        [
            Feed("move", "move", since="moved_on", event="move"),
            Feed("residence", "village", since="moved_on", only_if="arrives", event="move"),
        ],
        may_be_complete=False,
    ),
    ListSpec(
        "ss_pension",
        Department.SOCIAL_SECURITY,
        _("Pensions"),
        _("Kind of pension, and whether it is still paid."),
        [
            Column("pension", _("Kind of pension"), "choice", required=True, choices=_values("pension")),
            Column("paid_from", _("Paid since"), "date", aliases=("领取起始日期", "待遇起始日期")),
            Column(
                "paid",
                _("Still paid"),
                "boolean",
                aliases=("是否在领", "是否发放"),
                help=_("No: the person counts as without a pension from this list's date."),
            ),
        ],
        [Feed("pension", "pension", since="paid_from")],
    ),
    ListSpec(
        "df_disability",
        Department.DISABLED_FEDERATION,
        _("Holders of a disability certificate"),
        "",
        [
            Column(
                "category",
                _("Category of disability"),
                "choice",
                required=True,
                choices=_disabilities(),
                aliases=("残疾类别",),
            ),
            _grade("grade", _("Grade of disability"), "disability", required=True, aliases=("残疾等级",)),
            Column("certificate", _("Certificate number"), max_length=40, aliases=("残疾证号",)),
            Column("issued_on", _("Issued on"), "date", aliases=("发证日期",)),
        ],
        [Feed("disability", "category", grade="grade", since="issued_on", evidence="certificate", grade_needed=True)],
    ),
    ListSpec(
        "he_health",
        Department.HEALTH,
        _("Health records of older people"),
        _("Dementia and severe mental disorder, from the health records."),
        [
            Column("dementia", _("Dementia"), "boolean", aliases=("是否失智", "认知障碍")),
            Column("mental", _("Severe mental disorder"), "boolean", aliases=("严重精神障碍",)),
            Column("found_on", _("Diagnosed on"), "date", aliases=("确诊日期",)),
            Column("record_no", _("Health record number"), max_length=40, aliases=("健康档案号",)),
        ],
        [
            Feed("dementia", "dementia", since="found_on", evidence="record_no"),
            Feed("mental_disorder", "mental", since="found_on", evidence="record_no"),
        ],
        may_be_complete=False,
    ),
    ListSpec(
        "he_special_family",
        Department.HEALTH,
        _("Special families under family planning"),
        "",
        [
            Column("since", _("Recognised on"), "date", aliases=("认定日期",)),
            Column("paper", _("Certificate"), max_length=100),
        ],
        [Feed("special_family", fixed="true", since="since", evidence="paper")],
    ),
    ListSpec(
        "mi_insured",
        Department.MEDICAL_INSURANCE,
        _("Medical insurance"),
        _("Kind of medical insurance; long-term-care insurance and its grade where there is one."),
        [
            Column("insurance", _("Kind of insurance"), "choice", required=True, choices=_values("medical_insurance")),
            Column("ltc_insured", _("Insured for long-term care"), "boolean", aliases=("是否参加长护险",)),
            _grade("ltc", _("Long-term-care grade"), "ltc", aliases=("长护险失能等级",)),
            Column("insured_from", _("Insured since"), "date", aliases=("参保日期",)),
        ],
        [
            Feed("medical_insurance", "insurance", since="insured_from"),
            Feed("ltc_insured", "ltc_insured", since="insured_from"),
            Feed("ltc", grade="ltc"),
        ],
        may_be_complete=False,
    ),
    ListSpec(
        "relief",
        Department.CIVIL_AFFAIRS,
        _("Social relief"),
        _("Minimum living allowance, destitute support, marginal and low-income households."),
        [
            Column(
                "relief",
                _("Kind of relief"),
                "choice",
                required=True,
                choices=[
                    Choice("dibao", KINDS["relief"].values["dibao"], ("低保", "城市低保", "农村低保", "低保对象")),
                    Choice("marginal", KINDS["relief"].values["marginal"], ("低保边缘", "边缘户", "低保边缘户")),
                    Choice("low_income", KINDS["relief"].values["low_income"], ("低收入", "刚性支出困难")),
                    Choice("tekun", KINDS["relief"].values["tekun"], ("特困", "五保", "特困供养")),
                ],
                aliases=("救助类型", "救助类别"),
            ),
            Column(
                "support",
                _("Form of support"),
                "choice",
                choices=_values("support_form"),
                aliases=("供养方式",),
                help=_("Only for the destitute."),
            ),
            Column("failed", _("Self-care items failed"), "integer", least=0, most=6, aliases=("自理能力丧失项数",)),
            Column("relief_from", _("Granted since"), "date", aliases=("享受起始日期", "批准日期")),
            Column("certificate", _("Certificate number"), max_length=40, aliases=("救助证号",)),
            Column(
                "category",
                _("Category of disability"),
                "choice",
                choices=_disabilities(),
                aliases=("残疾类别",),
                help=_("If known. Where the federation says otherwise, the town is asked."),
            ),
            _grade("grade", _("Grade of disability"), "disability", aliases=("残疾等级",)),
        ],
        [
            Feed("relief", "relief", since="relief_from", evidence="certificate"),
            Feed("support_form", "support", since="relief_from", evidence="certificate", ends=True),
            Feed("self_care", grade="failed"),
            Feed("disability", "category", grade="grade", grade_needed=True, only_if="category"),
        ],
    ),
    ListSpec(
        "va_contribution",
        Department.VETERANS,
        _("Special contribution"),
        _("People with special entitlement by contribution, as kept by veterans affairs."),
        [
            Column("since", _("Recognised on"), "date", aliases=("认定日期",)),
            Column("paper", _("Certificate"), max_length=100),
        ],
        [Feed("special_contribution", fixed="true", since="since", evidence="paper")],
    ),
    ListSpec(
        "vi_household",
        Department.VILLAGE,
        _("How older people live"),
        _("The village's own round of its households."),
        [
            Column("living", _("Lives with"), "choice", choices=_values("living"), aliases=("居住情况",)),
            Column("left_behind", _("Left behind"), "boolean", aliases=("是否留守",)),
            Column("empty_nest", _("Empty nest"), "boolean", aliases=("是否空巢",)),
            Column("wants_central", _("Wishes central support"), "boolean", aliases=("是否愿意集中供养",)),
        ],
        [
            Feed("living", "living"),
            Feed("left_behind", "left_behind"),
            Feed("empty_nest", "empty_nest"),
            Feed("wants_central", "wants_central"),
        ],
        village_needed=True,
        may_be_complete=False,
    ),
)

LISTS: dict[str, ListSpec] = {spec.code: spec for spec in _ALL}
LIST_CHOICES: list[tuple[str, Words]] = [(spec.code, spec.title) for spec in _ALL]
