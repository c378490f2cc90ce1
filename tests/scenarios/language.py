"""The language of scenario files: one plain sentence a line. `README.md` beside this file lists the sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from sheetward.cells import MISSING, Cell
from sheetward.errors import SheetwardError
from sheetward.merge.choice import Choice
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.replica import Mark, ShownLine
from sheetward.sheets.memory import MemorySheet

from .stage import CrashError, Edit, Stage, find

ACTORS = ("A", "B")


@dataclass
class Scenario:
    """A title, the promise it shows, the first rows, who sees what, and the lines in order."""

    title: str
    rows: list[dict[str, Cell]]
    rules: dict[str, Mapping[str, object] | None]
    lines: list[str] = field(default_factory=list)
    when_flipped: list[str] | None = None


def read(path: Path) -> Scenario:
    """Read a scenario file; a line that is no sentence of the language fails when it is played."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    title = lines[0].removeprefix("#").strip()
    rows: list[dict[str, Cell]] = []
    header: list[str] = []
    scenario = Scenario(title, rows, {})
    flipped = False
    for line in lines[1:]:
        if not line or line.startswith(("#", ">")):
            continue
        if "|" in line and not scenario.lines:
            cells = [cell.strip() for cell in line.split("|")]
            if not header:
                header = cells
            else:
                rows.append({n: c for n, c in zip(header, cells, strict=True) if c})
        elif match := re.fullmatch(r"sheet (\w) sees (.+)", line):
            scenario.rules[match[1]] = None if match[2] == "everything" else YAML(typ="safe").load(match[2])
        elif line == "when flipped:":
            flipped, scenario.when_flipped = True, []
        elif flipped and scenario.when_flipped is not None:
            scenario.when_flipped.append(line)
        else:
            scenario.lines.append(line)
    return scenario


def flipped(scenario: Scenario) -> list[str]:
    """Exchange the people: what A did, B does, and the other way round.

    Where only one of them acts, everything is exchanged. Where both act, the order of the syncs stays, so that the other
    one comes first; in what is said of a conflict the two values change places, unless the file says what happens then.
    """
    acting = {m[1] for line in scenario.lines if (m := re.match(r"([AB]) (?!shows|bears)", line))}
    if scenario.when_flipped is not None:
        return _with_end(scenario)
    if len(acting) < 2 or any(rule is not None for rule in scenario.rules.values()):
        return [_exchanged(line) for line in scenario.lines]
    return [
        line if re.match(r"(sync \w$|crash )", line) else _sides_exchanged(_exchanged(line)) for line in scenario.lines
    ]


def _with_end(scenario: Scenario) -> list[str]:
    deeds = scenario.lines[: scenario.lines.index("then:")]
    people = [line if re.match(r"(sync \w$|crash )", line) else _exchanged(line) for line in deeds]
    return people + (scenario.when_flipped or [])


def _exchanged(line: str) -> str:
    return re.sub(r"\b([AB])\b(?!-)", lambda m: "B" if m[1] == "A" else "A", line)


def _sides_exchanged(line: str) -> str:
    if match := re.fullmatch(r"(conflict on \w+ of \S+ in )(\w)(: base .*?, )store (.*?), sheet (.*)", line):
        return f"{match[1]}{_exchanged(match[2])}{match[3]}store {match[5]}, sheet {match[4]}"
    if match := re.fullmatch(r"(row conflict \w+ on \S+ in )(\w)", line):
        return match[1] + _exchanged(match[2])
    if match := re.fullmatch(r"(\w)( chooses | writes |'s list )(.*)", line):
        swapped = re.sub(r"^(mine|the store's) for", lambda m: f"{_OTHER[m[1]]} for", match[3])
        return f"{_exchanged(match[1])}{match[2]}{swapped}"
    if match := re.fullmatch(r"choose (store|sheet) (.*)", line):
        return f"choose {'sheet' if match[1] == 'store' else 'store'} {match[2]}"
    return line


