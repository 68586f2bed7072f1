"""One of each thing of daily care in home A, for the permission matrix."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.homes.models import BedTag, CareRecord, Duty, Giving, HandOver, Incident, MedicineOrder, Regime, Stay

ENTRIES: tuple[str, ...] = (
    "sheet", "record_task", "measure", "vitals", "set_care", "medicines", "dose", "incident_report",
)


def care_samples(cast: SimpleNamespace, stay: Stay) -> dict[str, Any]:
    home, today = stay.bed.site, timezone.localdate()
    now = timezone.localtime()
    minute = now.hour * 60 + now.minute
    since = today - dt.timedelta(days=3)
    regime = Regime.objects.create(
        person=stay.person, site=home, group="full", held=(since, None), reason="样例", set_by=cast.manager_a
    )
    duty = Duty.objects.create(regime=regime, task="turn", times=[minute], origin="level")
    record = CareRecord.objects.create(
        duty=duty, day=today, slot=minute, outcome="done", at=now, recorded_by=cast.carer_a
    )
    order = MedicineOrder.objects.create(
        person=stay.person, site=home, drug="样药", dose="1片", way="oral", times=[minute], held=(since, None),
        prescriber="王医生", prescribed_at="镇卫生院", prescribed_on=since, entered_by=cast.manager_a,
    )
    giving = Giving.objects.create(
        order=order, day=today, slot=minute, outcome="given", at=now, recorded_by=cast.carer_a
    )
    note = HandOver.objects.create(site=home, day=today, shift="early", text="样例", recorded_by=cast.carer_a)
    tag = BedTag.objects.create(bed=stay.bed, token="sample-token-of-a-bed-1", made_by=cast.manager_a)

    incident = Incident.objects.create(
        site=home, person=stay.person, hazard="fall", severity="slight", happened_at=now, place="房间", what="样例",
        measures="样例", recorded_by=cast.carer_a,
    )

    def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {f"homes:{name}": {"pk": (value,)} for name in names}

    return {
        **all_of(stay.pk, *ENTRIES),
        **all_of(home.pk, "care", "care_records", "hand_over", "tags", "tag_sheet"),
        **all_of(stay.bed_id, "tag_renew"),
        **all_of(record.pk, "care_record"),
        **all_of(note.pk, "hand_over_read"),
        **all_of(order.pk, "order_stop"),
        **all_of(giving.pk, "dose_correct"),
        **all_of(incident.pk, "incident", "incident_family", "incident_bureau", "incident_step", "incident_close"),
        "homes:bedside": {"token": (tag.token,)},
    }
