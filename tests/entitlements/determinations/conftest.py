"""Grants of the small county come from a cycle."""

from tests.entitlements.cycles.conftest import county_team, through

__all__ = ["county_team", "through"]
