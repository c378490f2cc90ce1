"""Two states of one XML part compared by a true parser: equal but for areas that followed the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from .observe import local

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
OURS = "请不要修改"
"""The title of the soft guard of the id column."""


def children(
    element: ElementTree.Element, *without: Callable[[ElementTree.Element], bool]
) -> list[ElementTree.Element]:
    """Give the children that no test names."""
    return [child for child in element if not any(test(child) for test in without)]


def differences(
    old: ElementTree.Element, new: ElementTree.Element, columns: set[int], rows: set[int], path: str = ""
) -> Iterator[str]:
    """Name where two trees differ.

    Areas may end in other columns or rows than before, where both ends are among `columns` and `rows`. Our own guard,
    counts of validations, `cols` (looked at apart) and `dimension` are passed over.
    """
    here = f"{path}/{local(old)}"
    if local(old) != local(new):
        yield f"{here} became {local(new)}"
        return
    for name in old.attrib.keys() | new.attrib.keys():
        one, other = old.get(name), new.get(name)
        is_counted = name == "count" and local(old) == "dataValidations"
        if not is_counted and not (one is not None and other is not None and _followed(one, other, columns, rows)):
            yield f"{here}@{name}: {one} became {other}"
    if not _followed((old.text or "").strip(), (new.text or "").strip(), columns, rows):
        yield f"{here}: {old.text} became {new.text}"
    mine = children(old, _is_apart)
    its = children(new, _is_apart, _is_ours)
    if len(mine) != len(its):
        yield f"{here}: {list(map(local, mine))} became {list(map(local, its))}"
        return
    for one_child, other_child in zip(mine, its, strict=True):
        yield from differences(one_child, other_child, columns, rows, here)


def _is_apart(element: ElementTree.Element) -> bool:
    return local(element) in {"cols", "dimension"}


def _is_ours(element: ElementTree.Element) -> bool:
    if local(element) == "dataValidations":
        return all(map(_is_ours, element))
    return element.get("promptTitle") == OURS


def _followed(old: str, new: str, columns: set[int], rows: set[int]) -> bool:
    """Say whether two texts are equal but for areas whose ends moved within these columns and rows."""
    if _AREA.sub("#", old) != _AREA.sub("#", new):
        return False
    for one, other in zip(_AREA.finditer(old), _AREA.finditer(new), strict=True):
        if one[0] == other[0]:
            continue
        if not one[3] or not other[3] or (one[1], one[2]) != (other[1], other[2]):
            return False
        if one[3] != other[3] and not {_number(one[3]), _number(other[3])} <= columns:
            return False
        if one[4] != other[4] and not {int(one[4]), int(other[4])} <= rows:
            return False
    return True


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def grown_list(old: ElementTree.Element, new: ElementTree.Element) -> Iterator[str]:
    """Name where a new tree is not the old one with more children at the ends of its lists."""
    if local(old) != local(new):
        yield f"{local(old)} became {local(new)}"
        return
    if {key: one for key, one in old.attrib.items() if key != "count"} != {
        key: one for key, one in new.attrib.items() if key != "count"
    }:
        yield f"{local(old)}: {old.attrib} became {new.attrib}"
    if (old.text or "").strip() != (new.text or "").strip():
        yield f"{local(old)}: {old.text} became {new.text}"
    if len(new) < len(old):
        yield f"{local(old)} lost children"
    for one, other in zip(old, new, strict=False):
        yield from grown_list(one, other)
