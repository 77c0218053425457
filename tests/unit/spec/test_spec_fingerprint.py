"""The fingerprint follows what shapes API and network, section_json what a stage reads; neither follows the machine."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen import spec

ANDROID = '[targets.android]\npackage = "com.example.pets"\nabis = ["x86_64", "arm64-v8a"]\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"pet_finder"', '"pet_finders"'),
        ('"1.2.3"', '"1.2.4"'),
        ('"network:build"', '"network:make"'),
        ("width = 0.5", "width = 0.25"),
        ("size = [96, 128]", "size = [128, 96]"),
        ("mean = [0, 0.5", "mean = [0, 0.75"),
        ('"labels.txt"', '["cat"]'),
        ('scores = "identity"', 'scores = "softmax"'),
        ('"min_max"', '"mse"'),
        ('[[compress]]\npass = "fold_batch_norm"\n', ""),
    ],
)
def test_changes_the_fingerprint(old: str, new: str, write: Callable[..., Path]) -> None:
    before = spec.fingerprint(spec.load(write()))
    assert 0 < before < 2**64
    assert spec.fingerprint(spec.load(write((old, new)))) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4_000_000", "5_000_000"),
        ("evaluation_crops = 20", "evaluation_crops = 1"),
        ("com.example.pets", "com.example.dogs"),
        ('version = "1.2.3"', 'version = "1.2.3"\nvendor = "Example"'),
        ('weights = "weights.pth"', 'weights = "./photos/../weights.pth"'),
        ("mean = [0,", "mean = [0.0,"),
        ("[targets.android]", '[targets.ios]\nmin_ios = "17.0"\n[targets.android]'),
        (ANDROID, '[targets.ios]\nengines = ["neon"]\n'),
    ],
)
def test_keeps_the_fingerprint(old: str, new: str, write: Callable[..., Path]) -> None:
    before = spec.fingerprint(spec.load(write()))
    assert spec.fingerprint(spec.load(write((old, new)))) == before


def test_fingerprint_follows_the_content_of_the_weights(write: Callable[..., Path], folder: Path) -> None:
    before = spec.fingerprint(spec.load(write()))
    (folder / "weights.pth").rename(folder / "renamed.pth")
    assert spec.fingerprint(spec.load(write(("weights.pth", "renamed.pth")))) == before
    (folder / "renamed.pth").write_bytes(b"other")
    assert spec.fingerprint(spec.load(write(("weights.pth", "renamed.pth")))) != before


def test_two_checkouts_agree(
    write: Callable[..., Path], folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = spec.load(write())
    other = tmp_path_factory.mktemp("checkout") / "elsewhere"
    shutil.copytree(folder, other)
    second = spec.load(other / "sdk.toml")
    text = spec.section_json(first, *spec.SECTIONS)
    assert text == spec.section_json(second, *spec.SECTIONS)
    assert spec.fingerprint(first) == spec.fingerprint(second)
    assert str(folder) not in text
    assert json.loads(text)["data"]["calibration"] == ["photos/a1.png", "photos/a2.png", "photos/b.png"]


def test_a_budget_changes_only_its_section(write: Callable[..., Path]) -> None:
    before = json.loads(spec.section_json(spec.load(write()), *spec.SECTIONS))
    after = json.loads(spec.section_json(spec.load(write(("4_000_000", "5_000_000"))), *spec.SECTIONS))
    assert [section for section in before if before[section] != after[section]] == ["budgets"]


def test_a_new_calibration_file_changes_the_data_section(write: Callable[..., Path], folder: Path) -> None:
    before = spec.section_json(spec.load(write()), "data")
    (folder / "photos" / "a3.png").write_bytes(b"")
    assert spec.section_json(spec.load(write()), "data") != before