_OTHER = {"mine": "the store's", "the store's": "mine"}
_WORDS = {
    "mine": Choice.SHEET,
    "the store's": Choice.STORE,
    "another value": Choice.VALUE,
    **{one.value: one for one in (Choice.KEEP, Choice.DELETE, Choice.ACCEPT, Choice.DROP)},
}


def _pairs(text: str) -> dict[str, Cell]:
    return dict(part.split("=", 1) for part in re.split(r",\s*(?=\w+=)", text)) if text else {}  # type: ignore[arg-type]


def _value(text: str) -> Cell:
    return None if text in ("", "nothing") else text


def play(stage: Stage, line: str) -> None:
    """Play one line: a person's deed, a sync, a choice, or something that must hold."""
    for pattern, deed in _SENTENCES:
        match = re.fullmatch(pattern, line)
        if match:
            deed(stage, *match.groups())
            return
    raise AssertionError(f"no such sentence: {line}")


def _edit(who: str, change: Edit, stage: Stage) -> None:
    stage.seats[who].edit(change)


def _types(stage: Stage, who: str, name: str, row: str, text: str) -> None:
    _edit(who, lambda grid: grid.set(find(grid, row), name, _value(text)), stage)


def _adds(stage: Stage, who: str, cells: str) -> None:
    _edit(who, lambda grid: grid.append(_pairs(cells)) and None, stage)


def _inserts(stage: Stage, who: str, row: str, cells: str) -> None:
    _edit(who, lambda grid: grid.insert(find(grid, row), _pairs(cells)), stage)


def _deletes(stage: Stage, who: str, row: str) -> None:
    _edit(who, lambda grid: grid.delete(find(grid, row)), stage)


def _empties(stage: Stage, who: str, row: str) -> None:
    _edit(who, lambda grid: grid.clear(find(grid, row)), stage)


def _deletes_all(stage: Stage, who: str) -> None:
    _edit(who, lambda grid: grid.rows.clear(), stage)


def _clears_column(stage: Stage, who: str, name: str) -> None:
    def change(grid: MemorySheet) -> None:
        for row in grid.rows:
            row.cells.pop(name, None)

    _edit(who, change, stage)


def _cuts(stage: Stage, who: str, row: str) -> None:
    def change(grid: MemorySheet) -> None:
        stage.taken[who] = grid.cut(find(grid, row))

    _edit(who, change, stage)


def _pastes(stage: Stage, who: str) -> None:
    _edit(who, lambda grid: grid.paste(stage.taken[who], grid.first_row + len(grid.rows)), stage)  # type: ignore[arg-type]


def _pastes_into(stage: Stage, who: str, other: str) -> None:
    _edit(who, lambda grid: grid.paste(stage.taken[other], grid.first_row + len(grid.rows)), stage)  # type: ignore[arg-type]


def _copies_below(stage: Stage, who: str, row: str) -> None:
    _edit(who, lambda grid: grid.copy(find(grid, row), grid.first_row + len(grid.rows)), stage)


def _copies_over(stage: Stage, who: str, row: str, other: str) -> None:
    _edit(who, lambda grid: grid.copy(find(grid, row), find(grid, other)), stage)


def _sorts(stage: Stage, who: str, name: str, backwards: str | None, alone: str | None) -> None:
    _edit(who, lambda grid: grid.sort(name, reverse=bool(backwards), with_ids=not alone), stage)


def _sorts_column(stage: Stage, who: str, name: str, backwards: str | None) -> None:
    _edit(who, lambda grid: grid.sort_column(name, reverse=bool(backwards)), stage)


def _shifts_column(stage: Stage, who: str, name: str) -> None:
    _edit(who, lambda grid: grid.shift_column(name), stage)


def _fills_down(stage: Stage, who: str, name: str) -> None:
    _edit(who, lambda grid: grid.fill_down(name, grid.first_row, grid.first_row + len(grid.rows) - 1), stage)


def _swaps_contents(stage: Stage, who: str, row: str, other: str) -> None:
    """Exchange what two rows hold; their ids stay where they are."""

    def change(grid: MemorySheet) -> None:
        first, second = find(grid, row), find(grid, other)
        for name in grid.fields:
            grid.swap(first, second, name)

    _edit(who, change, stage)


