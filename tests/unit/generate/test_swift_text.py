"""Free text in Swift source: string literals mean what was given, comments stay comments."""

import re

from hypothesis import given
from hypothesis import strategies as st

from sdkgen.generate.swift_text import arrays, doc, markdown, strings, swift_string


def unescape(literal: str) -> str:
    """What swiftc makes of a string literal without interpolation."""
    assert literal[0] == literal[-1] == '"'
    simple = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
    return re.sub(
        r"\\(u\{([0-9a-f]+)\}|.)",
        lambda m: chr(int(m[2], 16)) if m[2] else simple[m[1]],
        literal[1:-1],
        flags=re.DOTALL,
    )


@given(st.text())
def test_literal_means_the_text(text: str) -> None:
    literal = swift_string(text)
    assert unescape(literal) == text
    assert not re.search(r'(?<!\\)(\\\\)*(["\n\r]|\\\()', literal[1:-1])


@given(st.text(alphabet='`*_[]<>#|~\\/"\n\r 1.-+ab'))
def test_every_line_of_a_comment_is_one(text: str) -> None:
    lines = ("  /// " + doc(text, 2)).split("\n")
    assert all(line.startswith("  ///") for line in lines)


@given(st.text(alphabet="`*_[]<>#|~\\ab "))
def test_markdown_shows_what_was_written(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", markdown(text)) == " ".join(text.split())


def test_a_line_that_looks_like_a_field_is_prose() -> None:
    assert doc("- Throws: nothing\n\n1. first") == "\\- Throws: nothing\n///\n/// 1\\. first"


def test_comment_is_wrapped_and_keeps_paragraphs() -> None:
    lines = ("/// " + doc("word " * 60 + "\n\nsecond")).split("\n")
    assert max(map(len, lines)) <= 120
    assert lines[-2:] == ["///", "/// second"]


def test_long_arrays_have_one_element_a_line() -> None:
    assert strings(["a", 'b"'], 2) == '["a", "b\\""]'
    assert strings(["long name"] * 9, 2).split("\n")[:2] == ["[", '    "long name",']
    assert arrays([[1, 2], [3]], 0) == "[[1, 2], [3]]"
    assert arrays([[1, 1000]] * 9, 2).split("\n")[-1] == "  ]"
