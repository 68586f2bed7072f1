"""What the permission matrix puts into this room's addresses."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from tests import cast as people
from yinian.indicators.models import Figure, Snapshot


def indicator_samples(cast: SimpleNamespace) -> dict[str, Any]:
    """A frozen figure of a village of town A; indicators and reports are chosen by name and by the area asked for."""
    kept = {"hash": "0" * 64, "label": {"zh": "", "en": ""}, "unit": "people", "denominator": None, "parameters": {},
            "numerator": {"view": "persons", "where": "age >= 60", "aggregate": "count", "column": None}}
    snapshot = Snapshot.objects.create(
        region_id=people.COUNTY, as_of=dt.date(2026, 3, 31), origin="period", pack_path="cn", pack_hash="0" * 64,
        definitions={"older-people": kept}, made_by=cast.bureau,
    )
    figure = Figure.objects.create(
        indicator="older-people", definition_hash="0" * 64, region_id=people.A1, period="quarter",
        starts=dt.date(2026, 1, 1), ends=dt.date(2026, 3, 31), as_of=dt.date(2026, 3, 31), origin="computed",
        numerator=1, outside=0, unknown=0, unsure=0, snapshot=snapshot, author=cast.bureau,
    )
    pages = ("indicators:figure", "indicators:figure_verify", "indicators:figure_correct")
    period = {"kind": ("quarter",), "starts": ("2026-01-01",)}
    return {
        **{name: {"pk": (figure.pk,)} for name in pages},
        "indicators:indicator": {"name": ("older-people",)},
        "indicators:report_figure": {"name": ("satisfaction",)},
        "indicators:behind": {"name": ("station-coverage",), "part": ("outside",)},
        "indicators:report": period,
        "indicators:report_issue": period,
    }


EVERYWHERE = {
    "indicators:indicator", "indicators:report_figure", "indicators:behind", "indicators:report",
    "indicators:report_issue",
}
"""Addresses that say what is asked, not of whom: the area comes with the query, or is the reader's own."""