def _copies_contents_over(stage: Stage, who: str, row: str, other: str) -> None:
    """Copy what a row holds over another one, whose id stays."""

    def change(grid: MemorySheet) -> None:
        cells = dict(grid.row(find(grid, row)).cells)
        position = find(grid, other)
        for name in grid.fields:
            grid.set(position, name, cells.get(name))

    _edit(who, change, stage)


def _clears_id(stage: Stage, who: str, row: str) -> None:
    _edit(who, lambda grid: grid.set_id(find(grid, row), ""), stage)


def _clears_ids(stage: Stage, who: str) -> None:
    def change(grid: MemorySheet) -> None:
        for row in grid.rows:
            row.row_id = ""

    _edit(who, change, stage)


def _swaps(stage: Stage, who: str, name: str, row: str, other: str) -> None:
    _edit(who, lambda grid: grid.swap(find(grid, row), find(grid, other), name), stage)


def _errs(stage: Stage, who: str, name: str, row: str, error: str) -> None:
    _edit(who, lambda grid: grid.mark(find(grid, row), name, Mark.ERROR, error), stage)


def _keeps_a_copy(stage: Stage, who: str) -> None:
    stage.taken[f"copy of {who}"] = stage.seats[who].copy()
    stage.taken[f"cells of {who}"] = [row.copied() for row in stage.seats[who].grid().rows]


def _puts_back(stage: Stage, who: str) -> None:
    stage.seats[who].put_back(stage.taken[f"copy of {who}"])


def _undoes(stage: Stage, who: str) -> None:
    """Put the cells back as they were when the copy was kept; the stamp stays."""

    def change(grid: MemorySheet) -> None:
        grid.rows = [row.copied() for row in stage.taken[f"cells of {who}"]]  # type: ignore[attr-defined]

    _edit(who, change, stage)


def _sync(stage: Stage, who: str) -> None:
    stage.sync(who)


def _sync_allowing(stage: Stage, who: str, guards: str) -> None:
    stage.sync(who, allowed={guard.strip(): None for guard in guards.split(",")})


def _sync_stopped(stage: Stage, who: str, code: str) -> None:
    head = stage.store.head("customers")
    revision = stage.seats[who].replica.revision()
    try:
        stage.sync(who)
    except SheetwardError as error:
        assert error.code == code, error
    else:
        raise AssertionError(f"{who} was not stopped")
    assert (stage.store.head("customers"), stage.seats[who].replica.revision()) == (head, revision)


def _crash(stage: Stage, who: str, point: str) -> None:
    try:
        stage.sync(who, crash=point)
    except CrashError:
        return
    raise AssertionError(f"{who} never came to {point}")


def _changes_role(stage: Stage, who: str, rule: str) -> None:
    stage.change_role(who, YAML(typ="safe").load(rule))


def _deletes_column(stage: Stage, who: str, name: str) -> None:
    stage.seats[who].delete_column(name)


def _has_column(stage: Stage, who: str, word: str, name: str) -> None:
    assert (name in stage.seats[who].grid().fields) == (word == "a")


def _renames_field(stage: Stage, old: str, new: str) -> None:
    field = f"{{name: {old}, type: string"
    stage.evolve(field, f'{{name: {new}, "x:renamed_from": {old}, type: string')


def _removes_field(stage: Stage, name: str) -> None:
    stage.evolve(f"  - {{name: {name}, type: string}}\n", "")


def _makes_number(stage: Stage, name: str) -> None:
    stage.evolve(f"{{name: {name}, type: string}}", f"{{name: {name}, type: number}}")


def _limits_field(stage: Stage, name: str, length: str) -> None:
    field = f"{{name: {name}, type: string}}"
    stage.evolve(field, f"{{name: {name}, type: string, constraints: {{maxLength: {length}}}}}")


def _backs_up(stage: Stage) -> None:
    stage.taken["store"] = stage.store_copy()


