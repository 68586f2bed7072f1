"""The one router of this room; the sub-folders' api.py files put their endpoints on it."""

from ninja import Router

router = Router(tags=["entitlements"])
