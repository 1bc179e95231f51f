"""Letters for people, for what is printed and passed on."""

from collections.abc import Iterable
from string import ascii_uppercase

from django.utils.crypto import salted_hmac


def pseudonyms(people: Iterable[str], *, of: str) -> dict[str, str]:
    """A, B, C and so on by name, in an order that says nothing of anybody.

    The same people get the same letters in every report that is `of` the same thing; the order
    follows from this installation's secret, so that nobody else can tell who is who.
    """

    def hidden(person: str) -> str:
        return salted_hmac("annotation.pseudonyms", f"{of}\0{person}").hexdigest()

    return {person: letters(place) for place, person in enumerate(sorted(people, key=hidden))}


def letters(place: int) -> str:
    """0 is A, 25 Z, 26 AA."""
    name = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        name = ascii_uppercase[letter] + name
        place -= 1
    return name
