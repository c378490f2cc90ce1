"""Checking a table by its schema beside pandera as documented, and reading typed phones and dates beside the libraries by row."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from data import FIELDS, TODAY, dates, dirty_customers, phones, row_ids
from measure import Facts, Sizes, Work
from table import Goal, Sense


def make(work: Work) -> None:
    """Nothing: each case makes its rows in memory."""


def _schema(work: Work):
    from sheetward.app.schemas import load

    return load("customer", work.scratch)


def by_column(work: Work) -> Generator[Facts | None]:
    """Judge the whole table: types, formats, constraints, keys, rules."""
    import pandera.pandas  # noqa: F401 - imports are not measured
    from sheetward.table import Table
    from sheetward.validation import Validator

    table = Table(FIELDS, dict(zip(row_ids(work.sizes.rows), dirty_customers(work.sizes.rows), strict=True)))
    validator = Validator(_schema(work))
    yield None
    findings = validator.check_table(table, today=TODAY)
    yield {"findings": len(findings)}


def by_row(work: Work) -> Generator[Facts | None]:
    """Judge the same rows one by one, and the keys over all of them."""
    from sheetward.validation import Validator

    rows = list(zip(row_ids(work.sizes.rows), dirty_customers(work.sizes.rows), strict=True))
    validator = Validator(_schema(work))
    yield None
    findings = validator.check_rows(FIELDS, rows, today=TODAY)
    findings += validator.check_unique(FIELDS, rows)
    yield {"findings": len(findings)}


def one_cell(work: Work) -> Generator[Facts | None]:
    """Judge one row again, as after an edit in a table that was judged."""
    from sheetward.validation import Validator

    rows = list(zip(row_ids(work.sizes.rows), dirty_customers(work.sizes.rows), strict=True))
    validator = Validator(_schema(work))
    validator.check_rows(FIELDS, rows, today=TODAY)
    yield None
    findings = validator.check_rows(FIELDS, rows[:1], today=TODAY)
    yield {"findings": len(findings)}


def pandera(work: Work) -> Generator[Facts | None]:
    """Validate lazily with pandera's own checks: what of the schema its documentation has words for.

    No meaning of phones, countries and companies, only patterns; no suggestions; failures as its `failure_cases`.
    """
    import pandas as pd
    import pandera.errors
    import pandera.pandas as pa

    check, column = pa.Check, pa.Column

    def chosen(*values: str) -> pa.Column:
        return column(str, check.isin(values), nullable=True)

    schema = pa.DataFrameSchema(
        {
            "customer_id": column(str, [check.str_length(1, 20)], unique=True),
            "name": column(str, check.str_length(1, 40), nullable=False),
            "phone": column(str, check.str_matches(r"^1[3-9]\d{9}$"), nullable=False),
            "email": column(str, check.str_matches(r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"), nullable=True),
            "company": column(str, check.str_length(0, 100), nullable=True),
            "country": column(str, check.str_matches(r"^[A-Z]{2}$"), nullable=True),
            "region": column(str, nullable=True),
            "address": column(str, check.str_length(0, 300), nullable=True),
            "direction": chosen("downstream", "upstream", "both"),
            "kind": chosen("potential", "existing", "vip"),
            "owner": column(str, nullable=True),
            "credit_rating": chosen("AAA", "AA", "A", "B", "C"),
            "created_on": column("datetime64[us]", check.ge(pd.Timestamp("1990-01-01")), nullable=True),
            "last_contact_on": column("datetime64[us]", check.le(pd.Timestamp(TODAY)), nullable=True),
            "remark": column(str, check.str_length(0, 2000), nullable=True),
        },
        checks=check(lambda frame: frame["last_contact_on"] >= frame["created_on"], name="contact_before_created"),
    )
    frame = pd.DataFrame(list(dirty_customers(work.sizes.rows)), columns=list(FIELDS))
    for name in ("created_on", "last_contact_on"):
        frame[name] = frame[name].astype("datetime64[us]")
    yield None
    failures = 0
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        failures = len(broken.failure_cases)
    yield {"findings": failures}


def _column(work: Work, name: str, typed: Iterator[str]) -> Generator[Facts | None]:
    """Read a string array: what is certain in bulk, every other text by the reader."""
    from sheetward.cells import RawCell, State
    from sheetward.formats import column_reader
    from sheetward.formats.certain.arrays import text_array, truths

    texts = text_array(list(typed))
    reader = column_reader(_schema(work).by_name[name])
    reader.certain(texts[:1], "CN")  # what is loaded once is not measured
    yield None
    found = reader.certain(texts, "CN")
    assert found is not None
    is_open = ~truths(found.values.is_valid())
    if found.refused is not None:
        is_open &= ~truths(found.refused)
    settled = len(texts) - found.values.null_count
    for place in is_open.nonzero()[0].tolist():
        settled += reader.read(RawCell(State.TEXT, texts[place].as_py()), "CN").is_settled
    yield {"settled_share": settled / len(texts)}


def _cells(work: Work, name: str, typed: Iterator[str]) -> Generator[Facts | None]:
    """Read the same as the cells of a sheet, each text a cell of Python before and after."""
    from sheetward.cells import RawCell, State
    from sheetward.formats import column_reader

    raws = [RawCell(State.TEXT, text) for text in typed]
    reader = column_reader(_schema(work).by_name[name], sample=raws[:1])
    yield None
    yield {"cells": len(reader.cells(raws, "CN"))}


def phones_ours(work: Work) -> Generator[Facts | None]:
    """Read phones as typed into canonical form."""
    yield from _column(work, "phone", phones(work.sizes.values))


def dates_ours(work: Work) -> Generator[Facts | None]:
    """Read dates as typed into canonical form."""
    yield from _column(work, "created_on", dates(work.sizes.values))


def phone_cells(work: Work) -> Generator[Facts | None]:
    """Read phones as a sheet's cells."""
    yield from _cells(work, "phone", phones(work.sizes.values))


