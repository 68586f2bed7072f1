"""One of each thing of medical care in town A, for the permission matrix."""

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests import cast as people
from yinian.core.models import Attachment
from yinian.homes.models import Stay
from yinian.medical.models import (
    Allergy,
    CheckList,
    CheckUp,
    Condition,
    Contract,
    FamilyDoctor,
    Institution,
    Licence,
    MedicalBed,
    Referral,
)
from yinian.places.models import Organisation


def hospital(
    actor: Any, name: str = "汨罗市人民医院", region: str = people.COUNTY, kind: str = "hospital"
) -> Institution:
    organisation = Organisation.objects.create(name=name, kind="public", region_id=region)
    return Institution.objects.create(organisation=organisation, kind=kind, entered_by=actor)


def medical_samples(cast: SimpleNamespace, stay: Stay, person: Any) -> dict[str, Any]:
    today, by = timezone.localdate(), cast.manager_a
    where = hospital(by)
    home = stay.bed.site
    held = (stay.period.lower if hasattr(stay.period, "lower") else stay.period[0], None)
    contract = Contract.objects.create(site=home, institution=where, covers=["green"], period=held, entered_by=by)
    licence = Licence.objects.create(
        site=home, unit="clinic", kind="filing", name="医务室", number="样1", subjects="全科", period=held,
        entered_by=by,
    )
    referral = Referral.objects.create(
        site=home, person=stay.person, stay=stay, direction="up", institution=where, urgency="urgent", reason="样例",
        asked_on=today, asked_by=by,
    )
    condition = Condition.objects.create(
        person=person, text="样例", source="family", learned_on=today, recorded_by=by
    )
    Allergy.objects.create(
        person=person, text="样例", category="food", criticality="low", source="family", learned_on=today,
        recorded_by=by,
    )
    check = CheckUp.objects.create(
        person=person, done_on=today, institution=where, paid="public", result="normal", recorded_by=by
    )
    stored = Attachment.objects.create(
        sha256="1" * 64, name="体检.xlsx", media_type="application/octet-stream", size=1,
        purpose="medical.check_list_returned", region_id=people.TOWN_A, uploaded_by=by,
    )
    checklist = CheckList.objects.create(
        region_id=people.TOWN_A, uploaded_by=by, file=stored, returned=stored, state="checked",
        counts={"rows": 1, "faulty": 1, "known": 0, "fresh": 0, "abnormal": 0},
        faults=[[2, "name", "checked_other_name", "{}"]],
    )
    doctor = FamilyDoctor.objects.create(person=person, doctor="王医生", institution=where, period=held, entered_by=by)
    bed = MedicalBed.objects.create(
        person=person, kind="sickbed", institution=where, period=held, told_by="家属", entered_by=by
    )

    def all_of(value: Any, *names: str, **more: Any) -> dict[str, dict[str, tuple[Any]]]:
        return {f"medical:{name}": {"pk": (value,), **{key: (one,) for key, one in more.items()}} for name in names}

    return {
        **all_of(home.pk, "home", "contract_new", "licence_new", "refer_down"),
        **all_of(contract.pk, "contract", "contract_paper", "contract_stop", "contract_error"),
        **all_of(licence.pk, "licence", "licence_paper", "licence_stop", "licence_error"),
        **all_of(stay.pk, "refer"),
        **all_of(
            referral.pk, "referral", "referral_answer", "referral_arrive", "referral_back", "referral_take_in",
            "referral_stayed", "referral_withdraw",
        ),
        **all_of(
            person.pk, "health", "health_paper", "condition_new", "allergy_new", "checkup_new", "doctor_new", "where",
            "lie", "own_health",
        ),
        **{
            f"api:{name}": {"pk": (value,)}
            for name, value in (
                ("GET /medical/referrals/{int:pk}", referral.pk),
                ("POST /medical/referrals/{int:pk}/answer", referral.pk),
                ("POST /medical/referrals/{int:pk}/arrive", referral.pk),
                ("POST /medical/stays/{int:pk}/refer", stay.pk),
            )
        },
        **all_of(condition.pk, "condition_change"),
        **all_of(condition.pk, "entry_error", kind="condition"),
        **all_of(
            checklist.pk, "checklist", "checklist_returned", "checklist_check", "checklist_take", "checklist_back",
        ),
        **all_of(check.pk, "checkup", "checkup_follow", "checkup_error"),
        **all_of(doctor.pk, "doctor", "doctor_stop", "doctor_error"),
        **all_of(bed.pk, "bed_leave", "bed_error"),
    }
