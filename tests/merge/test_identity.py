"""Which observed row is which: each sentence of docs/SPEC.md about blank, doubled and foreign ids."""

from __future__ import annotations

from dataclasses import dataclass

from sheetward.cells import Cell
from sheetward.merge.identity import Identified, identify
from sheetward.merge.likeness import Keys
from sheetward.table import Row, RowId

KEYS = Keys(0, (2,))
"""Number, name, phone (identifies), region, note."""


@dataclass(frozen=True)
class Seen:
    """An observed row."""

    position: int
    row_id: str
    cells: Row


def row(*cells: Cell) -> Row:
    return cells


ZHANG = row("C1", "张三", "138", "east", "a")
LI = row("C2", "李四", "139", "south", "b")
SHOWN = {RowId("r1"): ZHANG, RowId("r2"): LI}


def found(
    *rows: tuple[str, Row], shown: dict[RowId, Row] | None = None, keys: Keys = KEYS, **more: object
) -> Identified[Seen]:
    seen = [Seen(number, row_id, cells) for number, (row_id, cells) in enumerate(rows, 2)]
    return identify(seen, SHOWN if shown is None else shown, keys, **more)  # type: ignore[arg-type]


def who(result: Identified[Seen]) -> dict[str, int]:
    return {str(row_id): seen.position for row_id, seen in result.known.items()}


def test_an_id_that_was_shown_is_that_row_wherever_it_stands() -> None:
    assert who(found(("r2", row("x", "y", "z", None, None)), ("r1", ZHANG))) == {"r2": 2, "r1": 3}


def test_of_the_same_id_twice_the_one_most_like_what_was_shown_keeps_it() -> None:
    result = found(("r1", row("C9", "张三", "138", "west", None)), ("r1", ZHANG), ("r2", LI))
    assert who(result) == {"r1": 3, "r2": 4}
    assert [seen.position for seen in result.new] == [2]
    assert [seen.position for seen in result.pasted] == [2]
    assert [(remark.code, remark.position) for remark in result.remarks] == [("identity.copied", 2)]


def test_a_mask_does_not_contradict_what_identifies_a_row() -> None:
    masked = Keys(0, (2,), lambda cell: cell == "***")
    rows = ("", row("C1", "张三", "***", "east", "a")), ("", row(None, "李四", "***", "south", "b"))
    assert who(found(*rows, keys=masked)) == {"r1": 2, "r2": 3}
    shown = {RowId("r1"): row("C1", "张三", "***", "east", "a")}
    assert who(found(("", row("C1", "张三", "777", "east", "a")), shown=shown, keys=masked)) == {"r1": 2}
    assert len(found(*rows).new) == 2


def test_a_copy_may_be_the_lost_row_that_it_says_it_is() -> None:
    result = found(("r1", ZHANG), ("r1", LI))
    assert who(result) == {"r1": 2, "r2": 3}
    assert not result.new


def test_an_id_from_elsewhere_counts_as_blank() -> None:
    result = found(("r1", ZHANG), ("r7", LI))
    assert who(result) == {"r1": 2, "r2": 3}
    result = found(("r1", ZHANG), ("r2", LI), ("r7", row("C7", "王五", None, None, None)))
    assert [(seen.position, seen.row_id) for seen in result.new] == [(4, "r7")]


def test_a_deleted_id_comes_back_as_that_row_and_the_likest_bearer_gets_it() -> None:
    gone = row("C5", "钱七", "555", "east", None)
    result = found(
        ("r1", ZHANG),
        ("r2", LI),
        ("r5", row("C6", "别人", None, None, "z")),
        ("r5", gone),
        revivable={RowId("r5"): gone},
    )
    assert who(result) == {"r1": 2, "r2": 3, "r5": 5}
    assert result.revived == {"r5"}
    assert [seen.position for seen in result.new] == [4]


