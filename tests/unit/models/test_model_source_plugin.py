"""A model source from a folder outside of sdkgen: its key of [model] chooses it, and its network is loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from sdkgen import spec
from sdkgen.errors import ModelError, SpecError
from sdkgen.models.load import load
from tests.plugins import plugged_in
from tests.unit.models.conftest import CLASSIFICATION, SPEC

CONSTANT = "constant = [1.0, 2.0, 3.0, 4.0]"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An sdk.toml whose network is a constant."""
    for name in ("a.safetensors", "b.safetensors"):
        (tmp_path / name).write_bytes(b"")
    text = SPEC.format(factory="x:y", model="", task=CLASSIFICATION).replace('factory = "x:y"', CONSTANT)
    (tmp_path / "sdk.toml").write_text(text)
    with plugged_in(Path(__file__).parent / "plugins", monkeypatch):
        yield tmp_path / "sdk.toml"


def bend(path: Path, new: str) -> Path:
    text = path.read_text()
    assert text.count(CONSTANT) == 1
    path.write_text(text.replace(CONSTANT, new))
    return path


def test_the_network_of_the_plugin_is_loaded(written: Path) -> None:
    loaded = load(spec.load(written))
    answer = loaded.module(*loaded.example_inputs)
    torch.testing.assert_close(answer, torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    assert not loaded.module.training


def test_its_network_is_checked_like_any_other(written: Path) -> None:
    with pytest.raises(ModelError, match="3 scores, the spec has 4 labels"):
        load(spec.load(bend(written, "constant = [1.0, 2.0, 3.0]")))


def test_the_source_is_part_of_fingerprint_and_section(written: Path) -> None:
    first = spec.load(written)
    assert spec.section_json(first, "model") == '{"model":{"constant":[1.0,2.0,3.0,4.0]}}'
    second = spec.load(bend(written, "constant = [1.0, 2.0, 3.0, 5.0]"))
    assert spec.fingerprint(first) != spec.fingerprint(second)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("constant = []", "[model] constant: expected a list of scores"),
        ("constnat = [1.0]", 'unknown key; did you mean "constant"?'),
        ('factory = "a:b"\nconstant = [1.0]', '"constant", "factory" exclude each other'),
        ("layers = 3", 'source of the network is missing; expected one of "constant", "factory"'),
        ('constant = [1.0]\nweights = "w.pt"', "[model] weights: unknown key"),
    ],
)
def test_mistakes_are_reported(new: str, said: str, written: Path) -> None:
    with pytest.raises(SpecError) as caught:
        spec.load(bend(written, new))
    assert said in str(caught.value)
