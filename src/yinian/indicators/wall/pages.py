"""The wall screen: one page that stands for months, and the figures it asks for."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from yinian.core.access import StaffRequest, page
from yinian.indicators.wall import queries


@page("wall.view")
def wall(request: StaffRequest) -> HttpResponse:
    """The screen with its first figures in it, so that it never stands empty."""
    region = queries.region_of(request.user, request.GET.get("region", ""))
    back = "indicators:list" if request.user.may("indicators.view") else "core:account"
    return render(request, "indicators/wall.html", {
        "region": region, "map": queries.picture(region), "data": queries.shown(request.user, region),
        "synthetic": queries.synthetic(region), "back": reverse(back),
    })


@page("wall.view")
def feed(request: StaffRequest) -> HttpResponse:
    """The figures alone, as JSON."""
    region = queries.region_of(request.user, request.GET.get("region", ""))
    return JsonResponse(queries.shown(request.user, region), json_dumps_params={"ensure_ascii": False})
