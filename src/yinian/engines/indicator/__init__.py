"""What a region's indicators are: rolled up from views in one pass, compared, drawn forward, made fit to publish.

Pure computation on Polars frames. What an indicator is, a pack says (`engines/entitlement/measures`); where the rows
come from is for the rooms above.
"""

from yinian.engines.indicator.publish import suppressed
from yinian.engines.indicator.rollup import (
    LENGTHS,
    TALLY,
    Bound,
    BoundMeasure,
    bind_indicator,
    rows_behind,
    tally,
)
from yinian.engines.indicator.standing import STANDINGS, Standing, stand
from yinian.engines.indicator.trend import Forecast, Interval, forecast, wilson

__all__ = [
    "LENGTHS",
    "STANDINGS",
    "TALLY",
    "Bound",
    "BoundMeasure",
    "Forecast",
    "Interval",
    "Standing",
    "bind_indicator",
    "forecast",
    "rows_behind",
    "stand",
    "suppressed",
    "tally",
    "wilson",
]
