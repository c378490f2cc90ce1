"""Epochs: a store that was put back from a backup is behind its sheets, and begins a new life when they rejoin it."""

from __future__ import annotations

from collections.abc import Iterable

from sheetward_schemas.model import TableSchema

from sheetward.plan.numbers import sequences
from sheetward.plan.observation import Observation
from sheetward.ports.store import BindingState, CommitNote, Store, Transaction
from sheetward.table import RowId, is_row_id


def epoch_of(stamp: str) -> str:
    """Give the epoch that a stamp is of."""
    return stamp.partition(":")[0]


def content_stamp(store: Store, state: BindingState, fingerprint: str) -> str:
    """Give what stands for a stamp where a sheet has no place for one: the content that was written is known again by it."""
    return f"{store.epoch}:{state.id}:{fingerprint}"


def is_waiting(store: Store, state: BindingState) -> bool:
    """Say whether a sheet has yet to rejoin the store: its last stamp is of an earlier epoch."""
    return bool(state.stamp) and epoch_of(state.stamp) != store.epoch


def is_ahead(store: Store, state: BindingState, observed: Observation, *, keeps_stamp: bool) -> bool:
    """Say whether a sheet knows more than the store: then the store was put back from a backup.

    It bears a stamp, not of an earlier epoch, that the store never gave, or one of a commit that the store has not; a
    sheet without a stamp has row ids that the store never gave.
    """
    stamp = observed.stamp
    if not keeps_stamp:
        unknown = [RowId(row.row_id) for row in observed.rows if is_row_id(row.row_id)]
        there = store.rows(state.table, (), unknown).rows.keys() | store.deleted(state.table, unknown).keys()
        held = {*state.overlay.rows, *(() if state.pending is None else (i for _, _, i in state.pending.new_ids))}
        return any(row_id not in there and row_id not in held for row_id in unknown)
    if stamp is None or stamp == state.stamp or (state.pending is not None and stamp == state.pending.stamp):
        return False
    known = store.revision_of(state.id, stamp)
    if known is None:
        return epoch_of(stamp) not in store.past_epochs
    return known.base > store.head(state.table)


def raise_counters(
    store: Store, schema: TableSchema, table: str, seen: Iterable[Observation], note: CommitNote
) -> None:
    """Let no number be given a second time that stands in any of the sheets. `Stale` where a counter moved meanwhile."""
    observations = list(seen)
    counters: dict[str, tuple[int, int]] = {}
    for spec, count in sequences(schema):
        numbers = [
            count(row.cells[observed.fields.index(spec.name)])
            for observed in observations
            if spec.name in observed.fields
            for row in observed.rows
        ]
        now = store.counter(table, spec.name)
        if numbers and max(numbers) > now:
            counters[spec.name] = (now, max(numbers))
    if counters:
        store.apply(Transaction(table, store.head(table), note, counters=counters))
