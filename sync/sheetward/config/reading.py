"""Reading `sheetward.yaml`: all mistakes at once, each with its line and the nearest known key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from sheetward.cells import Json
from sheetward.config.settings import CONFIG_NAME, Config, GuardLimits, SheetEntry, TableEntry
from sheetward.errors import UserError
from sheetward.messages import LANGS, Lang

_LARGEST = 1_000_000
_TOP = ("store", "language", "timezone", "tables", "sheets", "roles", "guards", "schedule", "backups")
_SHEET = ("file", "google", "tab", "table", "role")
_ROLE = ("rows", "columns", "insert", "delete", "move_out", "tables")
_GUARDS = ("deletion_share", "deletion_rows", "deletion_cap")

Mistake: TypeAlias = dict[str, object]
Node: TypeAlias = "dict[str, object]"
"""A mapping of the document, which knows the line of each key (a `CommentedMap`)."""


def as_node(value: object) -> Node | None:
    """Give a value as a mapping of the document, `None` where it is none."""
    return cast("Node", value) if isinstance(value, CommentedMap) else None


def new_node() -> Node:
    """Make an empty mapping of a document."""
    return cast("Node", CommentedMap())


def find_workspace(start: Path) -> Path:
    """Give the nearest folder upwards that holds `sheetward.yaml`; `UserError('workspace.none')` where there is none."""
    folder = start.absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
    raise UserError("workspace.none", path=str(folder))


def round_trip() -> YAML:
    """Give the reader that keeps comments, order and quotes."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def load_document(path: Path) -> Node:
    """Read the file as a document with positions. `UserError`: `config.unreadable`, `config.syntax`, `config.twice`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UserError("config.unreadable", path=str(path)) from problem
    if len(text) > _LARGEST:
        raise UserError("config.unreadable", path=str(path))
    try:
        document: object = round_trip().load(text)
    except YAMLError as problem:
        line = int(getattr(getattr(problem, "problem_mark", None), "line", 0)) + 1
        if isinstance(problem, DuplicateKeyError):
            key = text.splitlines()[line - 1].partition(":")[0].strip()
            raise UserError("config.twice", path=str(path), line=line, key=key) from problem
        raise UserError("config.syntax", path=str(path), line=line) from problem
    if document is None:
        return new_node()
    node = as_node(document)
    if node is None:
        raise UserError("config.syntax", path=str(path), line=1)
    return node


def read_config(root: Path) -> Config:
    """Read and check a workspace's settings. `UserError('config.wrong')` names all mistakes in its fact `mistakes`."""
    path = root / CONFIG_NAME
    if not path.is_file():
        raise UserError("workspace.none", path=str(root.absolute()))
    check = _Check(load_document(path), root.absolute())
    config = check.config()
    if check.mistakes:
        check.mistakes.sort(key=lambda mistake: cast("int", mistake["line"]))
        raise UserError("config.wrong", path=str(path), count=len(check.mistakes), mistakes=check.mistakes)
    return config