def _restores(stage: Stage) -> None:
    stage.put_store_back(stage.taken["store"])


def _rejoins(stage: Stage) -> None:
    stage.rejoin()


def _settle(stage: Stage) -> None:
    stage.settle()


def _choose(stage: Stage, choice: str, name: str, row: str) -> None:
    stage.resolve(_conflict(stage, name, row), choice)


def _choose_value(stage: Stage, value: str, name: str, row: str) -> None:
    stage.resolve(_conflict(stage, name, row), "value", value)


def _choose_row(stage: Stage, choice: str, row: str) -> None:
    items = [i for i in stage.items(ItemKind.CONFLICT) if i.field is None and stage.name_of(i.row) == row]
    assert len(items) == 1, items
    stage.resolve(items[0], choice)


def _accept_held(stage: Stage, verb: str) -> None:
    items = stage.items(ItemKind.HELD)
    assert items, "nothing is held"
    for item in items:
        stage.accept(item) if verb == "accept" else stage.drop(item)


def _listed(stage: Stage, who: str, name: str | None, row: str) -> ShownLine:
    """Give the line of a sheet's list about a cell, or about a whole row."""
    items = {item.id: item for kind in (ItemKind.CONFLICT, ItemKind.HELD) for item in stage.items(kind)}
    lines = stage.seats[who].replica.observe().settling or ()
    found = [
        line
        for line in lines
        if line.item in items
        and items[line.item].field == name
        and row in (stage.name_of(items[line.item].row), items[line.item].row_cells.get("no"))
    ]
    assert len(found) == 1, (who, name, row, lines)
    return found[0]


def _chooses(stage: Stage, who: str, choice: str, name: str, row: str) -> None:
    stage.seats[who].choose(_listed(stage, who, name, row).item, _WORDS[choice])


def _chooses_value(stage: Stage, who: str, value: str, name: str, row: str) -> None:
    stage.seats[who].choose(_listed(stage, who, name, row).item, Choice.VALUE, value)


def _chooses_row(stage: Stage, who: str, choice: str, row: str) -> None:
    stage.seats[who].choose(_listed(stage, who, None, row).item, _WORDS[choice])


def _writes(stage: Stage, who: str, text: str, name: str, row: str) -> None:
    stage.seats[who].choose(_listed(stage, who, name, row).item, text)


def _list_has(stage: Stage, who: str, count: str) -> None:
    seen = stage.seats[who].replica.observe()
    assert len(seen.settling or ()) == int(count), seen.settling
    assert bool(seen.marked) == bool(int(count)), seen.marked


def _list_says(stage: Stage, who: str, code: str, name: str, row: str) -> None:
    assert _listed(stage, who, name, row).remark == code


def _accept_covered(stage: Stage) -> None:
    (item,) = [i for i in stage.items(ItemKind.HELD) if i.code == "identity.pasted_over"]
    stage.accept(item)


def _conflict(stage: Stage, name: str, row: str) -> Item:
    items = [i for i in stage.items(ItemKind.CONFLICT) if i.field == name and stage.name_of(i.row) == row]
    assert len(items) == 1, (name, row, stage.items(ItemKind.CONFLICT))
    return items[0]


def _conflict_is(stage: Stage, name: str, row: str, who: str, base: str, store: str, sheet: str) -> None:
    item = _conflict(stage, name, row)
    assert item.binding == f"b{who}"
    sides = [None if side is MISSING else side for side in (item.base, item.store, item.sheet)]
    assert sides == [_value(base), _value(store), _value(sheet)]


def _row_conflict_is(stage: Stage, kind: str, row: str, who: str) -> None:
    items = [i for i in stage.items(ItemKind.CONFLICT) if i.field is None and stage.name_of(i.row) == row]
    assert [(i.code, i.binding) for i in items] == [(f"conflict.{kind}", f"b{who}")]


def _none(stage: Stage, kind: str) -> None:
    names = {"conflicts": ItemKind.CONFLICT, "held": ItemKind.HELD, "rejections": ItemKind.REJECTED}
    assert not stage.items(names["held" if kind == "held rows" else kind])


