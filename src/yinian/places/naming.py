"""How place and site names are spelled for search. Unlike people, places have no surname: 长乐 is chang le."""

import re

_OTHER = re.compile(r"[^a-z0-9]+")


def spelled(name: str) -> tuple[str, str]:
    """Pinyin without tones as one word (at most 120 letters), and the initials (at most 30)."""
    from pypinyin import Style, lazy_pinyin  # its tables take half a second to load: only for whoever writes names

    parts = [_OTHER.sub("", part.lower()) for part in lazy_pinyin(name, style=Style.NORMAL)]
    parts = [part for part in parts if part]
    return "".join(parts)[:120], "".join(part[0] for part in parts)[:30]
