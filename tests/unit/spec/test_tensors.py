"""Samples of plain tensors: exactly the inputs of the spec, float32 and finite."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from sdkgen.errors import DataError
from sdkgen.spec.values import TensorInput
from sdkgen.tensors import read_tensors

INPUTS = (TensorInput(name="x", shape=(1, 3)), TensorInput(name="a", shape=(1, 2, 2, 2)))
X, A = np.arange(3, dtype=np.float32)[None], np.ones((1, 2, 2, 2), np.float32)


def test_reads_in_the_order_of_the_inputs(tmp_path: Path) -> None:
    save_file({"a": A, "x": X}, tmp_path / "s.safetensors")
    first, second = read_tensors(tmp_path / "s.safetensors", INPUTS)
    np.testing.assert_array_equal(first, X)
    np.testing.assert_array_equal(second, A)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"x": X}, 'holds the tensors "x", but the inputs are "a", "x"'),
        ({"x": X, "a": A, "b": A}, 'holds the tensors "a", "b", "x"'),
        ({"x": X[0], "a": A}, r'"x" is float32 \[3\], expected float32 \[1, 3\]'),
        ({"x": X.astype(np.float64), "a": A}, '"x" is float64'),
        ({"x": np.full_like(X, np.inf), "a": A}, '"x" has a NaN or infinity'),
    ],
)
def test_wrong_tensors(tensors: Mapping[str, Any], said: str, tmp_path: Path) -> None:
    save_file(dict(tensors), tmp_path / "s.safetensors")
    with pytest.raises(DataError, match=said):
        read_tensors(tmp_path / "s.safetensors", INPUTS)


def test_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    save_file({"a": A, "x": X}, path)
    whole = path.read_bytes()
    for content in (b"", b"\xff" * 100, whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"s\.safetensors: not a readable"):
            read_tensors(path, INPUTS)
    with pytest.raises(DataError, match="there is no such file"):
        read_tensors(tmp_path / "none.safetensors", INPUTS)
