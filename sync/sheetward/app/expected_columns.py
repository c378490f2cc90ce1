"""The columns of a file beside those of its schema, as the standard's `fieldsMatch` wants them."""

from __future__ import annotations

from typing import Final

from sheetward.app.reading import FileReading
from sheetward.validation import Finding

_NO_MORE: Final = frozenset({"exact", "equal", "superset"})
_NO_FEWER: Final = frozenset({"exact", "equal", "subset"})


def column_findings(reading: FileReading) -> list[Finding]:
    """Give a finding for each column that is not there or not known, and one for columns in another order.

    ========  =======  =======  ==========
    match     fewer    more     order
    ========  =======  =======  ==========
    exact     wrong    wrong    a warning
    equal     wrong    wrong    any
    subset    wrong    any      any
    superset  any      wrong    any
    partial   any      any      any
    ========  =======  =======  ==========

    Columns are found by their headers, so another order puts no value into a wrong field: it is a warning. A column
    that the system fills (`x:derived`, `x:auto`) may be absent.
    """
    schema, layout = reading.schema, reading.layout
    match, row = schema.fields_match, layout.header_row
    found: list[Finding] = []
    if match in _NO_FEWER:
        for name in layout.missing:
            field = schema.by_name[name]
            if field.derived is None and field.auto is None:
                facts = {"header": field.label("zh"), "header_en": field.label("en"), "match": match}
                found.append(Finding(row, name, "column.missing", "error", None, (name,), facts))
    if match in _NO_MORE:
        for text in layout.unmapped:
            facts = {"header": text, "match": match}
            found.append(Finding(row, text, "column.unknown", "error", text, (), facts))
    if match == "exact":
        wanted = [name for name in schema.field_names if name in layout.columns]
        moved = [name for name, right in zip(layout.columns, wanted, strict=True) if name != right]
        if moved:
            headers = [layout.headers[name] for name in wanted]
            told: dict[str, object] = {"headers": headers, "match": match}
            found.append(Finding(row, moved[0], "column.order", "warning", layout.headers[moved[0]], (), told))
    return found
