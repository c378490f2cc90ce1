"""Unguessable words: epochs, stamps, binding and row ids. The randomness that the floors below are given."""

from __future__ import annotations

import secrets
from typing import Final

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_SIGNS: Final = _LETTERS + "23456789"


def new_word(length: int = 12) -> str:
    """Give a random word of letters and digits that begins with a letter, so that no spreadsheet reads it as a number.

    One that a spreadsheet could read as a number in scientific notation (`e5`) or as a cell does not arise at this length.
    """
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_SIGNS) for _ in range(length - 1))
