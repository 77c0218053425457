"""A folder with a small valid sdk.toml that each test bends in one place."""

from collections.abc import Callable
from pathlib import Path

import pytest

IMAGE_SPEC = """\
[sdk]
name = "pet_finder"
version = "1.2.3"

[model]
factory = "network:build"
arguments = {width = 0.5, layers = [1, 2]}
weights = "weights.pth"

[input]
kind = "image"
size = [96, 128]
resize = "shorter_side"
resize_to = 144
colour_order = "bgr"
mean = [0, 0.5, 0.25]
std = [1, 0.5, 0.25]

[task]
kind = "classification"
labels = "labels.txt"
scores = "identity"

[data]
calibration = ["photos/a*.png", "photos/b.png"]
evaluation = ["photos/c.png"]
evaluation_crops = 20

[[compress]]
pass = "fold_batch_norm"

[[compress]]
pass = "int8_ptq"
weight_range = "min_max"

[budgets]
download_bytes = 4_000_000
min_top1_agreement = 0.85

[targets.android]
package = "com.example.pets"
abis = ["x86_64", "arm64-v8a"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that IMAGE_SPEC names, and the working folder."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a1.png", "a2.png", "b.png", "c.png"):
        (photos / name).write_bytes(name.encode())
    (tmp_path / "weights.pth").write_bytes(b"weights")
    (tmp_path / "labels.txt").write_text("cat\ndog\ncrane\ncrane\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Write IMAGE_SPEC with replacements; each must apply exactly once."""

    def write_spec(*replacements: tuple[str, str]) -> Path:
        text = IMAGE_SPEC
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the specimen"
            text = text.replace(old, new)
        path = folder / "sdk.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_spec
