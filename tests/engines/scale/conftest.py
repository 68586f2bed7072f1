"""Leaves the comparison with the facts out where there are no facts to compare with."""

from tests.engines.scale.making import facts

collect_ignore = [] if facts("gbt42195.json") and facts("ltci.json") else ["test_facts.py"]
