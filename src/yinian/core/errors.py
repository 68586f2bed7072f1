"""What an action or a query raises when it refuses. Pages and API turn each into its status code."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import Http404


class Forbidden(PermissionDenied):
    """The actor holds no role with this right: 403."""


class NotVisible(Http404):
    """The thing does not exist, or lies outside the actor's scope; the two look the same: 404."""


class Refused(Exception):
    """The request cannot be carried out as asked: 422, with a message for the person who asked.

    ``fields`` maps a form field's name to its own message.
    """

    def __init__(self, message: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message or "; ".join((fields or {}).values()))
        self.message = message
        self.fields = dict(fields or {})


class Changed(Refused):
    """Somebody else changed the thing since the actor looked at it: 409."""
