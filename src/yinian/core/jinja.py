"""The Jinja2 environment: what every template may use. A date or an amount is written here, the same everywhere."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from yinian.core import identity


@lru_cache(maxsize=512)
def asset(path: str) -> str:
    """The address of a file under assets/, with its content's digest so that browsers may keep it for ever."""
    file = Path(settings.ASSETS) / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
    return f"{static(path)}?v={digest}"


@lru_cache(maxsize=256)
def _icon(name: str) -> str:
    source = (Path(settings.ASSETS) / "vendor" / "tabler-icons" / f"{name}.svg").read_text("utf-8")
    body = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")].strip()
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{body}</svg>'
    )


def icon(name: str) -> Markup:
    """An inline outline icon; decoration only, so hidden from readers' devices."""
    return Markup(_icon(name))


def month(value: dt.date | None) -> str:
    """2026年3月 in Chinese, Mar 2026 in English; an empty value is an en dash."""
    if value is None:
        return "–"
    return date_format(value, "M Y") if translation.get_language() == "en" else f"{value.year}年{value.month}月"


def day(value: dt.date | dt.datetime | None) -> str:
    """2026年3月1日 in Chinese, 1 Mar 2026 in English; an empty value is an en dash."""
    if value is None:
        return "–"
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    if translation.get_language() == "en":
        return date_format(value, "j M Y")
    return f"{value.year}年{value.month}月{value.day}日"


def iso(value: dt.date | None) -> str:
    return value.isoformat() if value else ""


def moment(value: dt.datetime | None) -> str:
    """Day and time to the minute, local."""
    return "–" if value is None else f"{day(value)} {timezone.localtime(value):%H:%M}"


def number(value: int | float | None) -> str:
    """Thousands separated; an unknown figure is an en dash."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def yuan(fen: int | None) -> str:
    """Whole fen as yuan: 12345 -> 123.45; whole yuan lose the decimals."""
    if fen is None:
        return "–"
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, rest = divmod(fen, 100)
    return f"{sign}{whole:,}" + (f".{rest:02d}" if rest else "")


def age_on(birth: dt.date | None, on: dt.date | None = None) -> int | None:
    """Whole years; 29 February comes of age on 1 March."""
    if birth is None:
        return None
    on = on or timezone.localdate()
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def label(value: Any) -> str:
    """The label of a pack or engine text that is given in several languages: {zh: …, en: …}."""
    if isinstance(value, Mapping):
        language = "en" if translation.get_language() == "en" else "zh"
        return str(value.get(language) or value.get("zh") or value.get("en") or "")
    return str(value)


@pass_context
def with_query(context: Context, **changes: Any) -> str:
    """The page's own address with some query parameters changed; None takes one away."""
    request: HttpRequest = context["request"]
    query = {key: request.GET.getlist(key) for key in request.GET}
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None and value != "":
            query[key] = value if isinstance(value, list) else [str(value)]
    text = urlencode(query, doseq=True)
    return f"?{text}" if text else request.path


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def json_script(value: Any, element_id: str) -> Markup:
    """Data for a script, in an element that the CSP lets through and that cannot break out."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")
    return Markup(f'<script id="{escape(element_id)}" type="application/json">{text}</script>')


def environment(**options: Any) -> Environment:
    options.setdefault("extensions", []).append("jinja2.ext.i18n")
    options["undefined"] = StrictUndefined
    options["trim_blocks"] = True
    options["lstrip_blocks"] = True
    env = Environment(**options)
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        asset=asset, icon=icon, url=url, with_query=with_query, json_script=json_script, age_on=age_on,
        messages_of=get_messages, today=timezone.localdate,
    )
    env.filters.update(
        day=day, month=month, iso=iso, moment=moment, number=number, yuan=yuan, label=label,
        mask_id=identity.mask_id, mask_phone=identity.mask_phone,
    )
    return env


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page needs."""
    from yinian.core import navigation

    return {
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        # Both are worked out only when a template asks: a page about a database fault must not need the database.
        "nav": SimpleLazyObject(lambda: navigation.entries(request)),
        "frame": SimpleLazyObject(lambda: navigation.frame_of(request)),
        "views_of": partial(navigation.views, request),
    }
