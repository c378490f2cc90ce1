"""The cycle cut at every call of every port and at every named point, then finished: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sheetward.errors import SheetwardError
from sheetward.sheets.memory import MemorySheet


class CutError(Exception):
    """The process died here."""


class Dying:
    """Wraps a port and dies at the nth call, before it took effect or after."""

    def __init__(self, port: Any, ticks: list[int], when: str) -> None:
        self._port, self._ticks, self._when = port, ticks, when

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def call(*args: Any, **options: Any) -> Any:
            self._ticks[0] -= 1
            if self._ticks[0] == 0 and self._when == "before":
                raise CutError(name)
            result = value(*args, **options)
            if self._ticks[0] == 0:
                raise CutError(name)
            return result

        return call


def everything_at_once(world: Any) -> None:
    """Edits, new rows with and without numbers, a deletion, a copy, a conflict, a held edit: both people at work."""
    a, b = world.sheets["A"], world.sheets["B"]
    b.set(b.find("no", "C001"), "note", "theirs")
    b.set(b.find("no", "C003"), "phone", "333")
    b.append({"name": "乙新", "phone": "77"})
    world.sync("B")
    a.set(a.find("no", "C001"), "note", "mine")
    a.set(a.find("no", "C002"), "note", "edited")
    a.set(a.find("no", "C003"), "name", "这个名字实在是太长太长太长了")
    a.insert(a.first_row, {"name": "甲新", "phone": "88"})
    a.append({"no": "K1", "name": "甲二", "phone": "99"})
    a.append({"no": "C002", "name": "冒名", "phone": "1"})
    a.delete(a.find("no", "C004"))


def outcome(world: Any) -> tuple[object, ...]:
    items = sorted((i.kind.value, i.code, i.field or "", str(i.sheet)) for i in world.store.items() if not i.outcome)
    people = sorted(row["name"] for row in world.table().values())
    return (
        {no: {k: v for k, v in row.items() if k != "no"} for no, row in world.table().items() if no[0] != "K"},
        people,
        items,
        {name: sorted(repr(sorted(r.items())) for r in world.shown(name).values()) for name in world.sheets},
    )


@pytest.fixture
def busy(new_world: Callable[[], Any]) -> Callable[[], Any]:
    def make() -> Any:
        world = new_world()
        rows = [
            {"no": f"C00{n}", "name": name, "phone": f"1380000000{n}", "note": "abcd"[n - 1]}
            for n, name in enumerate(("张三", "李四", "王五", "赵六"), 1)
        ]
        world.add("A", rows)
        world.add("B")
        world.settle()
        everything_at_once(world)
        return world

    return make


@pytest.fixture
def undisturbed(busy: Callable[[], Any]) -> tuple[object, ...]:
    world = busy()
    world.settle()
    return outcome(world)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("port", ["store", "replica"])
def test_cut_at_every_call_of_a_port_then_finished(busy, undisturbed, port, when):
    cuts = 0
    for number in range(1, 60):
        world = busy()
        ticks = [number]
        target = world.store if port == "store" else world.sheets["A"]
        try:
            world.sync("A", **{port: Dying(target, ticks, when)})
        except CutError:
            cuts += 1
        else:
            assert ticks[0] > 0
            break
        world.settle()
        assert outcome(world) == undisturbed, f"{port} call {number} {when}"
    assert cuts >= (3 if port == "replica" else 8)


@pytest.mark.parametrize(
    "point", ["after_observe", "before_commit", "after_commit", "before_write", "after_write", "before_confirm"]
)
@pytest.mark.parametrize("moved", ["nothing", "edit", "sort", "both"])
def test_cut_at_every_named_point_and_edited_before_the_next_run(busy, point, moved):
    def die(step: str) -> None:
        if step == point:
            raise CutError(step)

    def people(world: Any) -> None:
        a, b = world.sheets["A"], world.sheets["B"]
        if moved in ("edit", "both"):
            a.set(a.find("name", "甲新"), "note", "later")
            a.set(a.find("no", "C002"), "region", "later")
        if moved in ("sort", "both"):
            a.sort("phone")
        if moved == "both":
            b.set(b.find("no", "C002"), "phone", "b-later")

    calm = busy()
    people(calm)
    calm.settle()
    world = busy()
    with pytest.raises(CutError):
        world.sync("A", on_step=die)
    people(world)
    world.settle()
    assert outcome(world) == outcome(calm)


def test_an_edit_between_observing_and_writing_is_never_overwritten(busy):
    world = busy()
    a: MemorySheet = world.sheets["A"]
    done: list[str] = []

    def type_meanwhile() -> None:
        if not done:
            done.append("typed")
            a.set(a.find("no", "C003"), "phone", "typed meanwhile")

    a.before_write = type_meanwhile
    world.sync("A")
    world.settle()
    conflicts = [i for i in world.store.items() if i.field == "phone"]
    assert [(c.store, c.sheet) for c in conflicts] == [("333", "typed meanwhile")]
    assert world.shown("A")["C003"]["phone"] == "typed meanwhile"


def test_a_cut_then_an_edit_of_the_same_cell_is_no_conflict_with_oneself(busy):
    world = busy()
    a = world.sheets["A"]

    def die(step: str) -> None:
        if step == "after_commit":
            raise CutError(step)

    with pytest.raises(CutError):
        world.sync("A", on_step=die)
    a.set(a.find("no", "C002"), "note", "edited again")
    report = world.sync("A")
    assert [c.field for c in report.conflicts if world.table()["C002"]["name"] == "李四" and c.field == "note"] == [
        "note"
    ]
    world.settle()
    assert world.table()["C002"]["note"] == "edited again"


def test_the_file_open_before_the_commit_stops_and_after_it_waits(busy, undisturbed):
    world = busy()
    a = world.sheets["A"]
    head = world.store.head("customers")
    a.is_open = True
    with pytest.raises(SheetwardError) as stopped:
        world.sync("A")
    assert stopped.value.exit_status == 3
    assert world.store.head("customers") == head
    a.is_open = False

    def open_it(step: str) -> None:
        if step == "after_commit":
            a.is_open = True

    with pytest.raises(SheetwardError) as waiting:
        world.sync("A", on_step=open_it)
    a.is_open = False
    world.settle()
    assert outcome(world) == undisturbed
    assert waiting.value.exit_status == 75


def chosen(world: Any) -> None:
    """Answer all that waits in A's own list, beside an ordinary edit."""
    world.sync("A")
    a = world.sheets["A"]
    answers = {"conflict.cell": "sheet", "field.too_long": "accept", "key.taken": "drop"}
    for line in list(a.settling):
        a.choose(line.line.item, answers[line.line.code])
    a.set(a.find("no", "C002"), "phone", "222")
    b = world.sheets["B"]
    b.set(b.find("no", "C002"), "region", "from B")
    world.sync("B")


