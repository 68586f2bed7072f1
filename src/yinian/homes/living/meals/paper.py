"""The kitchen sheet on paper and as a workbook."""

import io
from typing import Any

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.attachments.kinds import MEDIA
from yinian.core.documents.setting import set_paper
from yinian.core.jinja import day as day_words
from yinian.core.sheets import Table, TableColumn, write_book
from yinian.homes.living.meals.queries import Kitchen, floor_words
from yinian.places.models import Site

TEMPLATE = "homes/documents/kitchen.typ"


def title_of(home: Site, sheet: Kitchen) -> str:
    return _("%(home)s, %(meal)s of %(day)s") % {
        "home": home.name, "meal": sheet.meal.label, "day": day_words(sheet.day),
    }


def kitchen_pdf(home: Site, sheet: Kitchen) -> HttpResponse:
    """The sheet as PDF; papers are Chinese, whoever asks for them."""
    with translation.override("zh-hans"):
        title = title_of(home, sheet)
        made = set_paper(TEMPLATE, kitchen_data(home, sheet), at=timezone.now())
    return _file(made, MEDIA["pdf"], f"{title}.pdf", inline=True)


def kitchen_data(home: Site, sheet: Kitchen) -> dict[str, Any]:
    """What the paper says, as plain data."""
    return {
        "title": title_of(home, sheet),
        "dishes": "、".join(dish.name for dish in sheet.dishes),
        "floors": [floor_words(floor) for floor in sheet.floors],
        "rows": [[label, *map(str, counts), str(total)] for label, counts, total in sheet.rows()],
        "totals": [*map(str, sheet.by_floor()), str(sheet.all)],
        "special": [
            [plate.stay.bed.label, plate.stay.person.name, plate.eats.label, plate.eats.foods, _warning(plate)]
            for plate in sheet.special
        ],
        "left_out": [[stay.bed.label, stay.person.name, why] for stay, why in sheet.left_out],
    }


def _warning(plate: Any) -> str:
    parts = []
    if plate.clash:
        parts.append(_("not: %(dishes)s") % {"dishes": "、".join(plate.clash)})
    if plate.unsure:
        parts.append(_("ask what is in: %(dishes)s") % {"dishes": "、".join(plate.unsure)})
    return "；".join(parts)


def kitchen_book(home: Site, sheet: Kitchen) -> HttpResponse:
    """The sheet as a workbook of two tables: portions, and who eats otherwise than usual."""
    portions = [TableColumn("diet", _("Diet"))]
    portions += [TableColumn(f"f{n}", floor_words(floor), "integer") for n, floor in enumerate(sheet.floors)]
    portions.append(TableColumn("all", _("All portions"), "integer"))
    people = [TableColumn(key, label) for key, label in (
        ("bed", _("Bed")), ("name", _("Name")), ("eats", _("Eats")), ("foods", _("Must not have")),
        ("warning", _("Look at")),
    )]
    stream = io.BytesIO()
    data = kitchen_data(home, sheet)
    write_book(
        [
            Table(_("Portions"), portions, [[label, *counts, total] for label, counts, total in sheet.rows()]),
            Table(_("Who eats otherwise"), people, data["special"]),
        ],
        stream, data["title"], {_("Made at"): f"{timezone.localtime():%Y-%m-%d %H:%M}", _("Dishes"): data["dishes"]},
    )
    return _file(stream.getvalue(), MEDIA["xlsx"], f"{data['title']}.xlsx")


def _file(content: bytes, media: str, name: str, *, inline: bool = False) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    return answer

