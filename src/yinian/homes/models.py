"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.stays.models import Stay

__all__ = ["Stay"]
