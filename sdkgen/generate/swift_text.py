"""Values and free text as Swift source: string literals mean what was given, comments stay comments."""

import re
import textwrap
from collections.abc import Sequence

LINE_LENGTH = 120
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_ITEM = re.compile(r"^(\d*)([-+.)])(?=\s)")


def swift_string(text: str) -> str:
    """A Swift string literal, quotes included."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(c, c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text) + '"'


def strings(values: Sequence[str], indent: int) -> str:
    """An array of string literals; `indent` is that of its statement."""
    return _array([swift_string(value) for value in values], indent)


def arrays(values: Sequence[Sequence[int]], indent: int) -> str:
    """An array of arrays of integers; `indent` is that of its statement."""
    return _array(["[" + ", ".join(map(str, value)) + "]" for value in values], indent)


def _array(elements: Sequence[str], indent: int) -> str:
    """On one line, or one element a line where that is too long."""
    line = "[" + ", ".join(elements) + "]"
    if len(line) <= LINE_LENGTH // 2:
        return line
    space = " " * indent
    return "[\n" + "".join(f"{space}  {element},\n" for element in elements) + space + "]"


def markdown(text: str) -> str:
    """Prose as Markdown that shows every character as it is; paragraphs are kept."""
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    return "\n\n".join(_LIST_ITEM.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", p)) for p in paragraphs)


def doc(text: str, indent: int = 0) -> str:
    """Free text as lines of a documentation comment, wrapped, to stand after `indent` spaces and `/// `."""
    lead = " " * indent + "/// "
    lines = [
        textwrap.wrap(p, LINE_LENGTH - len(lead), break_long_words=False, break_on_hyphens=False)
        for p in markdown(text).split("\n\n")
    ]
    return f"\n{lead.rstrip()}\n{lead}".join(f"\n{lead}".join(paragraph) for paragraph in lines)


def shape(dimensions: Sequence[int]) -> str:
    """(1, 3) as `(1, 3)`."""
    return "(" + ", ".join(map(str, dimensions)) + ")"
