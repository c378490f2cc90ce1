"""Relationships between the parts of a package. Targets are resolved inside it; external ones are never followed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from sheetward.errors import UserError
from sheetward.xlsx.package import Package
from sheetward.xlsx.tree import children, read_tree


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship. `kind` is the last word of its type (`worksheet`, `styles`); `target` is a part name."""

    id: str
    kind: str
    type: str
    target: str
    is_external: bool


def relations_part(part: str) -> str:
    """Give the name of the part that holds a part's relationships; the package's own for the empty name.

    >>> relations_part("xl/workbook.xml"), relations_part("")
    ('xl/_rels/workbook.xml.rels', '_rels/.rels')
    """
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"


def relations(package: Package, part: str) -> tuple[Relation, ...]:
    """Give a part's relationships; none where it has no such part. `UserError('workbook.unsafe_path')` for a target outside."""
    source = relations_part(part)
    if source not in package:
        return ()
    found: list[Relation] = []
    for element in children(read_tree(package, source), "Relationship"):
        kind = element.get("Type", "")
        target = element.get("Target", "")
        is_external = element.get("TargetMode") == "External"
        if not is_external:
            target = resolve(package, part, target)
        found.append(Relation(element.get("Id", ""), kind.rpartition("/")[2], kind, target, is_external))
    return tuple(found)


def resolve(package: Package, part: str, target: str) -> str:
    """Give the part that a target names, seen from a part.

    `UserError('workbook.unsafe_path')` where it leads out of the package.
    """
    target = target.partition("#")[0].replace("\\", "/")
    steps = [] if target.startswith("/") else part.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            if not steps:
                raise UserError("workbook.unsafe_path", file=package.file, part=target)
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    name = "/".join(steps)
    if name not in package and "%" in name:
        plain = unquote(name)
        if ".." in plain.split("/"):
            raise UserError("workbook.unsafe_path", file=package.file, part=target)
        return plain
    return name


def first_of(found: tuple[Relation, ...], kind: str) -> Relation | None:
    """Give the first internal relationship of a kind."""
    return next((relation for relation in found if relation.kind == kind and not relation.is_external), None)