def _held(stage: Stage, who: str, codes: str) -> None:
    _waiting(stage, ItemKind.HELD, who, codes)


def _rejected(stage: Stage, who: str, codes: str) -> None:
    _waiting(stage, ItemKind.REJECTED, who, codes)


def _waiting(stage: Stage, kind: ItemKind, who: str, codes: str) -> None:
    found = sorted(i.code for i in stage.items(kind) if i.binding == f"b{who}")
    assert found == sorted(code.strip() for code in codes.split(",")), found


def _store_cell(stage: Stage, row: str, name: str, value: str) -> None:
    assert stage.table()[row].get(name) == _value(value)


def _store_lacks(stage: Stage, row: str) -> None:
    assert row not in stage.table()


def _store_has(stage: Stage, row: str) -> None:
    assert row in stage.table()


def _store_count(stage: Stage, count: str) -> None:
    assert len(stage.table()) == int(count)


def _shows(stage: Stage, who: str, row: str, name: str, value: str) -> None:
    assert stage.shown(who)[row].get(name) == _value(value)


def _shows_not(stage: Stage, who: str, row: str) -> None:
    assert row not in stage.shown(who)


def _shows_rows(stage: Stage, who: str, count: str) -> None:
    assert len(stage.shown(who)) == int(count)


def _same_id(stage: Stage, row: str) -> None:
    assert len({stage.id_of(name, row) for name in stage.seats if row in stage.shown(name)}) == 1


def _remember(stage: Stage, row: str, who: str) -> None:
    stage.taken[f"id {row}"] = stage.id_of(who, row)


def _still(stage: Stage, row: str, who: str) -> None:
    assert stage.id_of(who, row) == stage.taken[f"id {row}"]


def _is_now(stage: Stage, row: str, old: str, who: str) -> None:
    assert stage.id_of(who, row) == stage.taken[f"id {old}"]


def _is_somebody_else(stage: Stage, row: str, who: str, old: str, whose: str) -> None:
    assert stage.id_of(who, row) != stage.taken[f"id {old}"], whose


def _history(stage: Stage, word: str) -> None:
    """Look for a replaced value in the commits and in what was settled."""
    changes = repr(stage.store.changes("customers", 0, stage.store.head("customers")))
    items = repr([(i.sheet, i.store, i.row_cells) for i in stage.store.items(is_open=None)])
    assert f"'{word}'" in changes or f"'{word}'" in items, word


def _agreed(stage: Stage) -> None:
    stage.settle()
    stage.check_agreed()


def _nothing_to_do(stage: Stage, _: str | None = None) -> None:
    return None


