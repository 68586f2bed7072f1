"""The demo's medical care: institutions, contracts, clinics, referrals, health summaries, check-ups, family doctors.

Made up from hashes of what stands already, in bulk, as of the demo's day; of nobody in particular.
"""

import datetime as dt
import zlib
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from yinian.core.models import Region, User
from yinian.core.regions.models import Level
from yinian.core.roles import Role
from yinian.homes.absences.models import Absence
from yinian.homes.stays.queries import nights
from yinian.medical.models import (
    Allergy,
    CheckUp,
    Condition,
    Contract,
    Institution,
    Licence,
    MedicalBed,
    Referral,
)
from yinian.medical.referrals.actions import refer
from yinian.people.models import Person
from yinian.places.models import Organisation, Site

ILLS = (("高血压", "I10"), ("2型糖尿病", "E11.9"), ("脑梗死后遗症", "I69.3"), ("冠心病", "I25.1"),
        ("慢性阻塞性肺疾病", "J44.9"), ("膝关节骨关节炎", "M17.9"), ("白内障", "H26.9"), ("阿尔茨海默病", "G30.9"))
ALLERGENS = (("青霉素", "medicine", "high", "皮疹、胸闷"), ("海鲜", "food", "low", "皮疹"),
             ("磺胺类药物", "medicine", "unknown", ""))
FOUND = (("血压162/96mmHg", "两周内复测血压，调整用药"), ("空腹血糖9.8mmol/L", "到卫生院复查血糖和糖化血红蛋白"),
         ("胸片见肺部结节影", "到市人民医院复查胸部CT"))
AGED = 65  # of the demo's own shares; what a county offers is its pack's
RESIDENTS_CHECKED, AGED_CHECKED, SIGNED = 82, 31, 36  # in a hundred


def build(county: Region, day: dt.date) -> None:
    """Fill a county whose homes, residents and absences stand."""
    officer = User.objects.filter(postings__role=Role.BUREAU_OFFICER).order_by("pk").first()
    homes = list(Site.objects.filter(kind=Site.Kind.HOME, region__code__startswith=county.code).order_by("pk"))
    if officer is None or not homes:
        return
    hospitals, centres = _institutions(county, officer)
    contracts = _contracts(homes, hospitals, centres, officer, day)
    _licences(homes, officer, day)
    _summaries(county, officer, day)
    _check_ups(county, centres, officer, day)
    _doctors(county, officer, day)
    _referrals(county, contracts, hospitals, officer, day)
    _beds(county, hospitals, officer, day)


def _draw(*parts: object) -> int:
    """A number from 0 to 99 that these parts always give."""
    return zlib.crc32("|".join(map(str, parts)).encode()) % 100


def _institutions(county: Region, officer: User) -> tuple[list[Institution], dict[str, Institution]]:
    """The county's hospitals, and by town its health centre."""
    towns = list(Region.objects.filter(parent=county, level=Level.TOWN).order_by("code"))
    short = county.name
    wanted: list[tuple[str, Region, str]] = [
        (f"{short}人民医院", county, Institution.Kind.HOSPITAL),
        (f"{short}中医医院", county, Institution.Kind.HOSPITAL),
        *((f"{town.name}卫生院", town, Institution.Kind.HEALTH_CENTRE) for town in towns),
    ]
    organisations = Organisation.objects.bulk_create(
        Organisation(name=name, kind=Organisation.Kind.PUBLIC, region=region) for name, region, _kind in wanted
    )
    made = Institution.objects.bulk_create(
        Institution(organisation=organisation, kind=kind, phone="0730-5550000", emergency_phone="120",
                    entered_by=officer)
        for organisation, (_name, _region, kind) in zip(organisations, wanted, strict=True)
    )
    return made[:2], {town.code: one for town, one in zip(towns, made[2:], strict=True)}


def _contracts(homes: list[Site], hospitals: list[Institution], centres: dict[str, Institution], officer: User,
               day: dt.date) -> list[Contract]:
    """Most homes with the health centre of their town, many with a hospital; one in eight with nobody."""
    rows = []
    begun = day.replace(day=1) - dt.timedelta(days=200)
    for n, home in enumerate(homes):
        if home.state != Site.State.OPEN or n % 8 == 5:
            continue
        centre = centres.get(home.region_id[:9], hospitals[1])
        ends = day + dt.timedelta(days=40 if n % 6 == 1 else 165 + n)
        rows.append(Contract(site=home, institution=centre, covers=["visits", "booking", "referral", "emergency"],
                             period=DateRange(begun, ends), number=f"医养合〔{begun.year}〕{n + 1}号",
                             entered_by=officer))
        if n % 3:
            rows.append(Contract(site=home, institution=hospitals[0], covers=["green", "referral", "emergency"],
                                 period=DateRange(begun, begun + dt.timedelta(days=3 * 365)),
                                 number=f"绿通〔{begun.year}〕{n + 1}号", entered_by=officer))
    return Contract.objects.bulk_create(rows)


