"""The answer to a region picker."""

from django.http import HttpResponse, JsonResponse

from yinian.core.access import StaffRequest, page
from yinian.core.regions import queries


@page(None)
def find(request: StaffRequest) -> HttpResponse:
    """Regions below the reader's own, as JSON: ``{regions: [{code, name, path}]}``."""
    levels = [int(part) for part in request.GET.get("levels", "")[:20].split(",") if part.isdigit()] or [3, 4, 5, 6]
    found = queries.find(request.user, request.GET.get("q", ""), levels)
    return JsonResponse({"regions": [{"code": r.code, "name": r.name, "path": path} for r, path in found]})
