"""Free text in Kotlin source: string literals mean what was given, comments stay comments."""

import re

from hypothesis import given
from hypothesis import strategies as st

from sdkgen.generate.kotlin_text import kdoc, kotlin_string


def unescape(literal: str) -> str:
    """What kotlinc makes of a string literal without templates."""
    assert literal[0] == literal[-1] == '"'
    simple = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$"}
    units = re.sub(
        r"\\(u([0-9a-f]{4})|.)", lambda m: chr(int(m[2], 16)) if m[2] else simple[m[1]], literal[1:-1], flags=re.DOTALL
    )
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@given(st.text())
def test_literal_means_the_text(text: str) -> None:
    literal = kotlin_string(text)
    assert unescape(literal) == text
    assert not re.search(r'(?<!\\)(\\\\)*["$\n]', literal[1:-1])


@given(st.text(alphabet="*/[]@ \n\rab&"))
def test_comment_cannot_be_ended_or_nested(text: str) -> None:
    lines = kdoc(text, 4)
    assert "*/" not in lines.replace("\n     * ", "\n")
    assert "/*" not in lines
    assert "@" not in lines
    assert "[" not in lines


def test_comment_is_wrapped_and_keeps_paragraphs() -> None:
    lines = kdoc("word " * 60 + "\n\nsecond").split("\n")
    assert max(map(len, lines)) <= 120
    assert lines[-2:] == [" *", " * second"]
