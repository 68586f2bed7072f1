"""Reconciliation: what others report as paid, held against what was due, each difference with its reason."""
