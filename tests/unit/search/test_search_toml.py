"""What is written reads back as it was."""

import tomllib

from sdkgen.search.toml import dump

DOCUMENT = {
    "sdk": {"name": "a", "description": 'quotes " and \\ and\ttab, ü, \x7f'},
    "model": {"arguments": {"width": 0.5, "layers": [1, 2], "flags": {"a b": True}}, "factory": "m:f"},
    "input": {"tensors": [{"name": "x", "shape": [1, 3]}, {"name": "y", "shape": [1, 4]}]},
    "compress": [{"pass": "fold_batch_norm"}, {"pass": "int8_ptq", "bits": 1e-07, "table": {"x": 1}}],
    "targets": {"android": {"package": "com.example", "min_sdk": 26}},
}


def test_a_document_survives() -> None:
    assert tomllib.loads(dump(DOCUMENT)) == DOCUMENT


def test_it_reads_like_a_spec() -> None:
    text = dump(DOCUMENT)
    assert '\n[[compress]]\npass = "fold_batch_norm"\n' in text
    assert "\n[targets.android]\n" in text
