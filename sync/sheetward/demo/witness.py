"""Proofs that need nothing of ours: digests of files, and a search of everything that a workbook's zip holds."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Give the SHA-256 of files by name."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def found_in(path: Path, texts: Iterable[str]) -> list[str]:
    """Give those of the texts that stand anywhere in the unzipped parts of a workbook, or in its raw bytes."""
    with zipfile.ZipFile(path) as archive:
        everything = b"\n".join([path.read_bytes(), *(archive.read(name) for name in archive.namelist())])
    return [
        text
        for text in texts
        if any(
            spelled.encode(code) in everything for spelled in {text, escape(text)} for code in ("utf-8", "utf-16-le")
        )
    ]
