"""Background jobs of this room."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.people.duplicates.actions import found_pairs, keep_pairs


@job_kind("people.find_duplicates", gettext_lazy("Look for people entered twice"))
def find_duplicates(context: JobContext) -> dict[str, Any] | None:
    """Reads the region's entries, compares them, and stores the pairs worth a look."""
    region = context.params["region"]
    pairs = found_pairs(region, lambda done, total: context.progress(done, total * 2, _("Reading the register")))
    context.progress(1, 2, _("Comparing"))
    with context.effect() as result:
        result["new"] = keep_pairs(pairs)
        result["found"] = pairs.height
        result["url"] = reverse("people:duplicates")
    return None