def date_cells(work: Work) -> Generator[Facts | None]:
    """Read dates as a sheet's cells."""
    yield from _cells(work, "created_on", dates(work.sizes.values))


def phones_by_row(work: Work) -> Generator[Facts | None]:
    """Parse, judge and spell a sample with phonenumbers; the CPU time for all is extrapolated."""
    import phonenumbers

    texts = list(phones(min(work.sizes.sample, work.sizes.values)))
    phonenumbers.is_valid_number(phonenumbers.parse("+8613800138000"))
    yield None
    valid = 0
    for text in texts:
        try:
            number = phonenumbers.parse(text, "CN")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            valid += bool(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    yield {"settled_share": valid / len(texts), "times": work.sizes.values / len(texts)}


def dates_by_row(work: Work) -> Generator[Facts | None]:
    """Parse a sample with dateutil, the Chinese spelling rewritten first; the CPU time for all is extrapolated."""
    from dateutil import parser

    texts = list(dates(min(work.sizes.sample, work.sizes.values)))
    to_slash = str.maketrans({"年": "/", "月": "/", "日": ""})
    yield None
    read = 0
    for text in texts:
        read += bool(parser.parse(text.translate(to_slash), yearfirst=True))
    yield {"settled_share": read / len(texts), "times": work.sizes.values / len(texts)}


CASES = {
    "table": by_column,
    "rows": by_row,
    "one": one_cell,
    "pandera": pandera,
    "phones": phones_ours,
    "phone_cells": phone_cells,
    "phones_by_row": phones_by_row,
    "dates": dates_ours,
    "date_cells": date_cells,
    "dates_by_row": dates_by_row,
}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared."""
    checked = f"check {sizes.rows:,} rows x 15, 3 % dirty"
    million = sizes.rows / 1e6
    sample = f"{min(sizes.sample, sizes.values):,} values, extrapolated"
    return (
        Goal(f"{checked}, by column: CPU", "table", "pandera", "pandera's own checks", limit=7),
        Goal(f"{checked}, by column: memory", "table", "pandera", "pandera's own checks", "peak_mb"),
        Goal(f"{checked}, by row: CPU", "rows", "pandera", "pandera's own checks", limit=7),
        Goal(f"{checked}, by row: CPU", "rows", None, "", "cpu_s", Sense.AT_MOST, million),
        Goal("check one edited row again: CPU", "one", None, "", "cpu_s", Sense.AT_MOST, 0.01),
        Goal(f"read {sizes.values:,} phones: CPU", "phones", "phones_by_row", f"phonenumbers by row, {sample}"),
        Goal(
            f"read {sizes.values:,} phones: CPU", "phones", None, "", "cpu_s", Sense.AT_MOST, 0.6 * sizes.values / 1e6
        ),
        Goal(
            f"read {sizes.values:,} phones as cells of a sheet: CPU",
            "phone_cells",
            "phones_by_row",
            f"phonenumbers by row, {sample}",
        ),
        Goal(f"read {sizes.values:,} dates: CPU", "dates", "dates_by_row", f"dateutil by row, {sample}"),
        Goal(f"read {sizes.values:,} dates: CPU", "dates", None, "", "cpu_s", Sense.AT_MOST, 0.3 * sizes.values / 1e6),
        Goal(
            f"read {sizes.values:,} dates as cells of a sheet: CPU",
            "date_cells",
            "dates_by_row",
            f"dateutil by row, {sample}",
        ),
    )
