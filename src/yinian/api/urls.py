"""The REST door: the rooms' own actions and queries as typed endpoints, with the caller's session and scope."""

from importlib import import_module
from importlib.util import find_spec

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import django_auth

from yinian import __version__
from yinian.core.errors import Changed, Forbidden, Refused

ROOMS = (
    "people", "places", "homes", "medical", "workforce", "assessments", "plans", "entitlements", "oversight",
    "indicators",
)

# The docs page of the library needs inline scripts, which our CSP refuses; /api/openapi.json serves any viewer.
api = NinjaAPI(title="Yinian", version=__version__, auth=django_auth, docs_url=None, urls_namespace="api")


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return api.create_response(request, {"error": _("Your role does not include this.")}, status=403)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"error": _("Not found, or outside your area.")}, status=404)


@api.exception_handler(Changed)
def _changed(request: HttpRequest, error: Changed) -> HttpResponse:
    return api.create_response(request, {"error": str(error)}, status=409)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return api.create_response(request, {"error": str(error), "fields": error.fields}, status=422)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # The library's own answer repeats the value sent in, which may be a person's number; the place and reason do.
    places = [{"where": [str(part) for part in e["loc"]], "expected": e["msg"]} for e in error.errors]
    return api.create_response(request, {"error": _("The request is not as expected."), "fields": places}, status=422)


for room in ROOMS:
    if find_spec(f"yinian.{room}.api") is not None:
        api.add_router(f"/{room}/", import_module(f"yinian.{room}.api").router)

urlpatterns = [path("", api.urls)]
