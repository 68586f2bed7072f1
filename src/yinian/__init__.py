"""Yinian: the open platform a Chinese county runs its elderly care on."""

__version__ = "0.1.0"
