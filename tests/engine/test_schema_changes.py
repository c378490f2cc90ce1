"""A schema changes between syncs, during conflicts, pending writes and older copies: nothing is lost, nothing asked twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sheetward.cells import Typed, value_of
from sheetward.engine import sync_sheet
from sheetward.engine.evolve import REMOVED, apply_evolution, plan_evolution
from sheetward.errors import TransientError
from sheetward.merge.items import ItemKind
from sheetward.ports.store import CommitNote, SchemaMoved, Stale
from sheetward.stores.named import NamedStore
from sheetward_schemas import parse_schema
from sheetward_schemas.evolve import evolution

from .conftest import SCHEMA_TEXT
from .test_faults import CutError, Dying

RENAMED = SCHEMA_TEXT.replace(
    "{name: phone, type: string}", '{name: tel, type: string, "x:renamed_from": phone}'
).replace("identify: [phone]", "identify: [tel]")
REMOVED_NOTE = SCHEMA_TEXT.replace("  - {name: note, type: string}\n", "")
NUMBERED = SCHEMA_TEXT.replace("{name: note, type: string}", "{name: note, type: number}")
SWAPPED = SCHEMA_TEXT.replace(
    "{name: region, type: string}", '{name: region, type: string, "x:renamed_from": note}'
).replace("{name: note, type: string}", '{name: note, type: string, "x:renamed_from": region}')


def values(world, name="customers"):
    return {(row["no"], n): v for row in world.table().values() for n, v in row.items()}


class TestARename:
    def test_moves_every_value_and_writes_nothing(self, pair):
        before, head = values(pair), pair.store.head("customers")
        pair.follow(pair.evolve(RENAMED))
        assert values(pair) == {(no, "tel" if n == "phone" else n): v for (no, n), v in before.items()}
        for name in ("A", "B"):
            plan = pair.sync(name).plan
            assert (plan.to_store, plan.to_sheet, plan.opened, plan.closed) == (0, 0, (), ())
        assert pair.store.head("customers") == head

    def test_edits_from_before_and_after_it_meet_as_if_it_had_the_name_always(self, pair):
        a, b = pair.sheets["A"], pair.sheets["B"]
        a.set(a.find("no", "C001"), "phone", "111")
        b.set(b.find("no", "C001"), "phone", "222")
        pair.sync("B")
        pair.follow(pair.evolve(RENAMED))
        b.set(b.find("no", "C002"), "tel", "333")
        pair.settle()
        [conflict] = pair.sync("A").conflicts
        assert (conflict.field, conflict.base, conflict.store, conflict.sheet) == ("tel", "13800000001", "222", "111")
        assert pair.table()["C002"]["tel"] == pair.shown("A")["C002"]["tel"] == "333"

    def test_an_open_conflict_keeps_its_id_and_is_settled_under_the_new_name(self, pair):
        a, b = pair.sheets["A"], pair.sheets["B"]
        a.set(a.find("no", "C001"), "phone", "111")
        b.set(b.find("no", "C001"), "phone", "222")
        pair.sync("B")
        [conflict] = pair.sync("A").conflicts
        pair.follow(pair.evolve(RENAMED))
        [still] = pair.sync("A").conflicts
        assert (still.id, still.field) == (conflict.id, "tel")
        pair.resolve(conflict.id, "sheet")
        pair.settle()
        assert pair.table()["C001"]["tel"] == pair.shown("B")["C001"]["tel"] == "111"

    def test_the_past_is_read_under_the_new_name(self, pair):
        a = pair.sheets["A"]
        a.set(a.find("no", "C001"), "phone", "111")
        pair.sync("A")
        first = pair.store.head("customers")
        pair.follow(pair.evolve(RENAMED))
        then = pair.named.read("customers", ("no", "tel"), first - 1)
        assert sorted(map(value_of, then.column("tel").values())) == [f"1380000000{n}" for n in range(1, 5)]
        [(_, told)] = pair.named.changes("customers", first - 1, first)
        [cells] = told.changed.values()
        assert cells == {"tel": ("13800000001", "111")}
        assert list(pair.store.verify()) == []

    def test_an_older_copy_from_before_it_says_nothing_again(self, pair):
        a = pair.sheets["A"]
        copy = a.saved()
        a.set(a.find("no", "C001"), "phone", "111")
        pair.sync("A")
        [copy] = pair.follow(pair.evolve(RENAMED), copy)
        pair.settle()
        a.restore(copy)
        a.set(a.find("no", "C002"), "tel", "typed into the copy")
        pair.sync("A")
        pair.settle()
        assert pair.table()["C001"]["tel"] == pair.shown("A")["C001"]["tel"] == "111"
        assert pair.table()["C002"]["tel"] == "typed into the copy"
        assert list(pair.store.items()) == []

    def test_a_swap_and_a_new_field_under_a_freed_name_do_not_mix(self, pair):
        pair.follow(pair.evolve(SWAPPED))
        assert (pair.table()["C001"]["note"], pair.table()["C001"]["region"]) == ("华东", "a")
        pair.settle()
        renamed = SWAPPED.replace("{name: phone, type: string}", '{name: tel, type: string, "x:renamed_from": phone}')
        renamed = renamed.replace("identify: [phone]", "identify: [tel]")
        pair.follow(pair.evolve(renamed))
        again = renamed.replace(', "x:renamed_from": phone', "") + "  - {name: phone, type: string}\n"
        pair.follow(pair.evolve(again))
        pair.add_column("A", "phone")
        a = pair.sheets["A"]
        a.set(a.find("no", "C001"), "phone", "new column")
        pair.settle()
        row = pair.table()["C001"]
        assert (row["tel"], row["phone"], row["note"], row["region"]) == ("13800000001", "new column", "华东", "a")

    @pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_write", "before_confirm"])
    def test_a_sync_cut_before_it_is_finished_after_it(self, pair, point):
        a, b = pair.sheets["A"], pair.sheets["B"]
        b.set(b.find("no", "C001"), "phone", "222")
        b.append({"name": "乙新", "phone": "77"})
        pair.sync("B")
        a.set(a.find("no", "C002"), "phone", "333")
        a.append({"name": "甲新", "phone": "88"})

        def cut(step):
            if step == point:
                raise CutError(step)

        with pytest.raises(CutError):
            pair.sync("A", on_step=cut)
        pair.follow(pair.evolve(RENAMED))
        pair.settle()
        assert pair.shown("A") == pair.shown("B") == pair.table()
        assert {row["name"]: row["tel"] for row in pair.table().values()} == {
            "张三": "222", "李四": "333", "王五": "13800000003", "赵六": "13800000004", "甲新": "88", "乙新": "77",
        }  # fmt: skip

    def test_a_rule_names_the_field_as_it_is_called_now(self, world):
        world.add("boss", [{"no": "C001", "name": "张三", "region": "华东", "phone": "1"}])
        world.sync("boss")
        rule = {
            "rows": {"any": [{"region": "华东"}, {"not": {"phone": {"null": True}}}]},
            "columns": {"*": "write", "phone": "read"},
        }
        world.add("east", [], rule)
        world.sync("east")
        world.follow(world.evolve(RENAMED))
        east = world.sheets["east"]
        east.set(east.find("no", "C001"), "tel", "2")
        east.set(east.find("no", "C001"), "note", "mine")
        [rejected] = world.sync("east").rejected
        assert (rejected.field, rejected.sheet) == ("tel", "2")
        world.settle()
        assert world.shown("east") == world.table()

    def test_a_sync_that_began_before_it_writes_nothing(self, pair):
        a = pair.sheets["A"]
        a.set(a.find("no", "C001"), "name", "改名")
        started = pair.context("A", on_step=lambda step: pair.evolve(RENAMED) if step == "after_observe" else None)
        with pytest.raises(SchemaMoved):
            sync_sheet(started)
        pair.follow(pair.evolve(RENAMED.replace("maxLength: 10", "maxLength: 12")))
        pair.settle()
        assert pair.table()["C001"]["name"] == "改名"


class TestARetypedField:
    def test_what_is_certain_is_converted_and_the_rest_stays_as_typed(self, pair):
        a = pair.sheets["A"]
        for no, text in (("C001", "7"), ("C002", "007"), ("C003", "about 7"), ("C004", "7.50")):
            a.set(a.find("no", no), "note", text)
        pair.settle()
        pair.follow(pair.evolve(NUMBERED))
        table = pair.named.read("customers", ("no", "note"))
        assert {row[0]: row[1] for row in table.rows.values()} == {
            "C001": Decimal(7), "C002": Typed(Decimal(7), "007"), "C003": "about 7", "C004": Typed(Decimal("7.5"), "7.50"),
        }  # fmt: skip
        for name in ("A", "B"):
            plan = pair.sync(name).plan
            assert (plan.to_store, plan.opened) == (0, ())
        pair.settle()

    def test_an_edit_made_meanwhile_is_an_edit_and_not_a_conflict(self, pair):
        a, b = pair.sheets["A"], pair.sheets["B"]
        for no, text in (("C001", "1"), ("C002", "2"), ("C003", "3"), ("C004", "4")):
            a.set(a.find("no", no), "note", text)
        pair.settle()
        a.set(a.find("no", "C001"), "note", "10")
        b.set(b.find("no", "C002"), "note", "20")
        b.set(b.find("no", "C003"), "note", "30")
        pair.sync("B")
        a.set(a.find("no", "C003"), "note", "33")
        pair.follow(pair.evolve(NUMBERED))
        pair.sync("A")
        [conflict] = pair.store.items()
        assert (conflict.base, conflict.store, conflict.sheet) == (Decimal(3), Decimal(30), Decimal(33))
        pair.resolve(conflict.id, "sheet")
        pair.settle()
        assert [pair.table()[f"C00{n}"]["note"] for n in range(1, 5)] == [
            Decimal(10),
            Decimal(20),
            Decimal(33),
            Decimal(4),
        ]

    def test_an_open_conflict_is_read_anew_and_can_be_settled_at_once(self, pair):
        a, b = pair.sheets["A"], pair.sheets["B"]
        a.set(a.find("no", "C001"), "note", "1")
        b.set(b.find("no", "C001"), "note", "2")
        pair.sync("B")
        [conflict] = pair.sync("A").conflicts
        for sheet in (a, b):
            for no in ("C002", "C003", "C004"):
                sheet.set(sheet.find("no", no), "note", None)
        pair.sync("B")
        pair.sync("A")
        pair.follow(pair.evolve(NUMBERED))
        pair.resolve(conflict.id, "sheet")
        pair.settle()
        assert pair.table()["C001"]["note"] == pair.shown("B")["C001"]["note"] == Decimal(1)

    @pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_write", "before_confirm"])
    def test_a_sync_cut_before_it_is_finished_after_it(self, pair, point):
        a, b = pair.sheets["A"], pair.sheets["B"]
        for no, text in (("C001", "1"), ("C002", "2"), ("C003", "3"), ("C004", "4")):
            a.set(a.find("no", no), "note", text)
        pair.settle()
        b.set(b.find("no", "C001"), "note", "10")
        pair.sync("B")
        a.set(a.find("no", "C002"), "note", "020")
        a.append({"name": "甲新", "note": "5"})

        def cut(step):
            if step == point:
                raise CutError(step)

        with pytest.raises(CutError):
            pair.sync("A", on_step=cut)
        pair.follow(pair.evolve(NUMBERED))
        pair.settle()
        assert pair.shown("A") == pair.shown("B") == pair.table()
        assert {row["name"]: row["note"] for row in pair.table().values()} == {
            "张三": Decimal(10), "李四": Decimal(20), "王五": Decimal(3), "赵六": Decimal(4), "甲新": Decimal(5),
        }  # fmt: skip
        assert list(pair.store.items()) == []

    def test_an_older_copy_from_before_it_says_nothing_again(self, pair):
        a = pair.sheets["A"]
        for no, text in (("C001", "1"), ("C002", "2"), ("C003", "3"), ("C004", "4")):
            a.set(a.find("no", no), "note", text)
        pair.settle()
        copy = a.saved()
        a.set(a.find("no", "C001"), "note", "10")
        pair.sync("A")
        [copy] = pair.follow(pair.evolve(NUMBERED), copy)
        pair.settle()
        a.restore(copy)
        pair.sync("A")
        pair.settle()
        assert pair.table()["C001"]["note"] == pair.shown("A")["C001"]["note"] == Decimal(10)


class TestARemovedField:
    def test_its_values_leave_the_table_and_stay_in_the_history(self, pair):
        head = pair.store.head("customers")
        pair.follow(pair.evolve(REMOVED_NOTE))
        pair.settle()
        assert all("note" not in row for row in pair.table().values())
        pair.follow(pair.evolve(SCHEMA_TEXT))
        assert all("note" not in row for row in pair.table().values())
        then = pair.named.read("customers", ("note",), head)
        assert sorted(map(value_of, then.column("note").values())) == ["a", "b", "c", "d"]

    def test_what_waited_about_it_is_closed_with_the_reason(self, pair):
        a, b = pair.sheets["A"], pair.sheets["B"]
        a.set(a.find("no", "C001"), "note", "mine")
        b.set(b.find("no", "C001"), "note", "theirs")
        a.set(a.find("no", "C002"), "phone", "111")
        b.set(b.find("no", "C002"), "phone", "222")
        pair.sync("B")
        pair.sync("A")
        pair.follow(pair.evolve(REMOVED_NOTE))
        open_ones = pair.named.items(kind=ItemKind.CONFLICT)
        assert [item.field for item in open_ones] == ["phone"]
        [closed] = [item for item in pair.named.items(is_open=None) if item.outcome]
        assert (closed.outcome, closed.sheet, closed.store, closed.closed_by) == (REMOVED, "mine", "theirs", "boss")
        pair.sync("A")
        [conflict] = pair.sync("A").conflicts
        assert conflict.field == "phone"

    def test_an_older_copy_that_has_its_column_brings_nothing_of_it(self, pair):
        a = pair.sheets["A"]
        copy = a.saved()
        a.set(a.find("no", "C001"), "phone", "111")
        pair.sync("A")
        [copy] = pair.follow(pair.evolve(REMOVED_NOTE), copy)
        pair.settle()
        a.restore(copy)
        pair.sync("A")
        pair.settle()
        assert pair.table()["C001"]["phone"] == "111"


class TestRules:
    def test_rows_that_break_a_stricter_rule_stay_and_their_other_cells_go_on(self, pair):
        pair.follow(
            pair.evolve(
                SCHEMA_TEXT.replace(
                    "{name: phone, type: string}", "{name: phone, type: string, constraints: {maxLength: 5}}"
                )
            )
        )
        pair.settle()
        a = pair.sheets["A"]
        a.set(a.find("no", "C001"), "note", "still editable")
        a.set(a.find("no", "C002"), "phone", "123456")
        [held] = pair.sync("A").held
        assert (held.field, held.sheet) == ("phone", "123456")
        assert pair.table()["C001"]["phone"] == "13800000001"
        assert pair.table()["C001"]["note"] == "still editable"

    def test_a_held_cell_is_set_free_when_its_rule_is_gone(self, pair):
        a = pair.sheets["A"]
        a.set(a.find("no", "C001"), "name", "这个名字实在是太长太长太长了")
        [held] = pair.sync("A").held
        pair.follow(pair.evolve(SCHEMA_TEXT.replace("maxLength: 10", "maxLength: 30")))
        assert pair.sync("A").held == ()
        pair.settle()
        assert pair.table()["C001"]["name"] == pair.shown("B")["C001"]["name"] == "这个名字实在是太长太长太长了"
        assert pair.store.item(held.id).outcome == "free"

    def test_a_column_that_becomes_restricted_leaves_a_sheet_without_a_single_rejection(self, world):
        world.add("boss", [{"no": f"C00{n}", "name": "张三", "phone": f"{n}"} for n in range(1, 5)])
        world.sync("boss")
        world.add("east", [], {"columns": {"*": "write"}, "delete": True})
        world.settle()
        assert world.shown("east")["C001"]["phone"] == "1"
        text = SCHEMA_TEXT.replace(
            "{name: phone, type: string}", '{name: phone, type: string, "x:sensitivity": restricted}'
        )
        world.follow(world.evolve(text))
        report = world.sync("east")
        assert report.rejected == ()
        assert report.plan.is_purging
        world.settle()
        assert "phone" not in world.shown("east")["C001"]
        assert world.table()["C001"]["phone"] == "1"


class TestFaults:
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("text", [RENAMED, NUMBERED, REMOVED_NOTE], ids=["rename", "retype", "remove"])
    def test_applying_cut_at_any_call_then_done_again(self, new_world, text, when):
        def scene():
            world = new_world()
            world.add("A", [{"no": f"C00{n}", "name": "张三", "phone": str(n), "note": str(n)} for n in range(1, 5)])
            world.add("B")
            world.settle()
            a, b = world.sheets["A"], world.sheets["B"]
            a.set(a.find("no", "C001"), "note", "10")
            b.set(b.find("no", "C001"), "note", "20")
            world.sync("B")
            world.sync("A")
            return world

        whole = scene()
        change = whole.evolve(text)
        whole.follow(change)
        for name in ("A", "B", "A"):
            whole.sync(name)
        for call in range(1, 40):
            world = scene()
            old = world.schema
            ticks = [call]
            try:
                world.evolve(text, to=Dying(world.store, ticks, when))
            except CutError:
                assert world.schema is old
                stands = world.named.schema_version("customers")
                if stands is None or stands[0] < 2:
                    world.evolve(text)
                else:
                    world.schema = change.new
            world.follow(change)
            for name in ("A", "B", "A"):
                world.sync(name)
            assert world.table() == whole.table()
            assert [(i.field, i.code) for i in world.named.items()] == [(i.field, i.code) for i in whole.named.items()]
            if ticks[0] > 0:
                break
        assert call > 4

    def test_two_at_once_one_of_them_wins_and_the_other_changes_nothing(self, pair):
        pair.evolve(SCHEMA_TEXT + "  - {name: more}\n")
        first, second = NamedStore(pair.store), NamedStore(pair.store)
        plans = []
        for store, text in ((first, RENAMED), (second, REMOVED_NOTE)):
            new, _ = parse_schema(text, "t")
            version = store.schema_version("customers")[0]
            plans.append(
                plan_evolution(
                    store, "customers", evolution(pair.schema, new), version, now=pair.clock.now(), author="x"
                )
            )
        notes = [CommitNote(f"s-{n}", "x", pair.clock.now(), "schema") for n in (1, 2)]
        apply_evolution(first, plans[0], notes[0])
        with pytest.raises((SchemaMoved, Stale)):
            apply_evolution(second, plans[1], notes[1])
        assert isinstance(SchemaMoved("t", 1), TransientError)
        assert pair.named.schema_version("customers")[1]["fields"][2]["name"] == "tel"
        assert len(pair.named.read("customers", ("note",)).rows) == 4
        assert all(value_of(cell) for cell in pair.named.read("customers", ("note",)).column("note").values())
