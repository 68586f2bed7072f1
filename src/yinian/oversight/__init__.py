"""Answering for what is done: evaluations of regions (and of what else a pack rules) held as data-driven schemes."""
