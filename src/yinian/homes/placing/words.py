"""A move in words: why somebody would better live there, by which rule, how far it is from where they come from."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.homes.placing.models import Move
from yinian.places.sites.forms import ABILITY_LEVELS


def level_words(level: int) -> str:
    """An ability level by its name."""
    return str(dict(ABILITY_LEVELS)[level])


def km(metres: int | None) -> str | None:
    """A distance with one decimal."""
    return None if metres is None else f"{metres / 1000:.1f}"


def rule_words(rule: Mapping[str, Any]) -> str:
    """Whom a rule is about, and its document and clause."""
    label = rule["label"].get("en" if get_language() == "en" else "zh") or rule["label"]["zh"]
    return _("%(what)s (%(document)s)") % {"what": label, "document": f"《{rule['title']}》{rule['clause']}"}


def reasons(move: Move) -> list[str]:
    """Why the move is proposed, sentence by sentence."""
    rule = next((one for one in move.proposal.rules if one["id"] == move.rule), None)
    said = [_("Ability level: %(level)s.") % {"level": level_words(move.level)}]
    if rule is not None:
        where = "、".join(rule["names"])
        said.append(
            _("By the county's rule %(rule)s, this group lives in: %(homes)s.")
            % {"rule": rule_words(rule), "homes": where or _("the township homes that no other rule names")}
        )
    if move.why == Move.Why.ENTRY:
        said.append(_("Under state support, wishes to live in a home and has no place; a bed is free there."))
    elif move.why == Move.Why.ROUTING:
        assert move.from_site is not None
        said.append(_("%(home)s, where the person lives now, is not among them.") % {"home": move.from_site.name})
    elif move.why == Move.Why.NEARER:
        said.append(_("The new home lies nearer to where the person comes from."))
    else:
        said.append(_("The place is needed for somebody who may live nowhere else; another suitable home has room."))
    if move.metres_before is None:
        said.append(_("It lies %(km)s km from the person's village as the crow flies.") % {"km": km(move.metres_after)})
    else:
        said.append(
            _("From the person's village it is %(then)s km as the crow flies, now %(now)s km.")
            % {"then": km(move.metres_after), "now": km(move.metres_before)}
        )
    return said
