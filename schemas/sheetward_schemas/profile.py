"""The JSON Schema of schema files, for editors: the standard's profile and our `x:` properties.

It is made from the shapes that the parser checks by, so both say the same; `python -m sheetward_schemas.profile`
writes `profile.json` anew.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Final

from sheetward_schemas.vocabulary import SCHEMA, STANDARD_PROFILE

PROFILE_NAME: Final = "profile.json"


def profile() -> dict[str, object]:
    """Give the profile as JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sheetward table schema",
        "description": "Table Schema 2.0 with the x: properties of Sheetward",
        "allOf": [{"$ref": STANDARD_PROFILE}, SCHEMA.json_schema()],
    }


def profile_text() -> str:
    """Give the profile as it stands in the file."""
    return json.dumps(profile(), ensure_ascii=False, indent=2) + "\n"


def bundled_profile() -> str:
    """Give the text of the bundled file."""
    return (files("sheetward_schemas") / PROFILE_NAME).read_text(encoding="utf-8")


if __name__ == "__main__":
    (Path(__file__).parent / PROFILE_NAME).write_text(profile_text(), encoding="utf-8")
