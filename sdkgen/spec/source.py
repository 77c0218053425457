"""Reads the text of an sdk.toml and finds the line of every table and key."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdkgen.errors import SpecError
from sdkgen.schema import Location


@dataclass(frozen=True, kw_only=True)
class Source:
    """A TOML file that parsed.

    Attributes:
        path: the file, absolute.
        document: the result of tomllib.
        lines: 1-based line of every table, key and array element.
    """

    path: Path
    document: dict[str, Any]
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """Return the line of `location`, or of the nearest table around it when the key is not in the file; else 1."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def place(self, location: Location) -> str:
        """Return `file:line`, with the file as the user would type it."""
        return f"{shown(self.path)}:{self.line(location)}"


def read(path: Path) -> Source:
    """Read and parse a TOML file.

    Raises:
        SpecError: it is missing, cannot be read, is not UTF-8, is empty or is not TOML.
    """
    path = path.absolute()
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise SpecError(
            f"{shown(path)}: there is no such file",
            remedy="Give the path of an sdk.toml: scons target=android spec=path/to/sdk.toml",
        ) from None
    except IsADirectoryError:
        raise SpecError(f"{shown(path)}: this is a folder", remedy="Give the path of the sdk.toml in it.") from None
    except UnicodeDecodeError as error:
        raise SpecError(f"{shown(path)}: not UTF-8 text ({error})", remedy="Save the file as UTF-8.") from error
    except OSError as error:
        raise SpecError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = int(line.group(1)) if line else text.count("\n") + 1
        raise SpecError(f"{shown(path)}:{where}: not TOML: {error}") from error
    if not document:
        raise SpecError(
            f"{shown(path)}: the file is empty",
            remedy="sample_apps/photo_tagger/sdk.toml is an example with every table explained.",
        )
    return Source(path=path, document=document, lines=key_lines(text))


def shown(path: Path) -> str:
    """Return the path as a user would type it: relative to the working folder where it is inside of it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return os.fspath(path)


def key_lines(text: str) -> dict[Location, int]:
    """Return the line of every table header, key and array element of a TOML text that tomllib accepts."""
    return _LineFinder(text).lines


_TOKEN = re.compile(
    r"""
      (?P<blank>   [ \t\r]+ | \#[^\n]* )
    | (?P<newline> \n )
    | (?P<text>    \"{3} (?: \\. | [^\\] )*? \"{3} \"{0,2}
                 | '{3} .*? '{3} '{0,2}
                 | " (?: \\. | [^"\\\n] )* "
                 | ' [^'\n]* ' )
    | (?P<mark>    [\[\]{}=,.] )
    | (?P<word>    [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "blank":
            yield _Token(match.lastgroup or "", match.group(), line)
        line += match.group().count("\n")
    yield _Token("end", "", line)


class _LineFinder:
    """Recursive descent over valid TOML that keeps only positions."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Location, int] = {}
        self._tokens = list(_tokens(text))
        self._at = 0
        self._array_lengths: dict[Location, int] = {}
        self._document()

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _accept(self, *texts: str) -> bool:
        """Step over one of `texts`; a quoted string never counts as punctuation."""
        if self._token.kind in ("mark", "newline") and self._token.text in texts:
            self._at += 1
            return True
        return False

    def _document(self) -> None:
        table: Location = ()
        while self._token.kind != "end":
            line = self._token.line
            if self._accept("\n"):
                continue
            if self._accept("["):
                is_array = self._accept("[")
                table = self._table(self._key(), is_array=is_array, line=line)
                while self._accept("]"):
                    pass
            else:
                self._pair(table)

    def _table(self, key: tuple[str, ...], *, is_array: bool, line: int) -> Location:
        """Return the full location of a table header: names of arrays of tables get their newest index."""
        location: Location = ()
        for position, name in enumerate(key):
            location = (*location, name)
            self.lines.setdefault(location, line)
            if is_array and position == len(key) - 1:
                self._array_lengths[location] = self._array_lengths.get(location, 0) + 1
            if location in self._array_lengths:
                location = (*location, self._array_lengths[location] - 1)
        self.lines.setdefault(location, line)
        return location

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            token = self._token
            self._at += 1
            names.append(next(iter(tomllib.loads(f"{token.text} = 0"))) if token.kind == "text" else token.text)
            if not self._accept("."):
                return tuple(names)

    def _pair(self, table: Location) -> None:
        line = self._token.line
        location = table
        for name in self._key():
            location = (*location, name)
            self.lines.setdefault(location, line)
        self._accept("=")
        self._value(location)

    def _value(self, location: Location) -> None:
        if self._accept("["):
            index = 0
            while not self._accept("]"):
                if self._accept("\n", ","):
                    continue
                self.lines[*location, index] = self._token.line
                self._value((*location, index))
                index += 1
        elif self._accept("{"):
            while not self._accept("}"):
                if not self._accept("\n", ","):
                    self._pair(location)
        else:
            # A number such as 1.5 or a date is several tokens; it ends where no value can go on.
            while self._token.kind in ("word", "text") or (self._token.kind == "mark" and self._token.text == "."):
                self._at += 1
