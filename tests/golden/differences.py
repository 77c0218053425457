"""Golden files: one SDK in full, the others as differences to it; people read both."""

import difflib
from collections.abc import Mapping
from pathlib import Path


def check(folder: Path, rendered: Mapping[str, str], *, update: bool) -> None:
    """Hold rendered files against the files of `folder`, one for one."""
    if update:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, text in rendered.items():
            (folder / path).write_text(text, encoding="utf-8")
    golden = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert rendered == golden, "pytest tests/golden --update-goldens, then read the difference"


def check_difference(
    golden: Path, full: Mapping[str, str], rendered: Mapping[str, str], names: Mapping[str, str], *, update: bool
) -> None:
    """Hold the difference between two SDKs' files against the file `golden`.

    Args:
        full: files of the SDK that has a golden of its own.
        names: in its files and their names, what the other SDK has instead.
    """
    found = "".join(_difference(_renamed(full, names), rendered))
    if update:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), "pytest tests/golden --update-goldens, then read the difference"


def _renamed(files: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {_replaced(path, names): _replaced(text, names) for path, text in files.items()}


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for path in sorted({*before, *after}):
        old, new = (files.get(path, "").splitlines(keepends=True) for files in (before, after))
        if path not in after:
            lines.append(f"=== {path}: not there\n")
        elif old != new:
            lines.append(f"=== {path}\n")
            changes = list(difflib.unified_diff(old, new, n=1))[2:]
            lines += [line if line.endswith("\n") else f"{line}\n" for line in changes]
    return lines