def plain(node: object) -> Json:
    """Give a node as plain data, without positions and comments."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in cast("Mapping[object, object]", node).items()}
    if isinstance(node, list):
        return [plain(value) for value in cast("list[object]", node)]
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


class _Check:
    """One pass over the document, which collects mistakes."""

    def __init__(self, document: Node, root: Path) -> None:
        self.document = document
        self.root = root
        self.mistakes: list[Mistake] = []

    def wrong(self, node: Node, key: object, code: str, **facts: object) -> None:
        try:
            position: tuple[int, int] = getattr(node, "lc").key(key)  # noqa: B009 - a `CommentedMap` behind its mapping type
            line = position[0] + 1
        except (KeyError, TypeError, AttributeError):
            line = 1
        self.mistakes.append({"line": line, "key": str(key), "code": code, **facts})

    def known(self, node: Node, names: tuple[str, ...]) -> None:
        for key in node:
            if key not in names:
                near = get_close_matches(str(key), names, n=1, cutoff=0.5)
                code = "config.unknown_key_near" if near else "config.unknown_key"
                self.wrong(node, key, code, near=near[0] if near else "", known=list(names))

    def mapping(self, node: Node, key: str) -> Node:
        value = node.get(key)
        below = as_node(value)
        if below is None and value is not None:
            self.wrong(node, key, "config.not_mapping")
        return below or new_node()

    def text(self, node: Node, key: str, default: str = "") -> str:
        value = node.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            return str(value)
        self.wrong(node, key, "config.not_text")
        return default

    def number(self, node: Node, key: str, default: float, fits: Callable[[float], bool]) -> float:
        value = node.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and fits(float(value)):
            return float(value)
        self.wrong(node, key, "config.not_number")
        return default

    def config(self) -> Config:
        top = self.document
        self.known(top, _TOP)
        tables = self.tables()
        roles = self.roles(tables)
        return Config(
            root=self.root,
            store=self.store(),
            language=self.language(),
            timezone=self.zone(),
            tables=tables,
            sheets=self.sheets(tables, roles),
            roles=roles,
            guards=self.guards(),
            schedule=plain(top.get("schedule")),
            backups=plain(top.get("backups")),
        )

    def store(self) -> str:
        url = self.text(self.document, "store", "sqlite:///sheetward.db")
        kind = url.partition(":")[0]
        if kind == "postgresql":
            self._database(url)
        elif not url.startswith("sqlite:///") or url == "sqlite:///":
            self.wrong(self.document, "store", "config.store", kind=kind)
        return url

    def _database(self, url: str) -> None:
        """Check an address without repeating it. A settings file is copied, mailed and kept: no place for a password."""
        try:
            parts = urlsplit(url)
            has_password = parts.password is not None or "password" in parse_qs(parts.query)
        except ValueError:
            self.wrong(self.document, "store", "config.database")
            return
        if has_password:
            self.wrong(self.document, "store", "config.store_password")
        elif not parts.path.strip("/"):
            self.wrong(self.document, "store", "config.database")

    def language(self) -> Lang:
        value = self.text(self.document, "language", "zh")
        for lang in LANGS:
            if value == lang:
                return lang
        self.wrong(self.document, "language", "config.language", value=value, known=list(LANGS))
        return "zh"

    def zone(self) -> ZoneInfo:
        name = self.text(self.document, "timezone", "Asia/Shanghai")
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            self.wrong(self.document, "timezone", "config.timezone", value=name)
            return ZoneInfo("UTC")

    def tables(self) -> dict[str, TableEntry]:
        node = self.mapping(self.document, "tables")
        found: dict[str, TableEntry] = {}
        for key in node:
            word, entry = node[key], as_node(node[key])
            if isinstance(word, str):
                found[str(key)] = TableEntry(str(key), str(word))
            elif entry is not None and self.text(entry, "schema"):
                self.known(entry, ("schema",))
                found[str(key)] = TableEntry(str(key), self.text(entry, "schema"))
            else:
                self.wrong(node, key, "config.no_schema")
        return found

    def sheets(self, tables: Mapping[str, TableEntry], roles: Mapping[str, Json]) -> dict[str, SheetEntry]:
        node = self.mapping(self.document, "sheets")
        found: dict[str, SheetEntry] = {}
        for key in node:
            entry = as_node(node[key])
            if entry is None:
                self.wrong(node, key, "config.not_mapping")
                continue
            self.known(entry, _SHEET)
            table, role = self.text(entry, "table"), self.text(entry, "role") or None
            file, google = self.text(entry, "file"), self.text(entry, "google") or None
            if bool(file) == bool(google):
                self.wrong(node, key, "config.sheet_place")
            if table not in tables:
                self._unknown_name(entry if "table" in entry else node, "table", key, table, tables)
            if role is not None and role not in roles:
                self._unknown_name(entry, "role", key, role, roles)
            path = (self.root / Path(file).expanduser()).absolute() if file else None
            found[str(key)] = SheetEntry(str(key), table, path, google, self.text(entry, "tab") or None, role)
        return found

    def _unknown_name(self, node: Node, kind: str, sheet: object, name: str, known: Mapping[str, object]) -> None:
        near = get_close_matches(name, list(known), n=1)
        self.wrong(
            node,
            kind if kind in node else sheet,
            f"config.unknown_{kind}",
            value=name,
            sheet=str(sheet),
            near=near,
            known=list(known),
        )

    def roles(self, tables: Mapping[str, TableEntry]) -> dict[str, Json]:
        node = self.mapping(self.document, "roles")
        found: dict[str, Json] = {}
        for key in node:
            entry = as_node(node[key])
            if entry is None:
                self.wrong(node, key, "config.not_mapping")
                continue
            self.known(entry, _ROLE)
            for table in self.mapping(entry, "tables"):
                if table not in tables:
                    self.wrong(
                        self.mapping(entry, "tables"),
                        table,
                        "config.unknown_table",
                        value=str(table),
                        sheet=str(key),
                        near=get_close_matches(str(table), list(tables), n=1),
                        known=list(tables),
                    )
            found[str(key)] = plain(entry)
        return found

    def guards(self) -> GuardLimits:
        node = self.mapping(self.document, "guards")
        self.known(node, _GUARDS)
        default = GuardLimits()
        return GuardLimits(
            share=self.number(node, "deletion_share", default.share, lambda n: 0 <= n <= 1),
            rows=int(self.number(node, "deletion_rows", default.rows, lambda n: n >= 0 and n == int(n))),
            cap=int(self.number(node, "deletion_cap", default.cap, lambda n: n >= 0 and n == int(n))),
        )
