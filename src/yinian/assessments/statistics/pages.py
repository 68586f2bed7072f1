"""The page that compares assessors, for quality control: figures beside the peers', flags with their reasons."""

import tempfile
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinian.assessments import rules, scales
from yinian.assessments.requests.pages import crumbs
from yinian.assessments.requests.queries import region_of_rules
from yinian.assessments.statistics import queries
from yinian.assessments.statistics.queries import Compared
from yinian.core.access import StaffRequest, page
from yinian.core.audit.actions import record
from yinian.core.forms import DayField, StaffForm
from yinian.core.models import Region
from yinian.core.sheets import TableColumn, write_table
from yinian.core.users.models import User
from yinian.engines.scale.quality import LEAST_ASSESSMENTS, LEAST_CASES, LEAST_PEERS, Figure

SHARES = ("severe", "near_cut", "overturned", "identical", "alike")
TONES = {"strong": "bad", "moderate": "warn", "weak": "info"}


class ChooseForm(StaffForm):
    """What is compared. A GET: it holds no personal data."""

    scale = forms.ChoiceField(label=gettext_lazy("Assessment scale"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Area"), required=False)
    since = DayField(label=gettext_lazy("Assessed from"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, actor: User, county: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scale"].choices = scales.choices(county)  # type: ignore[attr-defined]
        # The frame's region switcher may ask for the county itself or for a village: both are areas like any other.
        asked = str(self.data.get("region", ""))
        areas = Region.objects.filter(
            Q(level=4) | Q(code__in=[county, asked if asked.isdigit() else county]),
            actor.scope("assessments.statistics").q("code"), code__startswith=county,
        ).order_by("code").values_list("code", "name")
        self.fields["region"].choices = [("", _("All")), *areas]  # type: ignore[attr-defined]


def measures() -> list[tuple[str, str]]:
    """The measures shown, in order, with their short names."""
    return [
        ("severe", _("Share found disabled")), ("total", _("Mean points")),
        ("near_cut", _("Near the cut-off, below it")),
        ("minutes", _("Minutes a visit")), ("overturned", _("Changed by re-assessment")),
        ("identical", _("Same answers twice")),
    ]


def shown(figure: Figure | None) -> str:
    """A figure as the table shows it: a share as a percentage, a mean with one decimal; nothing where cases are few."""
    if figure is None or few(figure):
        return ""
    return f"{figure.value * 100:.0f}%" if figure.measure in SHARES else f"{figure.value:.1f}"


def beside(figure: Figure | None) -> str:
    """What stands under a figure: its interval, and the peers' value."""
    if figure is None:
        return ""
    if few(figure):
        return ngettext("only %(n)d case", "only %(n)d cases", figure.of) % {"n": figure.of}
    if figure.measure in SHARES:
        bounds = f"{figure.low * 100:.0f}%–{figure.high * 100:.0f}%"
        peers = None if figure.peers is None else f"{figure.peers * 100:.0f}%"
    else:
        bounds = f"{figure.low:.1f}–{figure.high:.1f}"
        peers = None if figure.peers is None else f"{figure.peers:.1f}"
    return bounds if peers is None else _("%(bounds)s, peers %(peers)s") % {"bounds": bounds, "peers": peers}


def few(figure: Figure) -> bool:
    """Whether a share rests on too few cases to be shown."""
    return figure.measure in LEAST_CASES and figure.of < LEAST_CASES[figure.measure]


@page("assessments.statistics")
def comparison(request: StaffRequest) -> HttpResponse:
    """Assessors side by side for one scale, period and area."""
    county = region_of_rules(request.user)
    form = ChooseForm({"scale": scales.ABILITY_SCALE, **request.GET.dict()}, actor=request.user, county=county)
    chosen: dict[str, Any] = form.cleaned_data if form.is_valid() else {
        "scale": scales.ABILITY_SCALE, "region": "", "since": None, "until": None,
    }
    found = queries.compared(
        request.user, chosen["scale"] or scales.ABILITY_SCALE, county, since=chosen["since"], until=chosen["until"],
        area=chosen["region"],
    )
    if request.GET.get("format") == "xlsx":
        return _excel(request, found, chosen)
    ruled = rules.rules_for(county).disabled
    return render(request, "assessments/comparison.html", {
        "here": "comparison", "form": form, "measures": measures(), "least": LEAST_ASSESSMENTS, "peers": LEAST_PEERS,
        "rows": [_row(one, chosen) for one in found], "flagged": sum(bool(one.quality.flags) for one in found),
        "disabled": scales.level_name(scales.ABILITY_SCALE, ruled.value),
        "excel_url": "?" + urlencode({**_kept(chosen), "format": "xlsx"})
        if request.user.may("assessments.export") else "",
        "crumbs": crumbs(_("Quality of assessing")),
    }, status=200 if form.is_valid() else 422)


def _kept(chosen: dict[str, Any]) -> dict[str, str]:
    values = {name: chosen[name] for name in ("scale", "region", "since", "until")}
    return {name: value.isoformat() if hasattr(value, "isoformat") else str(value)
            for name, value in values.items() if value}


def _row(one: Compared, chosen: dict[str, Any]) -> dict[str, Any]:
    quality = one.quality
    flagged = {flag.measure: flag for flag in quality.flags}
    link: dict[str, Any] = {"assessor": one.assessor.pk, **_kept(chosen)}
    return {
        "assessor": one.assessor, "quality": quality, "note": scales.in_words(quality.note),
        "url": reverse("assessments:results") + "?" + urlencode(link),
        "cells": [
            (key, label, shown(quality.figures.get(key)), beside(quality.figures.get(key)), TONES.get(
                flagged[key].strength, "") if key in flagged else "")
            for key, label in measures()
        ],
        "flags": [(scales.in_words(flag.reason), TONES[flag.strength]) for flag in quality.flags],
    }


def _excel(request: StaffRequest, found: list[Compared], chosen: dict[str, Any]) -> HttpResponse:
    request.user.require("assessments.export")
    columns = [TableColumn("name", _("Name"), width=12), TableColumn("n", _("Assessments made"), "integer")]
    for key, label in measures():
        columns += [TableColumn(key, label, "number"), TableColumn(f"{key}_peers", _("%(what)s, peers")
                                                                    % {"what": label}, "number")]
    columns.append(TableColumn("flags", _("Reasons to look again"), width=60))
    table = [
        {
            "name": one.assessor.user.full_name, "n": one.quality.assessments,
            **{key: _rounded(one.quality.figures.get(key)) for key, _label in measures()},
            **{f"{key}_peers": _rounded(one.quality.figures.get(key), peers=True) for key, _label in measures()},
            "flags": " ".join(scales.in_words(flag.reason) for flag in one.quality.flags)
            or scales.in_words(one.quality.note),
        }
        for one in found
    ]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    title = _("Comparison of assessors")
    written = write_table(columns, table, file, title=title, meta={
        _("Assessment scale"): scales.scale_name(chosen["scale"] or scales.ABILITY_SCALE),
        _("Made by"): request.user.full_name,
    })
    with transaction.atomic():
        record(request.user, "assessments.export", region=chosen["region"] or region_of_rules(request.user),
               detail={"list": "assessments:comparison", "rows": written, **_kept(chosen)})
    file.seek(0)
    response = FileResponse(
        file, as_attachment=True, filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx",
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


def _rounded(figure: Figure | None, *, peers: bool = False) -> float | None:
    if figure is None:
        return None
    value = figure.peers if peers else figure.value
    if value is None:
        return None
    return round(value, 3) if figure.measure in SHARES else round(value, 1)
