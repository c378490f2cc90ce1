"""The schema as a `pandera.DataFrameSchema` whose checks host our kernels.

Each check answers one bool, so pandera has nothing to gather cell by cell (its `failure_cases` cost 11 microseconds a
failure); what a kernel found goes to the collector of the running validation, a ContextVar. Without a collector the
schema is still a true contract: `validate` raises where a rule is broken. Frames hold canonical values in object
columns, empty cells as `None`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from sheetward_schemas.model import TableSchema

from sheetward.cells import Value
from sheetward.table import Row
from sheetward.validation.finding import Finding
from sheetward.validation.kernels import Broken, Kernel, region_of
from sheetward.validation.keys import Key, duplicates, key_groups
from sheetward.validation.rules import references
from sheetward.validation.sieve import Column, column_of, repeated
from sheetward.validation.validator import Validator

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

Rows: TypeAlias = "Sequence[tuple[Key, Row]]"


@dataclass
class _Collector:
    """What one validation found: findings by the row's place, in the order in which the rows' host would give them."""

    rows: Rows
    fields: tuple[str, ...]
    today: dt.date
    columns: Mapping[str, Column]
    by_row: dict[int, list[tuple[tuple[int, int, int], Finding]]] = field(default_factory=dict[int, Any])
    keys: list[Finding] = field(default_factory=list[Finding])
    unsettled: dict[int, set[str]] = field(default_factory=dict[int, set[str]])

    def push(self, place: int, rank: tuple[int, int, int], finding: Finding) -> None:
        self.by_row.setdefault(place, []).append((rank, finding))

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for place in sorted(self.by_row):
            found += [finding for _, finding in sorted(self.by_row[place], key=lambda entry: entry[0])]
        return found + self.keys


_COLLECTOR: ContextVar[_Collector | None] = ContextVar("sheetward_findings", default=None)
_NO_KNOWN: Final[Mapping[str, Collection[Value]]] = {}


def to_pandera(schema: TableSchema, *, today: dt.date) -> pa.DataFrameSchema:
    """Compile a schema to pandera, for whoever wants to run or extend it there.

    A frame may lack columns: then what reads them is not checked.
    """
    return _compiled(Validator(schema), schema.field_names, today, _NO_KNOWN)


def check_whole(
    validator: Validator, fields: tuple[str, ...], rows: Rows, today: dt.date, known: Mapping[str, Collection[Value]]
) -> list[Finding]:
    """Judge all rows of a table with pandera and give what its checks collected."""
    import pandera.errors

    columns = _columns(fields, rows)
    collector = _Collector(rows, fields, today, columns)
    compiled = _compiled(validator, fields, today, known)
    token = _COLLECTOR.set(collector)
    try:
        compiled.validate(_frame(columns, len(rows)), lazy=True)
    except pandera.errors.SchemaErrors as broken:
        # Expected where anything is broken: what and where, the collector knows. A check that itself failed is ours.
        for error in broken.schema_errors:
            if error.reason_code is not pandera.errors.SchemaErrorReason.DATAFRAME_CHECK:
                raise error from None
    finally:
        _COLLECTOR.reset(token)
    return collector.findings()


def _columns(fields: Sequence[str], rows: Rows) -> dict[str, Column]:
    """Give the values of rows as columns."""
    cells = zip(*(row for _, row in rows), strict=True) if rows else ((),) * len(fields)
    return {name: column_of(column) for name, column in zip(fields, cells, strict=True)}


def _frame(columns: Mapping[str, Column], count: int) -> pd.DataFrame:
    import pandas as pd

    series = {name: pd.Series(cast("Any", column.values), dtype=object) for name, column in columns.items()}
    return pd.DataFrame(series, index=pd.RangeIndex(count))


def _compiled(
    validator: Validator, fields: tuple[str, ...], today: dt.date, known: Mapping[str, Collection[Value]]
) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    columns: dict[str, pa.Column] = {}
    whole: list[pa.Check] = []
    for place, name in enumerate(fields):
        own = validator.kernels.get(name, ())
        checks: list[pa.Check] = []
        for rank, kernel in enumerate(own):
            region = kernel.region_field if kernel.region_field in fields else None
            host = _column_check(validator, kernel, (0, place, rank), today, region)
            target = checks if region is None else whole
            target.append(pa.Check(host, name=f"{name}.{kernel.name}", ignore_na=False, error=kernel.name))
        if own:
            columns[name] = pa.Column(None, checks=checks, nullable=True, required=False)
    for rank, ref in enumerate(references(validator.schema, fields, known)):
        reference = Kernel(ref.field, "reference", ref.as_kernel)
        host = _column_check(validator, reference, (1, rank, 0), today, None)
        columns[ref.field].checks.append(pa.Check(host, name=f"{ref.field}.reference", ignore_na=False))
    for rank, rule in enumerate(validator.rules(fields)):
        host = _rule_check(validator, fields, rank, today)
        whole.append(pa.Check(host, name=rule.spec.code, ignore_na=False, error=rule.spec.code))
    whole += [
        pa.Check(_key_check(validator, fields, group), name="unique:" + "+".join(group), ignore_na=False)
        for group in key_groups(validator.schema, fields)
    ]
    return pa.DataFrameSchema(columns, checks=whole, strict=False, coerce=False, name=validator.schema.name)


def _column(name: str, series: Any) -> Column:
    """Give a column with what was already made of it in this validation."""
    collector = _COLLECTOR.get()
    known = collector.columns.get(name) if collector is not None else None
    return Column(cast("list[Value]", series.tolist())) if known is None else known


def _suspects(kernel: Kernel, column: Column, regions: Column | None, today: dt.date) -> Iterable[int]:
    """Give the places that the kernel's judge must look at, in order."""
    import numpy as np

    mask = None if kernel.sieve is None else kernel.sieve(column, regions, today)
    if mask is None:
        # An empty cell is judged by `required` only, whose sieve always answers; a user's own kernel may want all.
        return range(len(column)) if kernel.sieve is None else np.flatnonzero(column.filled).tolist()
    return np.flatnonzero(mask).tolist()


