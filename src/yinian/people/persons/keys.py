"""The blind indexes by which a person is found: whole ID number, its tail, phone. One place names their purposes."""

from yinian.core import crypto

TAIL = 4  # characters; what a village worker remembers of a number


def id_index(number: str) -> bytes:
    """Index of a normalised 18-character ID number."""
    return crypto.blind_index(number, "person.id_number")


def id_tail_index(number: str) -> bytes:
    """Index of the last four characters of an ID number (or of those four alone)."""
    return crypto.blind_index(number[-TAIL:], "person.id_tail")


def phone_index(phone: str) -> bytes:
    """Index of a normalised phone number."""
    return crypto.blind_index(phone, "person.phone")