def settled(world: Any) -> list[tuple[str, str]]:
    return sorted((i.code, i.outcome) for i in world.store.items(is_open=None) if i.outcome)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("port", ["store", "replica"])
def test_choices_are_followed_once_wherever_the_sync_is_cut(busy, port, when):
    calm = busy()
    chosen(calm)
    calm.settle()
    expected = outcome(calm), settled(calm)
    assert {"accepted", "dropped", "sheet"} <= {what for _, what in expected[1]}
    assert not calm.store.items()
    cuts = 0
    for number in range(1, 60):
        world = busy()
        chosen(world)
        ticks = [number]
        target = world.store if port == "store" else world.sheets["A"]
        try:
            world.sync("A", **{port: Dying(target, ticks, when)})
        except CutError:
            cuts += 1
        else:
            assert ticks[0] > 0
            break
        world.settle()
        assert (outcome(world), settled(world)) == expected, f"{port} call {number} {when}"
        assert (world.sheets["A"].settling, world.sheets["A"].marked) == ((), frozenset())
    assert cuts >= (3 if port == "replica" else 8)


def test_a_row_that_never_arrived_in_a_sheet_without_a_stamp_is_no_deletion(new_world):
    world = new_world()
    world.add("A", [{"no": f"C00{n}", "name": f"n{n}", "phone": f"p{n}"} for n in range(1, 5)])
    world.add("B", keeps_stamp=False)
    world.settle()
    world.sheets["A"].append({"name": "newcomer", "phone": "77"})
    world.sync("A")

    def die(step: str) -> None:
        if step == "after_commit":
            raise CutError(step)

    with pytest.raises(CutError):
        world.sync("B", on_step=die)
    world.settle()
    assert "newcomer" in [row["name"] for row in world.table().values()]
    assert "newcomer" in [row["name"] for row in world.shown("B").values()]


def test_a_sync_that_decides_what_another_one_just_did_does_not_take_that_for_its_own(pair):
    a = pair.sheets["A"]
    a.set(a.find("no", "C003"), "name", "这个名字实在是太长太长太长了")
    real = a.revision

    def overtaken():
        a.revision = real
        pair.sync("A")  # reads the same, holds the same cell, and gives the sheet a stamp
        return real()

    a.revision = overtaken
    report = pair.sync("A")
    assert [(item.code, item.field) for item in report.held] == [("field.too_long", "name")]
    assert pair.store.binding("A").stamp == a.stamp
    assert pair.store.binding("A").pending is None
    assert pair.sync("A").plan is None
