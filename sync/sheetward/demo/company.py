"""The company of the demo: who works there, what its workbooks and tabs are called, in the language asked."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sheetward_templates.report import Grid

from sheetward.app.schemas import load
from sheetward.messages import Lang, catalogue, render

Record = Mapping[str, str]
"""One row of the demo's data as people typed it, by field. `#12` is a number, `d:2024-03-05` a date, all else text."""


@dataclass(frozen=True)
class Book:
    """A bound tab: the sheet's name in the workspace, its file, tab, table and role."""

    sheet: str
    file: str
    tab: str
    table: str
    role: str


@dataclass(frozen=True)
class Company:
    """The demo's company in one folder and one language."""

    folder: Path
    lang: Lang

    def say(self, code: str, /, **facts: object) -> str:
        """Give a text of the demo, `demo.` before its code."""
        return render(f"demo.{code}", facts, self.lang)

    def label(self, code: str, /, **facts: object) -> str:
        """Give any other text of the catalogue."""
        return render(code, facts, self.lang)

    def grid(self, words: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Grid:
        """Give a table for the report; its heads are words of the catalogue, the demo's own first."""
        own = catalogue()
        codes = (f"demo.word.{word}" if f"demo.word.{word}" in own else f"word.{word}" for word in words)
        heads = (self.label(code) for code in codes)
        return Grid(tuple(head[:1].upper() + head[1:] for head in heads), rows)

    def listed(self, texts: Iterable[str]) -> str:
        """Give texts as one, with the language's comma."""
        return {"zh": "、", "en": ", "}[self.lang].join(texts)

    def label_of(self, schema: str, field: str) -> str:
        """Give the label of a field of a bundled schema."""
        return load(schema).by_name[field].label(self.lang)

    @property
    def sales(self) -> str:
        """Give the name of who keeps the eastern customers."""
        return self.say("person.sales")

    @property
    def office(self) -> str:
        """Give the name of who keeps the head office's list."""
        return self.say("person.office")

    @property
    def finance(self) -> str:
        """Give the name of who books the payments."""
        return self.say("person.finance")

    @property
    def trainee(self) -> str:
        """Give the name of who began this week."""
        return self.say("person.trainee")

    @property
    def books(self) -> tuple[Book, ...]:
        """Give the bound tabs in the order in which they are bound."""
        customers, orders, payments = (self.say(f"tab.{name}") for name in ("customers", "orders", "payments"))
        office, east, ordered, paid = (self.say(f"file.{name}") for name in ("office", "east", "orders", "finance"))
        return (
            Book("head-office", office, customers, "customers", "head-office"),
            Book("sales-east", east, customers, "customers", "sales-east"),
            Book("orders", ordered, orders, "orders", "head-office"),
            Book("finance", paid, payments, "payments", "finance"),
            Book("finance-customers", paid, customers, "customers", "finance"),
        )

    def book(self, sheet: str) -> Book:
        """Give a bound tab by its sheet's name."""
        return next(book for book in self.books if book.sheet == sheet)

    def path(self, sheet: str) -> Path:
        """Give the workbook of a sheet."""
        return self.folder / self.book(sheet).file

    @property
    def files(self) -> tuple[str, ...]:
        """Give the names of the workbooks."""
        return tuple(dict.fromkeys(book.file for book in self.books))


def records(name: str, lang: Lang) -> list[Record]:
    """Give the rows of one of the demo's lists; columns that end in a language's name are that language's."""
    text = (files("sheetward.demo") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    other = {"zh": "_en", "en": "_zh"}[lang]
    return [
        {column.removesuffix(f"_{lang}"): cell for column, cell in row.items() if not column.endswith(other)}
        for row in csv.DictReader(text.splitlines())
    ]