def _licences(homes: list[Site], officer: User, day: dt.date) -> None:
    largest = sorted((home for home in homes if home.state == Site.State.OPEN), key=lambda h: -h.filed_beds)[:2]
    for n, home in enumerate(largest):
        Licence.objects.create(
            site=home, unit=Licence.Unit.CLINIC if n == 0 else Licence.Unit.NURSING, kind=Licence.Kind.FILING,
            name=f"{home.name}{'医务室' if n == 0 else '护理站'}", number=f"备{day.year}{n + 1:03d}(演示)",
            subjects="全科医疗" if n == 0 else "护理", insured=True if n == 0 else None,
            period=DateRange(day - dt.timedelta(days=400), None), entered_by=officer,
        )


def _residents(county: Region, day: dt.date) -> list[int]:
    return list(
        nights(day).filter(person__region__code__startswith=county.code).order_by("person_id")
        .values_list("person_id", flat=True)
    )


def _summaries(county: Region, officer: User, day: dt.date) -> None:
    """Conditions and allergies of the residents."""
    conditions, allergies = [], []
    for person in _residents(county, day):
        learned = day - dt.timedelta(days=20 + _draw(person, "learned"))
        entry: dict[str, Any] = {"person_id": person, "learned_on": learned, "recorded_by": officer}
        for n in {_draw(person, "ill") % len(ILLS), _draw(person, "ill", 2) % len(ILLS)}:
            text, code = ILLS[n]
            conditions.append(Condition(
                **entry, text=text, code=code, source="paper" if _draw(person, n) < 60 else "family",
                since_year=day.year - 2 - _draw(person, "year", n) % 15,
            ))
        if _draw(person, "allergy") < 12:
            text, category, criticality, reaction = ALLERGENS[_draw(person, "what") % len(ALLERGENS)]
            allergies.append(Allergy(**entry, text=text, category=category, criticality=criticality,
                                     reaction=reaction or None, source="family"))
    Condition.objects.bulk_create(conditions)
    Allergy.objects.bulk_create(allergies)


def _check_ups(county: Region, centres: dict[str, Institution], officer: User, day: dt.date) -> None:
    """This year's: of most residents, of some of the aged at home; a few of the residents' found something."""
    if day.timetuple().tm_yday < 2:  # on New Year's Day nobody was seen yet
        return
    _run(
        """
        INSERT INTO medical_checkup (person_id, done_on, institution_id, paid, result, recorded_by_id, recorded_at,
            error_reason, version)
        SELECT p.id, %(first)s::date + (abs(hashtext('day' || p.id)) %% %(span)s), i.id, 'public', 'normal',
            %(officer)s, now(), '', 1
        FROM people_person p
        JOIN medical_institution i ON true JOIN places_organisation o ON o.id = i.organisation_id
            AND o.region_id = left(p.region_id, 9)
        LEFT JOIN (
            SELECT s.person_id FROM homes_stay s WHERE s.kind <> 'day' AND s.period @> %(day)s::date
        ) s ON s.person_id = p.id
        WHERE p.region_id LIKE %(county)s AND p.state = 'living'
            AND abs(hashtext('checked' || p.id)) %% 100 < CASE WHEN s.person_id IS NULL THEN %(aged_share)s
                ELSE %(share)s END
            AND (s.person_id IS NOT NULL OR p.birth_date <= %(aged)s)
        """,
        first=day.replace(month=1, day=1), span=day.timetuple().tm_yday - 1, officer=officer.pk, day=day,
        county=f"{county.code}%", share=RESIDENTS_CHECKED, aged_share=AGED_CHECKED,
        aged=dt.date(day.year - AGED, 1, 1),
    )
    done = set(CheckUp.objects.values_list("person_id", flat=True))
    late: list[CheckUp] = []
    for person in Person.objects.filter(pk__in=_residents(county, day)).only("pk", "region_id"):
        if person.pk in done or person.region_id[:9] not in centres or (late and _draw(person.pk, "abnormal") >= 40):
            continue
        found, follow = FOUND[_draw(person.pk, "found") % len(FOUND)]
        on = max(day.replace(month=1, day=1), day - dt.timedelta(days=10 + _draw(person.pk, "on")))
        over = bool(late) and _draw(person.pk, "over") < 50
        late.append(CheckUp(
            person=person, done_on=on, institution=centres[person.region_id[:9]], paid="home", result="abnormal",
            findings=found, follow=follow, follow_by=on + dt.timedelta(days=30), recorded_by=officer,
            followed_on=day if over else None, followed_by=officer if over else None,
            followed_note="已复查，按医嘱处理" if over else None,
        ))
    CheckUp.objects.bulk_create(late)


