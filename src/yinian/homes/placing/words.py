"""A move in words, and why somebody stays: by which rule, with whom, how far from whom, and what a home lacks."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from yinian.core.regions.models import Level
from yinian.homes.placing.models import Move, Rebalancing, Unmoved
from yinian.places.sites.forms import ABILITY_LEVELS


def level_words(level: int | None) -> str:
    """An ability level by its name."""
    return _("not known") if level is None else str(dict(ABILITY_LEVELS)[level])


def km(metres: int | None) -> str | None:
    """A distance with one decimal."""
    return None if metres is None else f"{metres / 1000:.1f}"


def rule_words(rule: Mapping[str, Any]) -> str:
    """Whom a rule is about, and its document and clause."""
    label = rule["label"].get("en" if get_language() == "en" else "zh") or rule["label"]["zh"]
    return _("%(what)s (%(document)s)") % {"what": label, "document": f"《{rule['title']}》{rule['clause']}"}


def _routed(proposal: Rebalancing, rule_id: str) -> list[str]:
    rule = next((one for one in proposal.rules if one["id"] == rule_id), None)
    if rule is None:
        return []
    where = "、".join(rule["names"])
    return [
        _("By the county's rule %(rule)s, this group lives in: %(homes)s.")
        % {"rule": rule_words(rule), "homes": where or _("the township homes that no other rule names")}
    ]


def near_words(move: Move) -> str:
    """From where distance is counted: where kin live, in words, or the person's own village."""
    if not move.near_whom or move.near is None:
        return _("the person's village")
    place = move.near.name
    if move.near.level == Level.COUNTY:
        place = pgettext("seat of a county", "%(county)s town") % {"county": place}
    return _("%(place)s, where the %(relation)s lives") % {"place": place, "relation": move.near_whom}


def reasons(move: Move) -> list[str]:
    """Why the move is proposed, sentence by sentence."""
    said = [_("Ability level: %(level)s.") % {"level": level_words(move.level)}, *_routed(move.proposal, move.rule)]
    if move.why == Move.Why.ENTRY:
        said.append(_("Has no place in a home yet; a bed that suits is free there."))
    elif move.why == Move.Why.ROUTING:
        assert move.from_site is not None
        said.append(_("%(home)s, where the person lives now, is not among them.") % {"home": move.from_site.name})
    elif move.why == Move.Why.ROOM:
        said.append(_("The place is needed for somebody who may live nowhere else; another suitable home has room."))
    if move.partner is not None:
        said.append(_("Husband or wife %(name)s lives there or goes there too.") % {"name": move.partner.name})
    return [*said, *_distance(move), *_staff(move)]


def _distance(move: Move) -> list[str]:
    where, then = near_words(move), km(move.metres_after)
    if move.metres_before is None:
        return [_("It lies %(km)s km from %(where)s as the crow flies.") % {"km": then, "where": where}]
    now, gain = km(move.metres_before), move.metres_before - move.metres_after
    words = {"where": where, "then": then, "now": now, "km": km(abs(gain))}
    if gain >= 50:  # a tenth of a kilometre, rounded
        return [_("%(km)s km nearer to %(where)s: %(then)s km as the crow flies instead of %(now)s km.") % words]
    if gain <= -50:
        return [_("%(km)s km further from %(where)s: %(then)s km as the crow flies instead of %(now)s km.") % words]
    return [_("As far from %(where)s as now: %(then)s km as the crow flies.") % words]


def _staff(move: Move) -> list[str]:
    """What the staff of the new home could still care for, where it is known."""
    home: Mapping[str, Any] = next((one for one in move.proposal.homes if one["id"] == move.to_site_id), {})
    more = home.get("after", {}).get("more")
    if more is None:
        return []
    return [
        _("After all moves its %(carers)s carers could look after %(n)s more who need full care.")
        % {"carers": home["carers"], "n": more}
    ]


def stays_because(one: Unmoved) -> list[str]:
    """Why nothing better was found for somebody, sentence by sentence."""
    said = [] if one.level is None else [_("Ability level: %(level)s.") % {"level": level_words(one.level)}]
    said += _routed(one.proposal, one.rule)
    if one.wrong and one.site is not None:
        said.append(_("%(home)s, where the person lives now, is not among them.") % {"home": one.site.name})
    why = {
        Unmoved.Why.LEVEL: _("The ability level is not known: an assessment comes first."),
        Unmoved.Why.PLACE: _("The village or the home has no position on the map, so no distance can be compared."),
        Unmoved.Why.NONE: _("No home is open to them, by rule, level and what they themselves wish."),
        Unmoved.Why.NEAREST: _("No home that is open to them lies nearer."),
        Unmoved.Why.TOGETHER: _("Husband and wife are not parted, and no home has room for both."),
        Unmoved.Why.OTHERS: _("The beds go to those before on the list, or to those for whom it gains more."),
    }.get(Unmoved.Why(one.why))
    if one.why == Unmoved.Why.TOGETHER and one.partner is not None:
        why = _("Husband or wife is %(name)s: they are not parted, and no home has room for both.") % {
            "name": one.partner.name
        }
    said += [why] if why else []
    return said + [home_words(line) for line in one.looked_at if line["lacks"]]


def home_words(line: Mapping[str, Any]) -> str:
    """What a home that could be lacks."""
    words = {"home": line["name"], "km": km(line["metres"]), "carers": line["carers"], "n": line["more"]}
    if line["lacks"] == "full":
        return _("%(home)s (%(km)s km): no bed free that suits by kind and room.") % words
    if line["lacks"] == "rule":
        return _("%(home)s (%(km)s km): wished for, but it does not take this level.") % words
    said = _("%(home)s (%(km)s km): a bed is free, but its %(carers)s carers can take %(n)s more of this level.")
    return said % words


def unmoved_where(one: Unmoved) -> str:
    """Where somebody is for whom nothing better was found."""
    return _("no home yet") if one.site is None else one.site.name
