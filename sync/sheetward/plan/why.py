"""What can decide about one cell of a sheet."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """The closed vocabulary of what can decide about a cell."""

    UNCHANGED = "unchanged"
    OURS = "ours"
    THEIRS = "theirs"
    CONVERGENT = "convergent"
    CONFLICT = "conflict"
    HELD = "held"
    REJECTED = "rejected"
    POLICY = "policy"
    CHOSEN = "chosen"
    REPEATED = "repeated"
    KEY_KEPT = "key_kept"
    MASKED = "masked"
    NO_VALUE = "no_value"
    UNDELIVERED = "undelivered"
    PUT_BACK = "put_back"
    NEW_ROW = "new_row"
    APPENDED = "appended"
    DELETED_HERE = "deleted_here"
    DELETED_THERE = "deleted_there"
    LEFT_VIEW = "left_view"
    UNSEEN = "unseen"