def _doctors(county: Region, officer: User, day: dt.date) -> None:
    _run(
        """
        INSERT INTO medical_familydoctor (person_id, doctor, phone, institution_id, services, number, period,
            entered_by_id, entered_at, stop_reason, in_error, version)
        SELECT p.id, (ARRAY['周医生','王医生','李医生'])[1 + abs(hashtext('doctor' || p.id)) %% 3], '', i.id,
            ARRAY['advice','chronic','check_up']::varchar[], '',
            daterange(%(first)s, %(last)s), %(officer)s, now(), '', false, 1
        FROM people_person p
        JOIN medical_institution i ON true JOIN places_organisation o ON o.id = i.organisation_id
            AND o.region_id = left(p.region_id, 9)
        WHERE p.region_id LIKE %(county)s AND p.state = 'living' AND p.birth_date <= %(aged)s
            AND abs(hashtext('signed' || p.id)) %% 100 < %(share)s
        """,
        first=day.replace(month=1, day=1), last=dt.date(day.year + 1, 1, 1), officer=officer.pk,
        county=f"{county.code}%", aged=dt.date(day.year - AGED, 1, 1), share=SIGNED,
    )


def _run(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _referrals(county: Region, contracts: list[Contract], hospitals: list[Institution], officer: User,
               day: dt.date) -> None:
    """Of who is in hospital now, and of some who were."""
    green = {one.site_id: one for one in contracts if "green" in one.covers}
    away = Absence.objects.filter(
        kind=Absence.Kind.HOSPITAL, stay__bed__site__region__code__startswith=county.code
    ).select_related("stay__bed").order_by("-period")[:60]
    rows, seen = [], set()
    for absence in away:
        stay = absence.stay
        if absence.period.upper is None and stay.person_id in seen:
            continue
        seen.add(stay.person_id)
        went, back = absence.period.lower, absence.period.upper
        contract = green.get(stay.bed.site_id)
        if contract is not None and went not in contract.period:
            contract = None
        at = timezone.make_aware(dt.datetime.combine(went, dt.time(9)))
        over = back is not None
        rows.append(Referral(
            site_id=stay.bed.site_id, person_id=stay.person_id, stay=stay, direction="up", institution=hospitals[0],
            urgency="urgent" if _draw(stay.pk, "urgent") < 60 else "emergency", reason=f"{absence.reason}，需住院治疗",
            green=contract is not None, contract=contract, asked_on=went, asked_by=officer, asked_at=at,
            state="returned" if over else "arrived", answered_at=at, answered_by=officer, answered_who="值班医生",
            answer="内科病区", arrived_on=went, arrived_by=officer, absence=absence, ended_on=back if over else None,
            ended_by=officer if over else None, end_note="出院小结由家属保管，待补交" if over else "",
        ))
    Referral.objects.bulk_create(rows)
    # One that has not gone yet, with its paper.
    waiting = nights(day).filter(
        bed__site__region__code__startswith=county.code, period__startswith__lt=day, period__endswith__isnull=True
    ).exclude(person__in=Referral.objects.values("person")).exclude(absences__period__contains=day)
    first = waiting.order_by("pk").first()
    if first is not None and day == timezone.localdate():
        refer(officer, first.pk, hospitals[0].pk, urgency="planned", reason="血糖控制不佳，需调整治疗", green=False)


def _beds(county: Region, hospitals: list[Institution], officer: User, day: dt.date) -> None:
    """A few people at home in beds that only the health side knows."""
    at_home = (
        Person.objects.filter(region__code__startswith=county.code, state=Person.State.LIVING,
                              birth_date__lte=dt.date(day.year - 75, 1, 1))
        .exclude(pk__in=nights(day).values("person")).order_by("pk")[:9]
    )
    kinds = ("sickbed", "hospice", "hospital")
    MedicalBed.objects.bulk_create(
        MedicalBed(person=person, kind=kinds[n % 3], institution=hospitals[n % 2], told_by="村干部",
                   period=DateRange(day - dt.timedelta(days=4 + n), None), entered_by=officer)
        for n, person in enumerate(at_home)
    )
