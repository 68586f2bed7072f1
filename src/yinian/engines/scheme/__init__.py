"""Working out an evaluation: totals from experts' scores, the order of the applicants, the award."""

from yinian.engines.scheme.award import Award, award_of
from yinian.engines.scheme.proposal import Reader, propose
from yinian.engines.scheme.tally import Criterion, Place, Tally, order, tally

__all__ = ["Award", "Criterion", "Place", "Reader", "Tally", "award_of", "order", "propose", "tally"]
