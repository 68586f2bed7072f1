"""The calibration page: published against generated, figure by figure."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yinian.core.access import StaffRequest, page
from yinian.demo import queries

# Where a figure's own list stands; a figure not here has no list of its own.
LISTS: dict[str, tuple[str, str]] = {
    "people_60": ("people:list", ""),
    "advanced_age": ("entitlements:outcome", "service=advanced-age-allowance&measure=receiving"),
    "dibao": ("people:list", "relief=dibao"),
    "tekun": ("people:list", "relief=tekun"),
    "marginal": ("people:list", "relief=marginal"),
    "disabled": ("people:list", "disability=any"),
    "unable": ("people:list", "ability=2-4"),
    "homes": ("homes:list", ""),
    "public_beds": ("homes:list", ""),
    "residents": ("homes:list", ""),
    "urban_stations": ("places:list", "kind=station"),
    "rural_stations": ("places:list", "kind=station"),
    "hamlet_points": ("places:list", "kind=hamlet_point"),
    "carers": ("workforce:list", "post=carer"),
    "certified": ("workforce:list", "certificate=care_skill"),
}


@page("demo.view")
def calibration(request: StaffRequest) -> HttpResponse:
    build = queries.visible_to(request.user)
    if build is None:
        return render(request, "demo/none.html")
    documents = {document["id"]: document for document in build.documents}
    rows: list[dict[str, Any]] = []
    for row in build.calibration:
        name, query = LISTS.get(row["key"], ("", ""))
        rows.append(
            row
            | {
                "label": {"zh": row["label_zh"], "en": row["label_en"]},
                "off": row["generated"] - row["expected"],
                "document": documents.get(row["document"], {}),
                "url": f"{reverse(name)}?{query}" if name else "",
            }
        )
    exact = sum(row["off"] == 0 for row in rows)
    return render(
        request,
        "demo/calibration.html",
        {"build": build, "rows": rows, "exact": exact, "percent": f"{build.scale * 100:g}"},
    )
