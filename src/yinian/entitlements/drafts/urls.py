"""Addresses of drafts and amendments."""

from django.urls import URLPattern, path

from yinian.entitlements.drafts import pages, result_pages, review_pages

urlpatterns: list[URLPattern] = [
    path("drafts/", pages.drafts, name="drafts"),
    path("drafts/new/", pages.new, name="draft_new"),
    path("drafts/compare/", result_pages.compare, name="draft_compare"),
    path("drafts/<int:pk>/", pages.draft, name="draft"),
    path("drafts/<int:pk>/describe/", pages.describe, name="draft_describe"),
    path("drafts/<int:pk>/standard/<str:key>/", pages.standard, name="draft_standard"),
    path("drafts/<int:pk>/service/<str:key>/", pages.service, name="draft_service"),
    path("drafts/<int:pk>/service/<str:key>/off/", pages.off, name="draft_off"),
    path("drafts/<int:pk>/text/<str:part>/<str:key>/", pages.text, name="draft_text"),
    path("drafts/<int:pk>/revert/<str:part>/<str:key>/", pages.revert, name="draft_revert"),
    path("drafts/<int:pk>/add/", pages.add, name="draft_add"),
    path("drafts/<int:pk>/blank/", pages.blank, name="draft_blank"),
    path("drafts/<int:pk>/share/", pages.share, name="draft_share"),
    path("drafts/<int:pk>/duplicate/", pages.duplicate, name="draft_duplicate"),
    path("drafts/<int:pk>/discard/", pages.discard, name="draft_discard"),
    path("drafts/<int:pk>/renew/", pages.renew, name="draft_renew"),
    path("drafts/<int:pk>/outcome/", result_pages.outcome, name="draft_outcome"),
    path("drafts/<int:pk>/results/", result_pages.results, name="draft_results"),
    path("drafts/<int:pk>/years/", result_pages.years, name="draft_years"),
    path("drafts/<int:pk>/people/", result_pages.people, name="draft_people"),
    path("drafts/<int:pk>/submit/", review_pages.submit, name="draft_submit"),
    path("drafts/<int:pk>/withdraw/", review_pages.withdraw, name="draft_withdraw"),
    path("drafts/<int:pk>/review/", review_pages.review_draft, name="draft_review"),
    path("amendments/", review_pages.amendments, name="amendments"),
    path("amendments/<int:pk>/", review_pages.amendment, name="amendment"),
    path("amendments/<int:pk>/end/", review_pages.end, name="amendment_end"),
]
