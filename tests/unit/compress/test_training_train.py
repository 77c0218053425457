"""The training from scratch: teacher first, kept in the cache, and what is in the cache is not trained again."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from sdkgen.compress.training import train as stage
from sdkgen.compress.training.data import labelled_data
from tests.unit.compress.training_samples import CLASSES, SHAPE, TEACHER, Squares, seeded_network, settings


class Mirrored(Squares):
    """Draws anew whenever it is read, as augmentation does."""

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        noise = 0.01 * torch.rand(SHAPE)
        return self.pictures[index] + noise, int(self.labels[index])


DATA = labelled_data((Mirrored(128, 1), Squares(64, 2)), shape=SHAPE, classes=CLASSES, origin="data:mirrored")


def _train(cache: Path, folder: Path, *, seed: int = 1, identity: str = "n") -> dict[str, Any]:
    # Whatever was drawn before must not matter.
    torch.manual_seed(seed)
    trainees = [
        stage.Trainee(role="teacher", module=seeded_network(2, 24), epochs=1, learning_rate=0.01, identity="t"),
        stage.Trainee(
            role="network", module=seeded_network(), epochs=1, learning_rate=0.01, identity=identity, taught=True
        ),
    ]
    torch.rand(seed)
    stage.train(settings(TEACHER), trainees, DATA, cache=cache, folder=folder)
    return json.loads((folder / "train.json").read_text())


def test_a_second_build_trains_nothing_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _train(tmp_path / "cache", tmp_path / "1")
    assert first["teacher"]["parameters"] > 2 * first["network"]["parameters"]
    assert (first["teacher"]["taught"], first["network"]["taught"]) == (False, True)
    assert 0 <= first["network"]["top1"] <= 1
    assert sorted(p.suffix for p in (tmp_path / "cache").iterdir()) == [".safetensors", ".safetensors"]

    monkeypatch.setattr(stage, "fit", lambda *_, **__: pytest.fail("trained again"))
    assert _train(tmp_path / "cache", tmp_path / "2", seed=9) == first
    for name in ("teacher.safetensors", "network.safetensors", "train.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_a_teacher_out_of_the_cache_teaches_the_same(tmp_path: Path) -> None:
    _train(tmp_path / "cache", tmp_path / "1")
    (network,) = (tmp_path / "cache").glob("network-*")
    network.unlink()
    _train(tmp_path / "cache", tmp_path / "2", seed=9)
    assert (tmp_path / "1/network.safetensors").read_bytes() == (tmp_path / "2/network.safetensors").read_bytes()


def test_another_network_is_trained_beside_it(tmp_path: Path) -> None:
    _train(tmp_path / "cache", tmp_path / "1")
    _train(tmp_path / "cache", tmp_path / "2", identity="other")
    assert len(list((tmp_path / "cache").iterdir())) == 3
