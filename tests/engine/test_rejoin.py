"""A store put back from a backup is behind its sheets: they rejoin it, and nothing that any of them holds is lost."""

from __future__ import annotations

import copy
import threading

import pytest
from sheetward.engine.epoch import is_ahead, is_waiting, raise_counters
from sheetward.errors import GuardError
from sheetward.ports.store import CommitNote
from sheetward.stores.memory import MemoryStore

EAST = {"rows": {"region": "华东"}, "columns": {"*": "write", "amount": "read", "note": "mask"}, "insert": True}


def backup(world):
    """Give a copy of the store as it is."""
    kept = {name: value for name, value in vars(world.store).items() if name != "_lock"}
    return copy.deepcopy(kept)


def put_back(world, kept):
    """Put an older copy of the store back; the sheets stay as they are."""
    store = MemoryStore("other")
    vars(store).update(copy.deepcopy(kept), _lock=threading.RLock())
    world.store = store


def begin(world, word="epoch-2"):
    seen = [sheet.observe() for sheet in world.sheets.values()]
    note = CommitNote(world.word(), "boss", world.clock.now(), "rejoin")
    raise_counters(world.store, world.schema, "customers", seen, note)
    world.store.begin_epoch(word)


def rejoin(world, *names, **options):
    """Begin a new epoch where none is begun, and let the sheets rejoin in turn."""
    chosen = names or tuple(world.sheets)
    if not any(is_waiting(world.store, world.store.binding(name)) for name in world.sheets):
        begin(world)
    return {
        name: world.sync(name, is_rejoining=True, **options)
        for name in chosen
        if is_waiting(world.store, world.store.binding(name))
    }


def stamps_are_new(world, epoch="epoch-2"):
    return all(sheet.stamp.startswith(f"{epoch}:") for sheet in world.sheets.values())


