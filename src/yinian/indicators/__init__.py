"""Figures of a region by period, frozen and reproducible; what is behind each; reports. Definitions stand in packs."""
