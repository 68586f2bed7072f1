"""The addresses of determinations and of proposals to change them."""

from django.urls import URLPattern, path

from yinian.entitlements.determinations import pages

urlpatterns: list[URLPattern] = [
    path("grants/", pages.determinations, name="determinations"),
    path("grants/<int:pk>/", pages.determination, name="determination"),
    path("grants/<int:pk>/propose/", pages.propose, name="propose"),
    path("grants/changes/", pages.proposals, name="proposals"),
    path("grants/changes/<int:pk>/", pages.proposal, name="proposal"),
    path("grants/changes/<int:pk>/confirm/", pages.proposal_confirm, name="proposal_confirm"),
    path("grants/changes/<int:pk>/reject/", pages.proposal_reject, name="proposal_reject"),
]
