"""What a person may choose for something that waits, and for which kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sheetward.merge.items import Item, ItemKind


class Choice(StrEnum):
    """How an open item may be settled by a person."""

    BASE = "base"
    STORE = "store"
    SHEET = "sheet"
    VALUE = "value"
    KEEP = "keep"
    DELETE = "delete"
    ACCEPT = "accept"
    DROP = "drop"


CHOICES: Final[Mapping[str, frozenset[Choice]]] = {
    "conflict.cell": frozenset({Choice.BASE, Choice.STORE, Choice.SHEET, Choice.VALUE}),
    "conflict.delete_modify": frozenset({Choice.KEEP, Choice.DELETE}),
    "conflict.left_view": frozenset({Choice.STORE, Choice.SHEET}),
}
"""Code of a conflict to the choices that settle it."""

NOT_UNIQUE: Final = frozenset({"key.taken", "key.duplicate", "identity.pasted_copy"})
"""Codes of held things that cannot be accepted: what must be unique still must be."""


def choices_for(item: Item) -> frozenset[Choice]:
    """Give the choices that settle an item, leaving aside who may choose them."""
    if item.kind is ItemKind.CONFLICT:
        return CHOICES.get(item.code, frozenset())
    if item.kind is ItemKind.HELD:
        return frozenset({Choice.DROP}) if item.code in NOT_UNIQUE else frozenset({Choice.ACCEPT, Choice.DROP})
    return frozenset()