def test_a_blank_id_is_the_row_of_a_pending_write_by_place_and_content_then_content_then_place() -> None:
    first, second = row(None, "甲", "1", None, None), row(None, "乙", "2", None, None)
    shown = {RowId("n1"): row("C8", "甲", "1", None, None), RowId("n2"): row("C9", "乙", "2", None, None)}
    adopted = [(5, first, RowId("n1")), (6, second, RowId("n2"))]
    moved = found(("", second), ("", first), shown=shown, adopted=adopted)
    assert who(moved) == {"n2": 2, "n1": 3}
    edited = row(None, "甲", "1", None, "edited")
    seen = [Seen(5, "", edited), Seen(6, "", second)]
    assert who(identify(seen, shown, KEYS, adopted=adopted)) == {"n1": 5, "n2": 6}
    both = [Seen(5, "", first), Seen(6, "", first)]
    result = identify(both, shown, KEYS, adopted=[(6, first, RowId("n1"))])
    assert who(result) == {"n1": 6}, "place and content come before content alone"


def test_a_row_that_was_rewritten_before_its_id_arrived_is_known_by_its_place() -> None:
    typed = row(None, "甲", "1", "east", None)
    shown = {RowId("n1"): row("C8", "甲", "1", "east", None)}
    rewritten = [Seen(5, "", row(None, "乙", "2", "east", "x"))]
    assert who(identify(rewritten, shown, KEYS, adopted=[(5, typed, RowId("n1"))])) == {"n1": 5}
    assert who(identify(rewritten, shown, KEYS, adopted=[(6, typed, RowId("n1"))])) == {}
    other = [Seen(5, "", row(None, "乙", "2", "west", "x"))]
    assert who(identify(other, shown, KEYS, adopted=[(5, typed, RowId("n1"))])) == {}


def test_a_given_number_and_masks_tell_nothing_about_a_row_that_waits_for_its_id() -> None:
    keys = Keys(0, (2,), lambda cell: cell == "••", given=(0,))
    shown = {RowId("n1"): row("C8", "甲", None, None, None)}
    adopted = [(0, shown[RowId("n1")], RowId("n1"))]
    result = found(("", row(None, "甲", "••", None, None)), shown=shown, keys=keys, adopted=adopted)
    assert who(result) == {"n1": 2}
    assert result.keep_key == {RowId("n1")}, "the number that it was given stays"
    assert who(found(("", row("C9", "甲", "••", None, None)), shown=shown, keys=keys, adopted=adopted)) == {}
    assert who(found(("", row(None, "乙", "••", None, None)), shown=shown, keys=keys, adopted=adopted)) == {}


def test_an_adopted_id_that_is_known_in_the_sheet_is_given_to_nobody_else() -> None:
    shown = {RowId("n1"): row("C8", "甲", "1", None, None)}
    result = found(("n1", shown[RowId("n1")]), ("", row(None, "甲", "1", None, None)), shown=shown,
                   adopted=[(3, row(None, "甲", "1", None, None), RowId("n1"))])  # fmt: skip
    assert who(result) == {"n1": 2}
    assert [seen.position for seen in result.new] == [3]


def test_a_blank_id_is_the_lost_row_with_its_key_unless_an_identifying_field_differs() -> None:
    assert who(found(("", row("C1", "other", None, "west", "z")), ("r2", LI))) == {"r1": 2, "r2": 3}
    result = found(("", row("C1", "张三", "777", "east", "a")), ("r2", LI))
    assert who(result) == {"r2": 3}
    assert result.lost == {"r1"}


def test_of_two_blank_ids_with_the_key_the_more_alike_one_is_the_lost_row() -> None:
    result = found(("", row("C1", "别名", "138", None, None)), ("", ZHANG), ("r2", LI))
    assert who(result) == {"r1": 3, "r2": 4}


def test_a_shown_row_that_is_there_is_never_taken_by_a_blank_id() -> None:
    result = found(("r1", ZHANG), ("", ZHANG), ("r2", LI))
    assert who(result) == {"r1": 2, "r2": 4}
    assert [seen.position for seen in result.new] == [3]


