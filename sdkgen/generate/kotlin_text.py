"""Formats values, free text and parameter lists as Kotlin source: literals keep their value, comments stay comments."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from sdkgen.generate import naming

LINE_LENGTH = 120
_FLOAT_DIGITS = 9  # distinguish any two float32 values


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The inputs of a member function: its parameters, their documentation, and the arguments that repeat them.

    Attributes:
        tensors: identifiers of the parameters, or () for an SDK whose input is a bitmap.
        documented: one entry per line of KDoc about them.
    """

    tensors: tuple[str, ...]
    documented: tuple[str, ...]

    def declare(self, *further: str) -> str:
        """Return the parameter list; `further` parameters such as "topK: Int = 5" come last."""
        own = [f"{name}: FloatArray" for name in self.tensors] or ["bitmap: Bitmap"]
        declared = [*own, *further]
        return f"({declared[0]})" if len(declared) == 1 else "(" + _lines(declared, 8) + "    )"

    def arguments(self, *further: str) -> str:
        """Return the argument list of a call inside `withContext`."""
        if not self.tensors:
            return "(" + ", ".join(["bitmap", *further]) + ")"
        return "(" + _lines([*self.tensors, *further], 16) + "            )"

    def document(self) -> str:
        """Return the lines of a member's KDoc."""
        return "\n".join(f"     * {line}" for line in self.documented)

    def run(self, reader: str) -> str:
        """Return the expression that runs the session; the function `reader` turns its buffers into the result."""
        if not self.tensors:
            return f" this.session.runImage(pixelsOf(bitmap), {reader})"
        listed = "listOf(" + _lines(self.tensors, 16) + "            )"
        return "\n        this.session.runTensors(" + _lines(["INPUT_NAMES", listed, reader], 12) + "        )"


def _lines(entries: Sequence[str], indent: int) -> str:
    """Format one entry per line, each with the trailing comma that ktlint demands."""
    return "\n" + "".join(f"{' ' * indent}{entry},\n" for entry in entries)


def kotlin_string(text: str) -> str:
    """Return a Kotlin string literal, quotes included."""
    special = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(c, c if c.isprintable() else _unicode_escape(c)) for c in text) + '"'


def _unicode_escape(character: str) -> str:
    """Escape a character as UTF-16 code units, Kotlin's unit of text."""
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le", "surrogatepass")).cast("H"))


def kdoc(text: str, indent: int = 0) -> str:
    """Wrap free text as lines of a KDoc comment that follow `indent` spaces and ` * `.

    Nothing in it can end the comment, open another, or become a tag or a link.
    """
    for mark, entity in (("&", "&amp;"), ("*/", "*&#47;"), ("/*", "/&#42;"), ("[", "&#91;"), ("@", "&#64;")):
        text = text.replace(mark, entity)
    lead = " " * indent + " * "
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    width = LINE_LENGTH - len(lead)
    wrapped = [textwrap.wrap(p, width, break_long_words=False, break_on_hyphens=False) for p in paragraphs]
    return f"\n{lead.rstrip()}\n{lead}".join(f"\n{lead}".join(lines) for lines in wrapped)


def shape(dimensions: Sequence[int]) -> str:
    """Format (1, 3) as `(1, 3)`."""
    return "(" + ", ".join(map(str, dimensions)) + ")"


def constant(pascal: str) -> str:
    """Convert `ModelNotFound` to `MODEL_NOT_FOUND`."""
    return "_".join(naming.words(pascal)).upper()


def floats(values: Sequence[float]) -> str:
    """Format numbers in decimal with the digits of float32."""
    return ", ".join(f"{v:.{_FLOAT_DIGITS}g}" for v in values)
