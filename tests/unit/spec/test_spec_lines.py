"""The line finder reads every TOML that tomllib reads, and points at the right lines."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sdkgen.schema import Location
from sdkgen.spec.source import key_lines

SPECIMEN = '''\
# [comment]
a.b = 1.5 # x = 2
"q.w" = "x # [y]"
[t]
k = [1,
 2, {z = """
m = 1
"quoted" \\""" [n]
""", y=3}, # ]
]
d = 1979-05-27 07:32:00
p = 'C:\\'
[[c]]
pass = 'a'
[[c]]
pass = "b"
[c.sub]
u = -1e-3
[ x . "y z" ]
v=true
w = \'\'\'
l = 1\'\'\'
e = {}
'''


def test_lines() -> None:
    tomllib.loads(SPECIMEN)
    lines = key_lines(SPECIMEN)
    expected: dict[Location, int] = {
        ("a", "b"): 2,
        ("q.w",): 3,
        ("t",): 4,
        ("t", "k", 1): 6,
        ("t", "k", 2, "z"): 6,
        ("t", "k", 2, "y"): 9,
        ("t", "d"): 11,
        ("t", "p"): 12,
        ("c", 0, "pass"): 14,
        ("c", 1): 15,
        ("c", 1, "pass"): 16,
        ("c", 1, "sub", "u"): 18,
        ("x", "y z", "v"): 20,
        ("x", "y z", "w"): 21,
        ("x", "y z", "e"): 23,
    }
    assert {location: lines.get(location) for location in expected} == expected
    assert ("t", "m") not in lines
    assert ("x", "y z", "l") not in lines


_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
_values = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", \n".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return str(value)


def _locations(value: Any, here: Location = ()) -> list[Location]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [here] if here else []
    for step, child in children:
        found += _locations(child, (*here, step))
    return found


@given(st.dictionaries(_text, _values, max_size=4))
def test_every_key_has_a_line(document: dict[str, Any]) -> None:
    text = "\n".join(f"{_toml(key)} = {_toml(value)}" for key, value in document.items()) + "\n"
    assert tomllib.loads(text) == document
    lines = key_lines(text)
    assert set(lines) == set(_locations(document))
    assert all(1 <= line <= text.count("\n") for line in lines.values())
