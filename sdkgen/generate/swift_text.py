"""Formats values, free text and parameter lists as Swift source: literals keep their value, comments stay comments."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sdkgen.tasks.base import Option

LINE_LENGTH = 120
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_ITEM = re.compile(r"^(\d*)([-+.)])(?=\s)")


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The inputs of a method: its parameters, their documentation, and the statement that collects them.

    Attributes:
        tensors: identifiers of the parameters, or () for a package whose input is an image.
        documented: one entry of DocC per parameter.
    """

    tensors: tuple[str, ...]
    documented: tuple[str, ...]

    def declare(self, *further: str) -> str:
        """Return the parameter list and effects; `further` parameters such as "topK: Int = 5" come last."""
        if not self.tensors:
            return "(" + ", ".join(["_ image: PixelImage", *further]) + ") async throws"
        return "(\n    " + ",\n    ".join([*(f"{t}: [Float]" for t in self.tensors), *further]) + "\n  ) async throws"

    def document(self, *further: str) -> str:
        """Return the lines of a method's documentation; `further` parameters are documented last."""
        if not self.tensors and not further:
            return f"  /// - Parameter {self.documented[0]}"
        return "\n".join(["  /// - Parameters:", *(f"  ///   - {line}" for line in (*self.documented, *further))])

    def tensors_statement(self) -> str:
        """Return `let tensors = […]`."""
        if len(self.tensors) == 1:
            return f"    let tensors = [{self.tensors[0]}]"
        return "    let tensors = [\n" + "".join(f"      {name},\n" for name in self.tensors) + "    ]"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The task's parameters with defaults, as an overload declares them and passes them on."""

    options: tuple[Option, ...]

    def declared(self, own: Iterable[str]) -> list[str]:
        """Return the overload's `own` parameters, then the options."""
        return [*own, *(f"{option.name}: {option.type} = {option.default}" for option in self.options)]

    def passed(self, own: Iterable[str]) -> list[str]:
        """Return the overload's `own` arguments of the main call, then the options."""
        return [*own, *(f"{option.name}: {option.name}" for option in self.options)]


def swift_string(text: str) -> str:
    """Return a Swift string literal, quotes included."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(c, c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text) + '"'


def strings(values: Sequence[str], indent: int) -> str:
    """Return an array of string literals; `indent` is that of its statement."""
    return _array([swift_string(value) for value in values], indent)


def arrays(values: Sequence[Sequence[int]], indent: int) -> str:
    """Return an array of arrays of integers; `indent` is that of its statement."""
    return _array(["[" + ", ".join(map(str, value)) + "]" for value in values], indent)


def _array(elements: Sequence[str], indent: int) -> str:
    """Return the array on one line, or with one element per line where that is too long."""
    line = "[" + ", ".join(elements) + "]"
    if len(line) <= LINE_LENGTH // 2:
        return line
    space = " " * indent
    return "[\n" + "".join(f"{space}  {element},\n" for element in elements) + space + "]"


def markdown(text: str) -> str:
    """Escape prose as Markdown, so that every character is shown literally; paragraphs are kept."""
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    return "\n\n".join(_LIST_ITEM.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", p)) for p in paragraphs)


def doc(text: str, indent: int = 0) -> str:
    """Wrap free text as lines of a documentation comment that follow `indent` spaces and `/// `."""
    lead = " " * indent + "/// "
    lines = [
        textwrap.wrap(p, LINE_LENGTH - len(lead), break_long_words=False, break_on_hyphens=False)
        for p in markdown(text).split("\n\n")
    ]
    return f"\n{lead.rstrip()}\n{lead}".join(f"\n{lead}".join(paragraph) for paragraph in lines)


def shape(dimensions: Sequence[int]) -> str:
    """Format (1, 3) as `(1, 3)`."""
    return "(" + ", ".join(map(str, dimensions)) + ")"
