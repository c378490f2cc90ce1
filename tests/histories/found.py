"""Histories that broke a promise when they were first played, shortened: each stays played, and judged, for good."""

from __future__ import annotations

from .deeds import Deed

FOUND: dict[str, list[Deed]] = {
    "a number that every row must have is not emptied": [("no number", "M", 0), ("no number", "E", 1)],
    "a row that another was pasted over is told of with its masks": [("copy over", "M", 4, 4)],
    "a copy in place of a masked row is told of with its masks": [("copy", "M", 2), ("delete", "M", 4)],
    "a kept row brings no mask into the table": [
        ("new", "M", 1, "east"),
        ("sync", "M", ("before_write", "before", "race", "E")),
        ("edit", "M", 1, "name"),
        ("cut", "E", 9),
    ],
    "an accepted row brings no mask into the table": [
        ("delete", "M", 4),
        ("rule", "M", 2),
        ("new", "E", 6, "west"),
        ("sync", "E", None),
        ("sync", "M", ("before_write", "after", "hands", [("new", "M", 6, "west"), ("swap", "M", 5, 3, "phone")])),
    ],
    "what was typed over a mask replaces nothing unseen": [("edit", "M", 6, "phone"), ("rule", "M", 3)],
    "a stamp that another sync of the sheet just wrote is no foreign one": [
        ("edit", "A", 7, "name"),
        ("sync", "A", (2, "after", "race", "A")),
    ],
    "a sync that another one overtook writes no stamp that the store has not": [
        ("number", "E", 2, 2),
        ("sync", "E", (3, "after", "race", "E")),
    ],
    "a sync that another one overtook before it read the store writes no stamp that the store has not": [
        ("new", "A", 0, "east"),
        ("sync", "A", None),
        ("sync", "E", None),
        ("sort a column", "E", 9, "phone"),
        ("sync", "E", (1, "after", "race", "E")),
    ],
    "a sync that was overtaken while it recovers writes no stamp that the store has not": [
        ("edit", "E", 5, "note"),
        ("sync", "E", ("after_write", "before", "die", None)),
        ("sync", "E", (1, "after", "race", "E")),
    ],
    "a row whose newer state never arrived is not deleted with it": [
        ("edit", "A", 2, "phone"),
        ("sync", "A", None),
        ("sync", "E", (11, "before", "hands", [("move", "E", 2, "east"), ("number", "E", 1, 4), ("cut", "E", 8)])),
    ],
    "what waited in a row that is gone becomes a conflict about the row, though an older copy came back": [
        ("same", "A", 1, "name"),
        ("sync", "A", None),
        ("edit", "E", 7, "name"),
        ("sync", "E", None),
        ("restore", "boss", "all", 9, None, None, "A"),
        ("put the copy back", "E", 9),
        ("number", "A", 5, 2),
    ],
    "a conflict about a row that an older copy and a restore took away does not wait for ever": [
        ("move", "A", 5, "east"),
        ("sync", "A", (6, "before", "rule", ("rule", "M", 3))),
        ("sync", "M", (7, "after", "hands", [("edit", "M", 5, "phone"), ("keep a copy", "M", 8)])),
        ("edit", "M", 2, "phone"),
        (
            "sync",
            "M",
            ("after_commit", "after", "hands", [("put the copy back", "M", 2), ("copy", "M", 3), ("cut", "M", 6)]),
        ),
        ("restore", "boss", "sheet", 9, None, None, "A"),
        ("clear", "A", 8),
    ],
    "a row with a held cell is not deleted with a newer state that was never shown": [
        ("edit", "E", 8, "name"),
        ("sync", "E", None),
        ("sort a column", "A", 3, "name"),
        ("sync", "A", (11, "after", "hands", [("delete", "A", 2), ("cut", "A", 0), ("new", "A", 7, "west")])),
    ],
    "a row is deleted with a masked cell though the rule changed while its sheet was synced": [
        ("delete", "M", 9),
        ("sync", "M", ("before_confirm", "before", "rule", ("rule", "M", 1))),
        ("delete", "M", 9),
    ],
    "a rule that comes once a sync is written shows in the sheet from the next one on": [
        ("rule", "E", 1),
        ("edit", "E", 4, "note"),
        ("sync", "E", None),
        ("sync", "M", ("before_confirm", "after", "rule", ("rule", "M", 1))),
        ("clear", "M", 0),
    ],
    "a row that waited when its role came to see more is deleted with what its mask hid": [
        ("restore", "boss", "run", 9, None, None, "E"),
        ("rule", "M", 3),
        ("same", "M", 2, "name"),
        ("sync", "M", None),
        ("settle", "boss", 5, "base"),
        ("delete", "M", 3),
    ],
    "a row that came by a partial reading is deleted with its hidden cells": [
        ("restore", "boss", "run", 2, None, None, "A"),
        ("rule", "E", 3),
        ("new", "M", 3, "west"),
        ("sync", "M", None),
        ("sync", "E", ("before_confirm", "before", "torn", [6])),
        ("cut", "E", 7),
    ],
    "a kept row that others changed since is not deleted unseen": [
        ("restore", "boss", "all", 2, None, None, "E"),
        ("edit", "A", 8, "note"),
        ("edit", "E", 5, "name"),
        ("sync", "E", None),
        ("clear", "E", 9),
        ("settle", "boss", 2, "store"),
    ],
    "a kept row that others changed after the choice is not deleted unseen": [
        ("restore", "boss", "sheet", 0, None, None, "A"),
        ("edit", "E", 6, "phone"),
        ("sync", "E", None),
        ("edit", "A", 0, "note"),
        ("settle", "boss", 6, "value"),
        ("delete", "E", 2),
    ],
}
