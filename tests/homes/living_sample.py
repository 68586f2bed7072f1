"""One of each thing of daily life in home A, for the permission matrix."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.core.models import Attachment
from yinian.homes.models import (
    Activity,
    Diet,
    Dish,
    FamilyMessage,
    FamilyNotice,
    Intake,
    Outing,
    Stay,
    Visit,
)
from yinian.people.models import Consent, Representative


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

    Representative.objects.create(
        user=cast.member, person=other.person, relation="kin", period=(today, None), evidence="样例",
        given_by=cast.bureau,
    )
    Consent.objects.create(person=other.person, purpose="photo", given_on=today, given_by="本人")
    picture = Attachment.objects.create(
        sha256="1" * 64, name="photo.jpg", media_type="image/jpeg", size=1, purpose="homes.family_photo",
        region_id=home.region_id, uploaded_by=cast.carer_a,
    )
    message = FamilyMessage.objects.create(
        person=other.person, site=home, side="home", text="样例", photo=picture, author=cast.carer_a
    )
    notice = FamilyNotice.objects.create(site=home, title="样例", text="样例", until=today, author=cast.manager_a)

    activity = Activity.objects.create(
        site=home, kind="song", title="样例", starts_at=now + dt.timedelta(days=1),
        ends_at=now + dt.timedelta(days=1, hours=1), place="样例", leader="样例", planned_by=cast.manager_a,
        photo=picture,
    )
    visit = Visit.objects.create(
        person=other.person, site=home, visitor="样例", relation="kin", booked_for=now + dt.timedelta(days=1),
        booked_by=cast.member, booked_at=now, state="booked", phone="15400000008",
    )

    def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {f"homes:{name}": {"pk": (value,)} for name in names}

    def api_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {f"api:{name}": {"pk": (value,)} for name in names}

    return {
        **api_of(
            home.pk, *(f"GET /homes/{{int:pk}}/{name}" for name in (
                "care-records", "diets", "menus", "kitchen", "meals-taken", "activities", "thresholds")),
        ),
        **api_of(
            other.pk, *(f"POST /homes/stays/{{int:pk}}/{name}" for name in (
                "meals-taken", "outings", "visits", "family-messages", "vitals")),
            "GET /homes/stays/{int:pk}/family-messages", "GET /homes/stays/{int:pk}/vitals",
        ),
        **api_of(
            activity.pk, "GET /homes/activities/{int:pk}", "POST /homes/activities/{int:pk}/people",
            "POST /homes/activities/{int:pk}/held",
        ),
        **api_of(outing.pk, "POST /homes/outings/{int:pk}/back"),
        **api_of(visit.pk, "POST /homes/visits/{int:pk}/in", "POST /homes/visits/{int:pk}/out"),
        **all_of(
            home.pk, "meals", "menu_edit", "menu_copy", "menu_publish", "kitchen", "kitchen_print", "kitchen_excel",
            "diets", "dishes", "intakes", "eat_little", "family_notices", "thresholds", "incident_whom",
            "activities", "activity_plan", "activity_none", "door", "walk_in", "visit_hours", "visited_by_nobody",
        ),
        **all_of(other.pk, "family_thread", "family_read"),
        **all_of(message.pk, "family_photo"),
        **all_of(notice.pk, "notice_back"),
        **all_of(other.person_id, "own_messages", "own_read", "own_visits"),
        **all_of(
            activity.pk, "activity", "activity_sign", "activity_off", "activity_hold", "activity_cancel",
            "activity_photo",
        ),
        **all_of(visit.pk, "visit", "visit_in", "visit_out", "visit_refuse", "visit_phone", "own_visit_cancel"),
        **all_of(stay.pk, "diet", "intake", "go_out"),
        **all_of(diet.pk, "diet_end"),
        **all_of(dish.pk, "dish"),
        **all_of(intake.pk, "intake_correct"),
        **all_of(outing.pk, "outing", "come_in", "stay_over", "outing_phone"),
    }