_ROW = r"(\S+)"
_SENTENCES: list[tuple[str, Callable[..., None]]] = [
    (rf"([ABE]) types (\w+) of {_ROW}: ?(.*)", _types),
    (r"([ABE]) adds a row: (.+)", _adds),
    (rf"([ABE]) inserts a row above {_ROW}: (.+)", _inserts),
    (r"([ABE]) is to see (\{.+\})", _changes_role),
    (r"([ABE]) deletes the column (\w+)", _deletes_column),
    (r"([ABE]) has (no|a) column (\w+)", _has_column),
    (r"the schema renames (\w+) to (\w+)", _renames_field),
    (r"the schema removes (\w+)", _removes_field),
    (r"the schema makes (\w+) a number", _makes_number),
    (r"the schema limits (\w+) to (\d+) letters", _limits_field),
    (rf"([ABE]) deletes {_ROW}", _deletes),
    (rf"([ABE]) empties the row {_ROW}", _empties),
    (r"([ABE]) deletes every row", _deletes_all),
    (r"([ABE]) clears the column (\w+)", _clears_column),
    (rf"([ABE]) cuts {_ROW}", _cuts),
    (r"([ABE]) pastes it below", _pastes),
    (r"([ABE]) pastes what ([ABE]) took", _pastes_into),
    (rf"([ABE]) copies {_ROW} below", _copies_below),
    (rf"([ABE]) copies {_ROW} over {_ROW}", _copies_over),
    (r"([ABE]) sorts by (\w+)( backwards)?( leaving the ids behind)?", _sorts),
    (r"([ABE]) sorts the column (\w+) alone( backwards)?", _sorts_column),
    (r"([ABE]) shifts the column (\w+) down", _shifts_column),
    (r"([ABE]) fills the column (\w+) down", _fills_down),
    (rf"([ABE]) swaps what {_ROW} and {_ROW} hold", _swaps_contents),
    (rf"([ABE]) copies what {_ROW} holds over {_ROW}", _copies_contents_over),
    (rf"([ABE]) clears the id of {_ROW}", _clears_id),
    (r"([ABE]) clears all ids", _clears_ids),
    (rf"([ABE]) swaps (\w+) of {_ROW} and {_ROW}", _swaps),
    (rf"([ABE]) gets the error in (\w+) of {_ROW}: (\S+)", _errs),
    (r"([ABE]) keeps a copy of the workbook", _keeps_a_copy),
    (r"([ABE]) puts the copy back", _puts_back),
    (r"([ABE]) undoes what was written since the copy", _undoes),
    (r"sync ([ABE])", _sync),
    (r"sync ([ABE]) allowing (.+)", _sync_allowing),
    (r"sync ([ABE]) is stopped by (\S+)", _sync_stopped),
    (r"crash ([ABE]) at (\w+)", _crash),
    (r"settle", _settle),
    (r"the store is backed up", _backs_up),
    (r"the store is put back", _restores),
    (r"everybody rejoins", _rejoins),
    (rf"choose (base|store|sheet) for (\w+) of {_ROW}", _choose),
    (rf"choose the value (\S+) for (\w+) of {_ROW}", _choose_value),
    (rf"choose (keep|delete|store|sheet) for the row {_ROW}", _choose_row),
    (rf"([ABE]) chooses (mine|the store's|accept|drop) for (\w+) of {_ROW}", _chooses),
    (rf"([ABE]) chooses another value (.+) for (\w+) of {_ROW}", _chooses_value),
    (rf"([ABE]) chooses (keep|delete|accept|drop) for the row {_ROW}", _chooses_row),
    (rf"([ABE]) writes (\S+) as the choice for (\w+) of {_ROW}", _writes),
    (r"([ABE])'s list has (\d+) lines?", _list_has),
    (rf"([ABE])'s list says (\S+) about (\w+) of {_ROW}", _list_says),
    (r"(accept|drop) what is held", _accept_held),
    (r"accept the covered row", _accept_covered),
    (rf"conflict on (\w+) of {_ROW} in ([ABE]): base (.*?), store (.*?), sheet (.*)", _conflict_is),
    (rf"row conflict (\w+) on {_ROW} in ([ABE])", _row_conflict_is),
    (r"no (conflicts|held rows|rejections)", _none),
    (r"held in ([ABE]): (.+)", _held),
    (r"rejected in ([ABE]): (.+)", _rejected),
    (rf"the store has {_ROW} with (\w+) ?(.*)", _store_cell),
    (rf"the store has no {_ROW}", _store_lacks),
    (rf"the store has {_ROW}", _store_has),
    (r"the store has (\d+) rows", _store_count),
    (rf"([ABE]) shows {_ROW} with (\w+) ?(.*)", _shows),
    (rf"([ABE]) shows no {_ROW}", _shows_not),
    (r"([ABE]) shows (\d+) rows", _shows_rows),
    (rf"{_ROW} has the same id everywhere", _same_id),
    (rf"remember who {_ROW} is in ([ABE])", _remember),
    (rf"{_ROW} is still the same in ([ABE])", _still),
    (rf"{_ROW} is who {_ROW} was in ([ABE])", _is_now),
    (rf"{_ROW} in ([ABE]) is not who {_ROW} was in ([ABE])", _is_somebody_else),
    (r"the history knows (\S+)", _history),
    (r"all agree", _agreed),
    (r"(then:)", _nothing_to_do),
]
