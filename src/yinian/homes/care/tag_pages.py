"""The codes of beds: made, renewed, and printed a floor at a time."""

import io
from itertools import groupby

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.documents.setting import set_paper
from yinian.core.errors import NotVisible
from yinian.homes.beds.queries import IN_A_ROOM, get_bed
from yinian.homes.care import actions, queries
from yinian.homes.care.pages import crumbs
from yinian.places.models import Bed, Site


def _floors(home: Site) -> list[tuple[str, int, list[Bed]]]:
    beds = Bed.objects.filter(site=home, kind__in=IN_A_ROOM).select_related("room", "tag")
    ordered = beds.order_by("room__building", "room__floor", "room__name", "label")
    return [(key[0], key[1], list(group)) for key, group in groupby(ordered, key=_floor)]


def _floor(bed: Bed) -> tuple[str, int]:
    return (bed.room.building, bed.room.floor) if bed.room else ("", 0)


@page("care.manage", methods=("GET", "POST"))
def tags(request: StaffRequest, pk: int) -> HttpResponse:
    """Which beds have a code; a POST gives one to those that have none."""
    home = queries.get_home(request.user, pk, "care.manage")
    if request.method == "POST":
        made = actions.make_tags(request.user, pk)
        messages.success(request, _("%(n)d beds have their code.") % {"n": made})
        return redirect("homes:tags", pk)
    floors = [
        (building, floor, beds, sum(hasattr(bed, "tag") for bed in beds)) for building, floor, beds in _floors(home)
    ]
    return render(
        request,
        "homes/tags.html",
        {
            "home": home,
            "floors": floors,
            "missing": sum(len(beds) - tagged for _b, _f, beds, tagged in floors),
            "crumbs": crumbs(home, (_("Daily care"), reverse("homes:care", args=[pk])), (_("Codes of the beds"), None)),
        },
    )


@page("care.manage")
def tag_sheet(request: StaffRequest, pk: int) -> HttpResponse:
    """A4 with the codes of one floor, to cut out and fix to the beds. Names no resident."""
    home = queries.get_home(request.user, pk, "care.manage")
    building, floor = request.GET.get("building", "")[:40], request.GET.get("floor", "")
    for named, level, beds in _floors(home):
        if named == building and str(level) == floor:
            cards = [
                {
                    "label": bed.label,
                    "room": f"{building} {bed.room.name}".strip() if bed.room else "",
                    "code": _svg(request.build_absolute_uri(reverse("homes:bedside", args=[bed.tag.token]))),
                }
                for bed in beds
                if hasattr(bed, "tag")
            ]
            break
    else:
        raise NotVisible("floor")
    title = _("%(home)s, floor %(floor)s") % {"home": f"{home.name} {building}".strip(), "floor": floor}
    made = set_paper(
        "homes/documents/tags.typ",
        {
            "title": title,
            "cards": cards,
            "hint": _("Scan before every task"),
        },
        at=timezone.now(),
    )
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, f"{title}.pdf") or "inline"
    return answer


def _svg(address: str) -> str:
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=4, border=1)
    return picture.getvalue().decode("utf-8")


@page("care.manage", methods=("POST",))
def tag_renew(request: StaffRequest, pk: int) -> HttpResponse:
    bed = get_bed(request.user, pk)
    actions.renew_tag(request.user, pk)
    messages.success(
        request, _("Bed %(bed)s has another code; print it and take the old one off.") % {"bed": bed.label}
    )
    return redirect("homes:tags", bed.site_id)