def test_a_sheet_that_is_ahead_stops_until_it_rejoins(pair):
    kept = backup(pair)
    a = pair.sheets["A"]
    a.set(a.find("no", "C001"), "note", "lost")
    pair.settle()
    put_back(pair, kept)
    state = pair.store.binding("A")
    assert is_ahead(pair.store, state, a.observe(), keeps_stamp=True)
    for _ in range(2):
        with pytest.raises(GuardError, match=r"stamp\.ahead"):
            pair.sync("A")
    begin(pair)
    with pytest.raises(GuardError, match=r"stamp\.rejoin"):
        pair.sync("A")
    rejoin(pair)
    assert stamps_are_new(pair)
    pair.settle()
    assert pair.table()["C001"]["note"] == "lost"
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_edits_rows_and_deletions_since_the_backup_come_back_from_the_sheets(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    kept = backup(pair)
    a.set(a.find("no", "C001"), "note", "edited")
    a.append({"name": "新人", "phone": "5", "note": "n"})
    pair.settle()
    b.delete(b.find("no", "C003"))
    pair.settle()
    before = pair.table()
    ids = {no: pair.id_of("A", no) for no in before}
    put_back(pair, kept)
    reports = rejoin(pair)
    assert not any(r.conflicts or r.held for r in reports.values())
    pair.settle()
    assert pair.table() == before
    assert pair.shown("A") == pair.shown("B") == before
    assert {no: pair.id_of("B", no) for no in before} == ids


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")])
def test_a_row_that_both_received_is_one_row_and_what_they_say_of_it_otherwise_is_a_conflict(pair, order):
    a, b = pair.sheets["A"], pair.sheets["B"]
    kept = backup(pair)
    a.append({"name": "新人", "phone": "5", "note": "n"})
    pair.settle()
    b.set(b.find("name", "新人"), "note", "newer in B")
    b.set(b.find("no", "C001"), "note", "B")
    a.set(a.find("no", "C001"), "note", "A")
    put_back(pair, kept)
    reports = rejoin(pair, *order)
    conflicts = {c.field: (c.store, c.sheet) for c in reports[order[1]].conflicts}
    assert len(conflicts) == 1  # two cells of one column, of two rows
    rows = {c.row: {c.store, c.sheet} for c in reports[order[1]].conflicts}
    assert sorted(map(sorted, rows.values())) == [["A", "B"], ["n", "newer in B"]]
    assert len(pair.table()) == 5
    for item in reports[order[1]].conflicts:
        pair.resolve(item.id, "sheet")
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_numbers_given_since_the_backup_are_not_given_again(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    kept = backup(pair)
    b.append({"name": "甲", "phone": "51"})
    b.append({"name": "乙", "phone": "52"})
    pair.sync("B")
    put_back(pair, kept)
    a.append({"name": "丙", "phone": "53"})
    reports = rejoin(pair)
    assert not any(r.held for r in reports.values())
    pair.settle()
    names = {row["name"]: no for no, row in pair.table().items()}
    assert (names["甲"], names["乙"]) == ("C005", "C006")
    assert names["丙"] == "C007"


@pytest.mark.parametrize("step", ["before_commit", "after_commit", "before_write", "after_write", "before_confirm"])
@pytest.mark.parametrize("name", ["A", "B"])
def test_cut_anywhere_and_run_again(pair, step, name):
    a = pair.sheets["A"]
    kept = backup(pair)
    a.set(a.find("no", "C001"), "note", "edited")
    a.append({"name": "新人", "phone": "5", "note": "n"})
    a.delete(a.find("no", "C002"))
    pair.settle()
    before = pair.table()
    put_back(pair, kept)

    def die(point):
        if point == step:
            raise KeyboardInterrupt

    begin(pair)
    for other in ("A", "B"):
        if other == name:
            with pytest.raises(KeyboardInterrupt):
                pair.sync(other, is_rejoining=True, on_step=die)
            break
        pair.sync(other, is_rejoining=True)
    reports = rejoin(pair)
    assert not any(r.conflicts or r.held for r in reports.values())
    pair.settle()
    assert stamps_are_new(pair)
    assert pair.table() == before
    assert pair.shown("A") == pair.shown("B") == before


def test_deletions_obey_the_guards(pair):
    a = pair.sheets["A"]
    kept = backup(pair)
    for no in ("C001", "C002", "C003"):
        a.delete(a.find("no", no))
    pair.settle()
    a.delete(a.find("no", "C004"))
    pair.sync("A", allowed={"empty": None})
    put_back(pair, kept)
    begin(pair)
    with pytest.raises(GuardError, match=r"guard\.empty"):
        pair.sync("A", is_rejoining=True)
    assert len(pair.table()) == 4
    pair.sync("A", is_rejoining=True, allowed={"empty": None, "deletions": None})
    assert not pair.table()


def test_a_masked_or_hidden_cell_brings_nothing_back_and_a_rejected_one_is_restored(world):
    world.add("A", [{"no": "C001", "name": "张三", "phone": "1", "region": "华东", "note": "secret"}])
    world.add("E", rule=EAST)
    world.settle()
    a, e = world.sheets["A"], world.sheets["E"]
    kept = backup(world)
    a.set(a.find("no", "C001"), "note", "newer secret")
    a.set(a.find("no", "C001"), "phone", "2")
    a.append({"name": "新人", "phone": "5", "region": "华东", "note": "hers"})
    world.settle()
    put_back(world, kept)
    # Only the sheet of the east is left of that time: A's file was put back with the store.
    world.sheets.pop("A")
    begin(world)
    report = world.sync("E", is_rejoining=True)
    table = world.table()
    assert table["C001"] == {"no": "C001", "name": "张三", "phone": "2", "region": "华东", "note": "secret"}
    assert table["C002"] == {"no": "C002", "name": "新人", "phone": "5", "region": "华东"}
    assert not report.conflicts
    assert "secret" not in repr(e.rows)


def test_a_row_that_another_sheet_brought_and_that_left_the_view_leaves_the_sheet(world):
    world.add("A", [{"no": "C001", "name": "张三", "phone": "1", "region": "华东"}])
    world.add("E", rule={"rows": {"region": "华东"}, "columns": {"*": "write"}, "insert": True})
    world.settle()
    a, e = world.sheets["A"], world.sheets["E"]
    kept = backup(world)
    a.append({"name": "新人", "phone": "5", "region": "华东"})
    world.settle()
    a.set(a.find("name", "新人"), "region", "华南")
    world.sync("A")
    e.set(e.find("name", "新人"), "phone", "6")
    put_back(world, kept)
    report = rejoin(world)["E"]
    (conflict,) = report.conflicts
    assert conflict.code == "conflict.left_view"
    assert conflict.row_cells["phone"] == "6"
    assert [row.cells.get("name") for row in e.rows if row.is_shown(e.fields)] == ["张三"]


def test_a_copy_from_the_epoch_before_stops(pair):
    a = pair.sheets["A"]
    known = a.saved()
    a.set(a.find("no", "C001"), "note", "kept in the backup")
    pair.sync("A")
    kept = backup(pair)
    a.set(a.find("no", "C001"), "note", "lost")
    pair.sync("A")
    lost = a.saved()
    a.set(a.find("no", "C002"), "note", "lost too")
    pair.settle()
    put_back(pair, kept)
    rejoin(pair)
    pair.settle()
    for copied in (known, lost):
        a.restore(copied)
        with pytest.raises(GuardError, match=r"stamp\.unknown"):
            pair.sync("A")
        assert not is_ahead(pair.store, pair.store.binding("A"), a.observe(), keeps_stamp=True)


def test_a_store_put_back_from_before_an_epoch_is_rejoined_too(pair):
    a = pair.sheets["A"]
    kept = backup(pair)
    a.set(a.find("no", "C001"), "note", "one")
    pair.settle()
    put_back(pair, kept)
    rejoin(pair)
    a.set(a.find("no", "C002"), "note", "two")
    pair.settle()
    put_back(pair, kept)
    assert is_ahead(pair.store, pair.store.binding("A"), a.observe(), keeps_stamp=True)
    begin(pair, "epoch-3")
    rejoin(pair)
    pair.settle()
    assert stamps_are_new(pair, "epoch-3")
    assert (pair.table()["C001"]["note"], pair.table()["C002"]["note"]) == ("one", "two")


def test_a_sheet_put_back_together_with_the_store_is_an_older_copy(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    old = a.saved()
    a.set(a.find("no", "C001"), "note", "in the backup")
    pair.settle()
    kept = backup(pair)
    b.set(b.find("no", "C002"), "note", "lost")
    pair.settle()
    put_back(pair, kept)
    a.restore(old)
    rejoin(pair)
    pair.settle()
    assert stamps_are_new(pair)
    assert (pair.table()["C001"]["note"], pair.table()["C002"]["note"]) == ("in the backup", "lost")
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_pending_write_of_the_backup_does_no_harm(pair):
    a = pair.sheets["A"]
    a.append({"name": "新人", "phone": "5", "note": "n"})

    def die(point):
        if point == "after_commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pair.sync("A", on_step=die)
    kept = backup(pair)
    pair.settle()
    a.set(a.find("name", "新人"), "note", "lost")
    pair.settle()
    before = pair.table()
    put_back(pair, kept)
    rejoin(pair)
    for item in pair.store.items():
        pair.resolve(item.id, "sheet")
    pair.settle()
    assert pair.table() == before
    assert pair.shown("A") == pair.shown("B") == before
