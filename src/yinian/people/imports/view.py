"""What the page of one departmental list says, in the reader's language. No writing."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from yinian.core.sheets import messages
from yinian.core.sheets import render as words_of
from yinian.people.circumstances.words import kind_words
from yinian.people.imports.models import ImportBatch
from yinian.people.imports.queries import spec_of

TONES = {"uploaded": "info", "checked": "warn", "committed": "ok", "undone": "mute", "refused": "bad"}
FATES = ("new", "replace", "strike", "conflict", "same")


@dataclass
class BatchView:
    """One list as shown."""

    title: str
    state: tuple[str, str]
    problem: str = ""
    stats: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)  # words, rows, why
    kinds: list[list[Any]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # tone, words
    consequence: str = ""
    load_words: str = ""
    can_load: bool = False
    can_mend: bool = False
    can_undo: bool = False


def state_of(batch: ImportBatch) -> tuple[str, str]:
    return str(batch.get_state_display()), TONES[batch.state]


def problem_of(batch: ImportBatch) -> str:
    """Why a file was refused, in the reader's language."""
    code = batch.counts.get("refused")
    if code in messages.MESSAGES:
        try:
            return words_of(code, batch.counts.get("params", {}))
        except (KeyError, ValueError):
            return batch.problem
    return batch.problem


def good_rows(counts: dict[str, Any]) -> int:
    return int(counts.get("matched", 0) + counts.get("new", 0))


def batch_view(batch: ImportBatch) -> BatchView:
    spec, counts = spec_of(batch), batch.counts
    view = BatchView(str(spec.title), state_of(batch))
    running = batch.job is not None and not batch.job.is_over
    if batch.state == ImportBatch.State.REFUSED:
        view.problem = problem_of(batch)
        return view
    if "rows" not in counts:
        return view
    loaded = batch.state != ImportBatch.State.CHECKED
    view.stats = [
        _stat(_("Rows in the list"), counts["rows"]),
        _stat(_("Sound rows"), good_rows(counts)),
        _stat(
            _("Rows with faults"),
            counts["faulty"],
            href=reverse("people:import_returned", args=[batch.pk]) if batch.returned_id else None,
        ),
        _stat(
            _("To be decided"),
            counts["waiting"],
            href=reverse("people:import_rows", args=[batch.pk]) if counts["review"] else None,
        ),
        _stat(_("New in the register"), counts["new_people"], _("people")),
        _stat(
            _("Circumstances recorded") if loaded else _("Circumstances to record"),
            counts["new_spells"] + counts["replaced"],
        ),
        _stat(_("Departments disagree"), counts["conflicts"], href=reverse("people:conflicts") if loaded else None),
        _stat(_("No longer on the list"), counts["struck_people"], _("people"))
        if batch.complete
        else _stat(_("Nothing changes for"), counts["unchanged_people"], _("people")),
    ]
    view.left_out = [
        line
        for line in (
            (_("Rows with faults"), counts["faulty"], _("They come back marked red, with the reason beside them.")),
            (_("Rows to be decided"), counts["waiting"], _("Somebody has to say who is meant.")),
            (_("Rows left out by decision"), counts["skipped"], ""),
            (
                _("Younger than sixty, not in the register"),
                counts["young"],
                _("The register is of people of sixty and over."),
            ),
            (_("Not in the register"), counts["unknown"], _("This list enters nobody.")),
        )
        if line[1]
    ]
    view.kinds = [
        [kind_words(kind), *(fates.get(fate, 0) for fate in FATES)] for kind, fates in counts["by_kind"].items()
    ]
    _notes(view, batch, counts)
    view.can_load = batch.state == ImportBatch.State.CHECKED and not running and good_rows(counts) > 0
    view.can_mend = batch.returned_id is not None
    view.can_undo = batch.state == ImportBatch.State.COMMITTED and not running
    view.load_words = ngettext("Load the %(count)s sound row", "Load the %(count)s sound rows", good_rows(counts)) % {
        "count": f"{good_rows(counts):,}"
    }
    view.consequence = _consequence(batch, counts)
    return view


def _stat(label: str, value: int, unit: str | None = None, href: str | None = None) -> dict[str, Any]:
    return {"label": label, "value": value, "unit": unit, "href": href if value else None}


def _notes(view: BatchView, batch: ImportBatch, counts: dict[str, Any]) -> None:
    if counts.get("already"):
        view.notes.append(
            (
                "info",
                _(
                    "A list with the same content is loaded already (no. %(number)s). "
                    "Loading it again would change nothing."
                )
                % {"number": counts["already"]},
            )
        )
    if batch.state == ImportBatch.State.CHECKED and counts.get("stale"):
        view.notes.append(
            (
                "info",
                _(
                    "Rows were decided since the check. The figures are worked out anew when you check again; "
                    "loading takes the decisions in any case."
                ),
            )
        )
    if batch.complete and not counts.get("as_whole"):
        if counts.get("later_roll"):
            view.notes.append(
                (
                    "warn",
                    _("A newer complete list (%(day)s) is loaded. This one is taken row by row; nobody is struck off.")
                    % {"day": counts["later_roll"]},
                )
            )
        else:
            view.notes.append(
                (
                    "warn",
                    _(
                        "Not every row is sound and decided, so the list is not taken as complete: "
                        "nobody is struck off until it comes without faults."
                    ),
                )
            )
    if counts.get("ignored"):
        view.notes.append(("mute", _("Columns not read: %(columns)s") % {"columns": "、".join(counts["ignored"])}))


def _consequence(batch: ImportBatch, counts: dict[str, Any]) -> str:
    parts = [
        _("%(people)s people enter the register, %(spells)s circumstances are recorded, %(changed)s entries completed.")
        % {
            "people": f"{counts['new_people']:,}",
            "spells": f"{counts['new_spells'] + counts['replaced']:,}",
            "changed": f"{counts['changed_people']:,}",
        }
    ]
    if counts.get("as_whole") and counts["struck_people"]:
        parts.append(
            _("%(count)s people are no longer on the list: what it said of them ends.")
            % {"count": f"{counts['struck_people']:,}"}
        )
    if counts["deaths"]:
        parts.append(_("%(count)s people are recorded as died.") % {"count": f"{counts['deaths']:,}"})
    if counts["conflicts"]:
        parts.append(
            _("%(count)s times another department says otherwise: the towns are asked, nothing is overwritten.")
            % {"count": f"{counts['conflicts']:,}"}
        )
    left = counts["faulty"] + counts["waiting"]
    if left:
        parts.append(_("%(count)s rows stay out.") % {"count": f"{left:,}"})
    return (" " if get_language() == "en" else "").join(parts)