def test_a_blank_id_without_key_is_the_only_lost_row_60_percent_alike_and_the_key_is_kept() -> None:
    result = found(("", row(None, "张三", "138", "east", "x")), ("r2", LI))
    assert who(result) == {"r1": 2, "r2": 3}, "3 of 5 filled cells are equal"
    assert result.keep_key == {"r1"}
    assert not who(found(("", row(None, "张三", "138", "west", "x")), ("r2", LI))).get("r1"), "2 of 5"


def test_likeness_asks_for_a_missing_key_on_one_side() -> None:
    changed_key = row("C7", "张三", "138", "east", "a")
    assert "r1" not in who(found(("", changed_key), ("r2", LI)))
    keyless = {RowId("r1"): row(None, "张三", "138", "east", "a"), RowId("r2"): LI}
    result = found(("", changed_key), ("r2", LI), shown=keyless)
    assert who(result) == {"r1": 2, "r2": 3}
    assert not result.keep_key, "a key that was typed is an edit"


def test_likeness_stops_at_an_identifying_field_that_differs() -> None:
    assert "r1" not in who(found(("", row(None, "张三", "777", "east", "a")), ("r2", LI)))


def test_two_lost_rows_equally_likely_are_neither() -> None:
    twins = {RowId("r1"): row("C1", "张三", None, "east", "a"), RowId("r2"): row("C2", "张三", None, "east", "a")}
    result = found(("", row(None, "张三", None, "east", "a")), shown=twins)
    assert not result.known
    assert result.lost == {"r1", "r2"}


def test_a_second_lost_row_that_is_less_alike_still_makes_it_unclear() -> None:
    shown = {RowId("r1"): row("C1", "张三", None, "east", "a"), RowId("r2"): row("C2", "张三", None, "east", "b"),
             RowId("r3"): row("C3", "张三", None, "east", "z")}  # fmt: skip
    result = found(("", row(None, "张三", None, "east", "a")), ("r3", shown[RowId("r3")]), shown={**shown})
    assert "r1" in result.known, "3 of 4 against 2 of 4"
    wide = Keys(0)
    first, second = row("C1", "张三", "1", "east", "a"), row("C2", "张三", "1", "east", "b")
    result = found(
        ("", row(None, "张三", "1", "east", "a")), shown={RowId("r1"): first, RowId("r2"): second}, keys=wide
    )
    assert not result.known, "4 of 5 and 3 of 5: exactly one was asked for"


def test_which_row_comes_first_in_the_sheet_does_not_decide() -> None:
    shown = {RowId("r1"): row("C1", "张三", "1", "east", "a")}
    edited, whole = row(None, "张三", "1", "east", "x"), row(None, "张三", "1", "east", "a")
    for rows in (("", edited), ("", whole)), (("", whole), ("", edited)):
        result = found(*rows, shown=shown)
        assert result.known[RowId("r1")].cells == whole


def test_rows_that_a_reader_cannot_tell_apart_are_matched_one_to_one() -> None:
    keyless = Keys(None)
    twins = {RowId("r1"): row("张三", "east"), RowId("r2"): row("张三", "east")}
    result = found(("", row("张三", "east")), ("", row("张三", "east")), shown=twins, keys=keyless)
    assert who(result) == {"r1": 2, "r2": 3}
    assert not found(("", row("张三", "east")), shown=twins, keys=keyless).known


def test_values_that_are_too_common_say_nothing_rather_than_something_wrong() -> None:
    shown = {RowId(f"r{n}"): row(f"C{n}", "公司", "east", "A", f"{n}") for n in range(3_000)}
    rare = RowId("r9999")
    shown[rare] = row("C9999", "公司", "east", "B", "z")
    result = found(("", row(None, "公司", "east", "A", "z")), shown=shown, keys=Keys(0))
    assert not result.known, "the row with note z is 60 % alike, and so are 3,000 others"
