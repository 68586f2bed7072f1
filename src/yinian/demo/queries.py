"""Reading what the demo was built from."""

from yinian.core.models import User
from yinian.demo.models import DemoBuild


def visible_to(actor: User) -> DemoBuild | None:
    """The standing demo, if the actor's area lies in it (or it in theirs)."""
    actor.require("demo.view")
    build = DemoBuild.objects.select_related("region").first()
    if build is None:
        return None
    scope = actor.scope("demo.view")
    inside = scope.covers(build.region_id) or bool(scope.sites)
    inside = inside or any(prefix.startswith(build.region_id) for prefix in scope.regions)
    return build if inside else None