def _column_check(
    validator: Validator, kernel: Kernel, rank: tuple[int, int, int], today: dt.date, region: str | None
) -> Callable[[Any], bool]:
    """Host one kernel: judge the distinct values (with their regions), then spread the verdicts over the rows."""

    def check(data: Any) -> bool:
        if region is not None and kernel.field not in data:
            return True
        collector = _COLLECTOR.get()
        column = _column(kernel.field, data if region is None else data[kernel.field])
        regions = _column(region, data[region]) if region is not None and region in data else None
        verdicts: dict[Hashable, Broken | None] = {}
        is_right = True
        for place in _suspects(kernel, column, regions, today):
            value = column.values[place]
            area = region_of(regions.values[place]) if regions is not None else None
            identity = (type(value), value, area)
            if identity not in verdicts:
                verdicts[identity] = kernel.judge(value, area, today)
            broken = verdicts[identity]
            if broken is None:
                continue
            is_right = is_right and validator.severity(broken) == "warning"
            if collector is not None:
                key, row = collector.rows[place]
                reads = (kernel.field,) if region is None else kernel.reads
                cell = row[collector.fields.index(kernel.field)]
                collector.push(place, rank, validator.finding(key, kernel.field, broken, cell, reads))
                if kernel.leaves_unsettled(broken):
                    collector.unsettled.setdefault(place, set()).add(kernel.field)
        return is_right

    return check


def _rule_check(
    validator: Validator, fields: tuple[str, ...], rank: int, today: dt.date
) -> Callable[[pd.DataFrame], bool]:
    """Host one rule over several fields; it gets the columns as they are, nothing is parsed again."""
    rule = validator.rules(fields)[rank]
    blank: list[Value] = [None] * len(fields)
    reads = set(rule.reads)

    def check(frame: pd.DataFrame) -> bool:
        if not reads.issubset(frame.columns):
            return True
        known = {name: _column(name, frame[name]) for name in rule.reads}
        columns = {fields.index(name): column.values for name, column in known.items()}
        is_right = True
        collector = _COLLECTOR.get()
        values = list(blank)
        for place in rule.suspects(known, today):
            for at, column in columns.items():
                values[at] = column[place]
            broken = rule.judge(values, today)
            if broken is None or (collector is not None and not reads.isdisjoint(collector.unsettled.get(place, ()))):
                continue
            is_right = is_right and validator.severity(broken) == "warning"
            if collector is not None:
                key, row = collector.rows[place]
                finding = validator.finding(key, rule.field, broken, row[fields.index(rule.field)], rule.reads)
                collector.push(place, (2, rank, 0), finding)
        return is_right

    return check


def _key_check(validator: Validator, fields: tuple[str, ...], group: tuple[str, ...]) -> Callable[[pd.DataFrame], bool]:
    def check(frame: pd.DataFrame) -> bool:
        import numpy as np

        if not set(group).issubset(frame.columns):
            return True
        collector = _COLLECTOR.get()
        severity = validator.severity(Broken("key.duplicate"))
        twice = repeated([_column(name, frame[name]) for name in group])
        if collector is not None:
            rows = collector.rows
            suspects = rows if twice is None else [rows[place] for place in np.flatnonzero(twice).tolist()]
            found = duplicates(group, fields, suspects, severity)
            collector.keys += found
        else:
            columns = [cast("list[Value]", frame[name].tolist()) for name in group]
            found = duplicates(group, group, list(enumerate(zip(*columns, strict=True))), severity)
        return severity == "warning" or not found

    return check
