"""Run the examples of docs/clean-data.md and write what they print into it: `python docs/fill_examples.py`."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _printed(call: str, folder: Path) -> list[str]:
    """Give a call and the lines that it prints; those of the error where it is refused."""
    line = call.removeprefix("$ ").partition("    #")[0]
    given, _, command = line.rpartition(" | ")
    stdin = shlex.split(given)[1] + "\n" if given else ""
    arguments = [sys.executable, "-m", *shlex.split(command)]
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(  # noqa: S603 - calls that stand in our own page
        arguments, input=stdin, capture_output=True, encoding="utf-8", cwd=folder, env=environment, check=False
    )
    text = done.stdout + (done.stderr if done.returncode == 2 else "")
    return [call, *(shown.rstrip() for shown in text.splitlines())]


def filled(text: str) -> str:
    """Give the text with each block's calls run, one after the other, on copies of the example files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in (DOCS / "examples").iterdir():
            shutil.copy(path, folder)

        def run(block: re.Match[str]) -> str:
            calls = [line for line in block[1].splitlines() if line.startswith("$ ")]
            lines = [line for call in calls for line in _printed(call, folder)]
            return "\n".join(["```console", *lines, "```"])

        return BLOCK.sub(run, text)


if __name__ == "__main__":
    page = DOCS / "clean-data.md"
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
