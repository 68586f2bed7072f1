"""Assessors, answers, and requests brought to a stage, in a line each."""

import io

from PIL import Image

from tests.cast import COUNTY, make_user
from yinian.assessments.assignments import actions as assignments
from yinian.assessments.models import Assessor, ServedArea
from yinian.assessments.requests import actions as requests
from yinian.assessments.results import actions as results
from yinian.assessments.visits import actions as visits
from yinian.core.models import User
from yinian.core.roles import Role
from yinian.core.scalefiles import read_scale

SCALE = "gbt42195"


def make_assessor(username, *, medical=False, areas=(COUNTY,), user=None, **more):
    user = user or make_user(username, Role.ASSESSOR, areas[0][:6])
    assessor = Assessor.objects.create(
        user=user, qualification="评估员", medical=medical, scales=more.pop("scales", [SCALE, "tekun"]), **more
    )
    ServedArea.objects.bulk_create(ServedArea(assessor=assessor, region_id=area) for area in areas)
    return assessor


def best(scale=SCALE, **changed):
    """The items of a scale, all at their best but those given (B_1_1=2)."""
    items = {item.code: item.max for item in read_scale(scale).items}
    return items | {name.replace("_", "."): value for name, value in changed.items()}


def particulars(scale=SCALE, **changed):
    """Form A as answered for somebody without any trouble; ``A_4_1=["21"]`` for dementia."""
    found = {}
    for section in read_scale(scale).form_a:
        for field in section.fields:
            if field.type == "choice" and field.register is None and field.code not in ("A.1.3",):
                found[field.code] = [field.choices[0].code] if field.multiple else field.choices[0].code
    return found | {name.replace("_", "."): value for name, value in changed.items()}


def png():
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "white").save(out, "PNG")
    out.seek(0)
    return out


def ask(actor, person, **more):
    given = {"scale": SCALE, "kind": "first", "channel": "village", "reason": "近来行动不便"} | more
    return requests.ask(actor, person.pk, **given)


def assigned(cast, person, team=None, **more):
    request = ask(cast.village_a, person, **more)
    team = team or (cast.anna, cast.boris)
    assignments.assign(cast.dispatcher, request.pk, request.version, [a.pk for a in team])
    request.refresh_from_db()
    return request


def filled(cast, person, items=None, form=None, team=None, **more):
    """A request whose record is whole, not yet finished."""
    request = assigned(cast, person, team, **more)
    return fill(request, (team or (cast.anna,))[0].user, items, form)


def fill(request, user, items=None, form=None):
    visits.begin(user, request.pk)
    changes = (items or best(request.scale)) | (form if form is not None else particulars(request.scale))
    saved = visits.save(user, request.pk, 1, changes)
    assert not saved.faults and not saved.conflicts, (saved.faults, saved.conflicts)
    return request


def confirmed(cast, person, items=None, form=None, team=None, **more):
    """A request in review, with its result."""
    team = team or (cast.anna, cast.boris)
    request = filled(cast, person, items, form, team, **more)
    return confirm(request, team)


def confirm(request, team):
    visits.finish(team[0].user, request.pk, request.visit.version)
    for assessor in team:
        request.refresh_from_db()
        visits.confirm(assessor.user, request.pk, request.version, signature=png())
    request.refresh_from_db()
    return request.results.exclude(state="returned").get()


def issued(cast, person, items=None, form=None, team=None, **more):
    """A result issued and, by the national pack, in force."""
    result = confirmed(cast, person, items, form, team, **more)
    results.issue(cast.bureau, result.pk, result.version)
    result.refresh_from_db()
    return result


def fresh(user):
    """The user as the next request of theirs would load them."""
    return User.objects.get(pk=user.pk)
