"""What people may do, as data: a history is a list of deeds drawn from a seed, so that it can be printed and shortened.

A deed is a tuple: the verb, the person, then numbers and names that pick rows and fields among those that are there.
A sync may be disturbed: `(at, when, what, more)`; `at` is the number of a call of store or sheet, or a named point.
"""

from __future__ import annotations

import random
from typing import Any, TypeAlias

from .company import PEOPLE, ROLES, WORDED

Deed: TypeAlias = "tuple[Any, ...]"

POINTS = ("after_observe", "before_commit", "after_commit", "before_write", "after_write", "before_confirm")
_CALLS = 18
"""So many calls of store and sheet a sync makes, or fewer."""

HANDS: dict[str, int] = {
    "edit": 26,
    "same": 4,
    "blank": 4,
    "move": 5,
    "new": 9,
    "insert": 4,
    "delete": 7,
    "clear": 2,
    "sort": 5,
    "sort without ids": 4,
    "sort a column": 2,
    "shift down": 2,
    "shift right": 2,
    "fill down": 2,
    "swap": 2,
    "copy": 4,
    "copy without number": 3,
    "copy over": 3,
    "cut": 4,
    "paste": 5,
    "clear id": 3,
    "number": 4,
    "no number": 2,
    "long": 3,
    "mask": 2,
    "keep a copy": 4,
    "put the copy back": 4,
}
OTHERS: dict[str, int] = {"sync": 44, "settle": 7, "accept": 3, "drop": 2, "restore": 3, "rule": 3}


def history(seed: int) -> list[Deed]:
    """Give the history of a seed."""
    dice = random.Random(seed)
    verbs = {**HANDS, **OTHERS}
    names, weights = list(verbs), list(verbs.values())
    return [_deed(dice, verb) for verb in dice.choices(names, weights, k=dice.randint(4, 30))]


def media(seed: int) -> dict[str, dict[str, bool]]:
    """Say what kind of sheet each person has: a closed file mostly, or a live one that is written cell by cell."""
    dice = random.Random(-seed - 1)
    return {name: {"is_atomic": dice.random() < 0.8} for name in PEOPLE}


def _deed(dice: random.Random, verb: str) -> Deed:
    who = dice.choice(PEOPLE)
    if verb in HANDS:
        return _hand(dice, verb, who)
    if verb == "sync":
        return ("sync", who, _disturbance(dice, who) if dice.random() < 0.5 else None)
    if verb == "settle":
        return (verb, "boss", dice.randrange(10), dice.choice(["store", "sheet", "base", "value", "keep", "delete"]))
    if verb == "restore":
        return _restore(dice)
    if verb == "rule":
        return (verb, who, dice.randrange(len(ROLES[who])))
    return (verb, "boss", dice.randrange(10))


def _hand(dice: random.Random, verb: str, who: str) -> Deed:
    if verb in ("move", "new", "insert"):
        return (verb, who, dice.randrange(10), dice.choice(["east", "west"]))
    if verb in ("sort", "sort without ids"):
        return (verb, who, dice.randrange(2), dice.choice(["no", "name", "phone", "region"]))
    if verb in ("edit", "same", "blank", "mask", "sort a column", "shift right"):
        return (verb, who, dice.randrange(10), dice.choice(WORDED))
    if verb in ("shift down", "fill down", "swap"):
        return (verb, who, dice.randrange(10), dice.randint(1, 3), dice.choice(WORDED))
    if verb in ("copy over", "number"):
        return (verb, who, dice.randrange(10), dice.randint(1, 7))
    return (verb, who, dice.randrange(10))


def hands(dice: random.Random, who: str) -> list[Deed]:
    """Give one to three things that a person does while something else goes on."""
    verbs = dice.choices(list(HANDS), list(HANDS.values()), k=dice.randint(1, 3))
    return [_hand(dice, verb, who) for verb in verbs]


def _disturbance(dice: random.Random, who: str) -> Deed:
    at: int | str = dice.choice(POINTS) if dice.random() < 0.4 else dice.randint(1, _CALLS)
    when = dice.choice(["before", "after"])
    what = dice.choice(
        ["die", "die", "die", "lose", "hands", "hands", "hands", "race", "race", "rule", "torn", "halfway"]
    )
    more: Any = None
    if what == "hands":
        more = hands(dice, who)
    elif what == "race":
        more = dice.choice([who, who, *PEOPLE])
    elif what == "rule":
        more = ("rule", person := dice.choice(PEOPLE), dice.randrange(len(ROLES[person])))
    elif what == "torn":
        more = sorted(dice.sample(range(7), dice.randint(1, 3)))
    elif what == "halfway":
        more = dice.randint(0, 5)
    return (at, when, what, more)


def _restore(dice: random.Random) -> Deed:
    area = dice.choice(["row", "cell", "column", "run", "sheet", "all"])
    fields = [dice.choice(WORDED)] if area in ("cell", "column") else None
    row = dice.randrange(10) if area in ("row", "cell") else None
    return ("restore", "boss", area, dice.randrange(10), row, fields, dice.choice(PEOPLE))
