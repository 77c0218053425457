"""Values, free text and parameter lists as Kotlin source: literals mean what was given, comments stay comments."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from sdkgen.generate import naming

LINE_LENGTH = 120
_FLOAT_DIGITS = 9  # distinguish any two float32 values


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What an app hands to a member function: its parameters, their documentation, and the arguments that repeat them.

    Attributes:
        tensors: identifiers of the parameters, or () for an SDK whose input is a bitmap.
        documented: one entry per line of KDoc about them.
    """

    tensors: tuple[str, ...]
    documented: tuple[str, ...]

    def declare(self, *further: str) -> str:
        """The parameter list; `further` parameters such as "topK: Int = 5" stand last."""
        own = [f"{name}: FloatArray" for name in self.tensors] or ["bitmap: Bitmap"]
        declared = [*own, *further]
        return f"({declared[0]})" if len(declared) == 1 else "(" + _lines(declared, 8) + "    )"

    def arguments(self, *further: str) -> str:
        """The argument list of a call inside `withContext`."""
        if not self.tensors:
            return "(" + ", ".join(["bitmap", *further]) + ")"
        return "(" + _lines([*self.tensors, *further], 16) + "            )"

    def document(self) -> str:
        """Lines of a member's KDoc."""
        return "\n".join(f"     * {line}" for line in self.documented)

    def run(self, reader: str) -> str:
        """The run of the session, behind `=`; `reader` is the function that turns its buffers into the result."""
        if not self.tensors:
            return f" this.session.runImage(pixelsOf(bitmap), {reader})"
        listed = "listOf(" + _lines(self.tensors, 16) + "            )"
        return "\n        this.session.runTensors(" + _lines(["INPUT_NAMES", listed, reader], 12) + "        )"


def _lines(entries: Sequence[str], indent: int) -> str:
    """One entry a line, each with the trailing comma that ktlint demands."""
    return "\n" + "".join(f"{' ' * indent}{entry},\n" for entry in entries)


def kotlin_string(text: str) -> str:
    """A Kotlin string literal, quotes included."""
    special = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(c, c if c.isprintable() else _unicode_escape(c)) for c in text) + '"'


def _unicode_escape(character: str) -> str:
    """UTF-16 code units, as Kotlin counts."""
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le", "surrogatepass")).cast("H"))


def kdoc(text: str, indent: int = 0) -> str:
    """Free text as lines of a KDoc comment, wrapped, to stand after `indent` spaces and ` * `.

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
    """(1, 3) as `(1, 3)`."""
    return "(" + ", ".join(map(str, dimensions)) + ")"


def constant(pascal: str) -> str:
    """`ModelNotFound` as `MODEL_NOT_FOUND`."""
    return "_".join(naming.words(pascal)).upper()


def floats(values: Sequence[float]) -> str:
    """Numbers in decimal, as many digits as float32 has."""
    return ", ".join(f"{v:.{_FLOAT_DIGITS}g}" for v in values)
