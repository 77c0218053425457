"""Names in Kotlin: casing, keywords, what is taken, clashes."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkgen.errors import SpecError
from sdkgen.generate.naming import KOTLIN, camel_case, jni_class, package_name, pascal_case, title


@pytest.mark.parametrize(
    ("name", "pascal", "camel"),
    [
        ("photo_tagger", "PhotoTagger", "photoTagger"),
        ("HTTPServer2", "Httpserver2", "httpserver2"),
        ("topK", "TopK", "topK"),
        ("größe_max", "GrößeMax", "größeMax"),
        ("a-b c.d", "ABCD", "aBCD"),
        ("x", "X", "x"),
        ("", "", ""),
        ("__", "", ""),
    ],
)
def test_casing(name: str, pascal: str, camel: str) -> None:
    assert (pascal_case(name), camel_case(name)) == (pascal, camel)


def test_types_that_generated_code_uses_are_avoided() -> None:
    assert [KOTLIN.type_name(n) for n in ("category", "string", "bitmap", "tagger")] == [
        "CategorySdk",
        "StringSdk",
        "BitmapSdk",
        "Tagger",
    ]


def test_members_that_exist_or_are_no_identifiers_get_the_role() -> None:
    assert KOTLIN.member_names(["class", "top_k", "2d", "val"], "output") == (
        "classOutput",
        "topKOutput",
        "output2d",
        "val",
    )


def test_keywords_are_quoted_only_where_written() -> None:
    assert [KOTLIN.quoted(n) for n in ("val", "object", "value")] == ["`val`", "`object`", "value"]
    assert package_name("com.example.in.app", KOTLIN) == "com.example.`in`.app"
    assert jni_class("com.example.in.app") == "com/example/in/app/internal/NativeModel"


def test_clashes_are_errors_that_name_both() -> None:
    with pytest.raises(SpecError, match=r"'top_left' and 'topLeft' are both 'topLeft'"):
        KOTLIN.member_names(["top_left", "topLeft"], "input")
    with pytest.raises(SpecError, match="cannot be made into a name"):
        KOTLIN.member_names(["%%"], "input")


def test_title() -> None:
    assert title("photo_tagger") == "Photo tagger"


@given(st.text(max_size=20))
def test_every_member_name_is_an_identifier(name: str) -> None:
    try:
        (result,) = KOTLIN.member_names([name], "input")
    except SpecError:
        return
    assert result.isidentifier()
    assert result not in KOTLIN.taken_members
    assert KOTLIN.quoted(result).strip("`") == result


def test_all_hard_keywords_that_python_shares_are_known() -> None:
    shared = {"as", "break", "class", "continue", "else", "for", "if", "in", "is", "return", "try", "while"}
    assert shared <= set(keyword.kwlist) & KOTLIN.keywords


def test_options_of_the_call_are_taken_too() -> None:
    assert KOTLIN.member_names(["threshold", "row"], "input", {"threshold"}) == ("thresholdInput", "row")
    assert KOTLIN.member_names(["threshold"], "input") == ("threshold",)
