"""What two writers at one moment may come to."""

from django.db import IntegrityError
from psycopg.errors import DeadlockDetected


def refused_by_the_database(outcome: object) -> bool:
    """Whether what a writer came to is the database's refusal: a constraint, or the deadlock that two who write against
    one exclusion constraint can end in, each waiting for the other's row."""
    return isinstance(outcome, IntegrityError) or isinstance(getattr(outcome, "__cause__", None), DeadlockDetected)
