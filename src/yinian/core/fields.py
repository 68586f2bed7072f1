"""Model fields of our own: encrypted text, and the name of a role."""

from typing import Any

from django.db import models

from yinian.core import crypto
from yinian.core.roles import ROLE_CHOICES


class EncryptedTextField(models.BinaryField):
    """Text stored by :mod:`yinian.core.crypto`; Python sees ``str``, the database bytes.

    It can be compared with NULL only: to find a value, keep a blind index in a column beside it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @property
    def column_name(self) -> str:
        # The model that declares the field, not a history copy of it: both hold the same bytes.
        tracked = getattr(self.model, "pgh_tracked_model", None) or self.model
        return f"{tracked._meta.db_table}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            value = crypto.encrypt(value, self.column_name)
        return super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = self.get_prep_value(value)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else crypto.decrypt(value, self.column_name)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("encrypted values are never serialised")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name}: an encrypted value is found by its blind index, not by {lookup_name}")
        return super().get_lookup(lookup_name)


class RoleField(models.CharField):
    """The name of a role. A migration knows it as text: which roles there are is for the code and its constraints, and
    a new one changes no column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs["choices"] = ROLE_CHOICES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, "django.db.models.CharField", args, kwargs
