"""One of each thing of daily life in home A, for the permission matrix."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.homes.models import Diet, Dish, Intake, Outing, Stay


def living_samples(cast: SimpleNamespace, stay: Stay) -> dict[str, Any]:
    home, today, now = stay.bed.site, timezone.localdate(), timezone.now()
    diet = Diet.objects.create(
        person=stay.person, site=home, kind="soft", strand="texture", origin="doctor", held=(today, None),
        reason="样例", entered_by=cast.manager_a,
    )
    dish = Dish.objects.create(site=home, name="样例豆腐", changed_by=cast.manager_a)
    minute = timezone.localtime(now).hour * 60
    intake = Intake.objects.create(
        person=stay.person, site=home, day=today, meal="lunch", slot=minute, amount="all", at=now,
        recorded_by=cast.carer_a,
    )
    # Of another resident: the one of the samples is away.
    from tests import cast as people

    other = Stay.objects.create(
        bed=home.beds.exclude(stays__isnull=False).earliest("pk"), person=people.make_person(people.A1, "样例丙"),
        period=(today - dt.timedelta(days=3), None), basis="private",
    )
    outing = Outing.objects.create(
        person=other.person, site=home, left_at=now - dt.timedelta(minutes=30),
        expected_back=now + dt.timedelta(hours=2), relation="alone", reason="样例", recorded_by=cast.carer_a,
        phone="15400000009",
    )

    def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {f"homes:{name}": {"pk": (value,)} for name in names}

    return {
        **all_of(
            home.pk, "meals", "menu_edit", "menu_copy", "menu_publish", "kitchen", "kitchen_print", "kitchen_excel",
            "diets", "dishes", "intakes", "eat_little",
        ),
        **all_of(stay.pk, "diet", "intake", "go_out"),
        **all_of(diet.pk, "diet_end"),
        **all_of(dish.pk, "dish"),
        **all_of(intake.pk, "intake_correct"),
        **all_of(outing.pk, "outing", "come_in", "stay_over", "outing_phone"),
    }
