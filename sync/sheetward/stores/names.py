"""Under which word a field's values are stored: the first name it ever had, whatever it is called today.

The words stand beside each recorded version of a schema. So a rename writes one record and no value: rows, history,
overlays, remembered revisions, items, counters and rules go on under the stored word, and are read under today's name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, cast

from sheetward.cells import Json

_STORED: Final = "x:stored"
_RETIRED: Final = "x:retired"


def _none() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Names:
    """`stored` is today's name to stored word where they differ; `retired` stored word to the last name of a removed field."""

    stored: Mapping[str, str] = field(default_factory=_none)
    retired: Mapping[str, str] = field(default_factory=_none)
    fields: tuple[str, ...] = ()
    """Today's names."""

    @property
    def is_plain(self) -> bool:
        """Say whether every name is its own word."""
        return not self.stored and not self.retired

    @cached_property
    def _called(self) -> Mapping[str, str]:
        """Stored word to what it is called: today's name, or for a removed field the last one, told apart where taken."""
        called = {word: name for name, word in self.stored.items()}
        used = {*self.fields, *called.values()}
        for word, last in sorted(self.retired.items()):
            name, number = last, 1
            while name in used:
                name, number = f"{last}~{number}", number + 1
            used.add(name)
            called[word] = name
        return called

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return {name: word for word, name in self._called.items()}

    def word(self, name: str) -> str:
        """Give the stored word of a name."""
        return self._words.get(name, name)

    def name(self, word: str) -> str:
        """Give what a stored word is called, also that of a removed field."""
        return self._called.get(word, word)

    def today(self, word: str) -> str | None:
        """Give the field that a stored word means today; `None` where it was removed."""
        return None if word in self.retired else self.name(word)

    def evolved(self, fields: Collection[str], former: Mapping[str, str]) -> Names:
        """Give the names under a new version with these fields; `former` is new name to old name of the same field.

        A field that comes back under its last name finds its past again; any other new field gets a word that never was.
        """
        words = {name: self.word(former[name]) for name in fields if name in former}
        taken = set(words.values())
        gone = {self.word(old): old for old in self.fields if self.word(old) not in taken}
        retired = {**self.retired, **gone}
        ever = taken | retired.keys()
        for name in fields:
            if name in words:
                continue
            back = [word for word, last in sorted(retired.items()) if last == name and word not in taken]
            word, number = (back[0] if back else name), 2
            while not back and word in ever:
                word, number = f"{name}~{number}", number + 1
            words[name] = word
            taken.add(word)
            ever.add(word)
        return Names(
            {name: word for name, word in words.items() if name != word},
            {word: last for word, last in retired.items() if word not in taken},
            tuple(fields),
        )


def fields_of(data: Json) -> tuple[str, ...]:
    """Give the names of a recorded schema's fields."""
    listed = cast("Mapping[str, Json]", data).get("fields") if isinstance(data, dict) else None
    entries = cast("Iterable[Mapping[str, str]]", listed or ())
    return tuple(entry["name"] for entry in entries)


def names_in(data: Json) -> Names:
    """Read the stored words out of a recorded schema."""
    if not isinstance(data, dict):
        return Names()
    stored = cast("Mapping[str, str]", data.get(_STORED) or {})
    retired = cast("Mapping[str, str]", data.get(_RETIRED) or {})
    return Names(stored, retired, fields_of(data))


def bare(data: Json) -> Json:
    """Give a recorded schema as it was written."""
    if not isinstance(data, dict):
        return data
    return {key: entry for key, entry in data.items() if key not in (_STORED, _RETIRED)}


def recorded(data: Json, names: Names) -> Json:
    """Give a schema as it is to be recorded."""
    words = {_STORED: dict(names.stored), _RETIRED: dict(names.retired)}
    if not isinstance(data, dict):
        return data
    return {**data, **{key: cast("Json", entry) for key, entry in words.items() if entry}}
