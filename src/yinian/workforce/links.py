"""What staff add to a site's page, to the desk and to the search box."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures, search
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.places.models import Site
from yinian.places.panels import site_panel
from yinian.workforce import queries


@site_panel("workforce.staff", 20, "workforce/site_panel.html")
def staff(actor: User, site: Site) -> dict[str, Any] | None:
    """Who works at a site, for those who see staff there."""
    if not actor.may("workforce.view") or not actor.scope("workforce.view").covers(site.region_id, site.pk):
        return None
    from yinian.workforce.pages import certificate_tone

    return {
        "posts": [
            (post, [(c, *certificate_tone(c, [post])) for c in post.worker.papers])
            for post in queries.staff_of(actor, site)
        ],
        "may_edit": actor.scope("workforce.edit").covers(site.region_id, site.pk),
        "site": site,
    }


def desk_figures(actor: User) -> list[figures.Stat]:
    """Carers, of whom certified; certificates to renew."""
    found = queries.carers(actor)
    if not found.all:
        return []
    return [
        figures.Stat(
            _("Carers with a skill-level certificate"),
            found.certified,
            _("of %(n)d carers") % {"n": found.all},
            reverse("workforce:list") + "?post=carer&certificate=care_skill",
            _("as of %(day)s") % {"day": day(timezone.localdate())},
        )
    ]


def find(actor: User, text: str) -> list[search.Hit]:
    return [
        search.Hit(
            worker.name,
            reverse("workforce:worker", args=[worker.pk]),
            "；".join(f"{post.site.name} {post.get_kind_display()}" for post in worker.held),
        )
        for worker in queries.search(queries.listed(actor), text)[: search.LIMIT]
    ]


figures.register("workforce.carers", "workforce.edit", desk_figures, order=60)
search.register(
    "workforce",
    gettext_lazy("Staff"),
    "workforce.view",
    find,
    more=lambda text: reverse("workforce:list") + "?" + urlencode({"q": text}),
    order=60,
)
