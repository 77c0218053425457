"""The generated SDKs, compiled and executed on this machine's JVM with the real native library."""

import hashlib
import json
import struct
import subprocess
import zipfile
from pathlib import Path

import numpy as np

from sdkgen.package.kotlin import compile_against
from sdkgen.runtime import Library
from tests.consumers.kotlin.kotlin_build import Consumer
from tests.golden.kotlin_specs import LABELS


def _succeeds(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    assert "WARNING in native method" not in result.stdout + result.stderr  # what -Xcheck:jni prints
    return result.stdout


def test_photo_tagger(consumer: Consumer) -> None:
    output = _succeeds(consumer.run("sdkgen.consumer.TestMainKt", "photo_tagger", str(consumer.folder)))
    assert output.splitlines()[-1].endswith(" tests, 0 failures")
    assert int(output.splitlines()[-1].split()[0]) >= 30


def test_tensor_sdk_with_awkward_names(consumer: Consumer) -> None:
    output = _succeeds(consumer.run("sdkgen.consumer.TestMainKt", "awkward", str(consumer.folder)))
    assert output.splitlines()[-1] == "8 tests, 0 failures"


def test_missing_library_is_incompatible(consumer: Consumer, tmp_path: Path) -> None:
    result = consumer.run("sdkgen.consumer.TestMainKt", "library", str(consumer.folder), libraries=tmp_path)
    assert _succeeds(result).startswith("Incompatible: the native library photo_tagger cannot be loaded")


def test_library_of_another_abi_version_is_incompatible(consumer: Consumer) -> None:
    result = consumer.run(
        "sdkgen.consumer.TestMainKt", "library", str(consumer.folder), libraries=consumer.folder / "other"
    )
    assert _succeeds(result).startswith("Incompatible: the native library photo_tagger has version 2")


def test_proof_program_agrees_with_the_c_api(consumer: Consumer, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    paths, images = [], []
    for height, width in ((50, 70), (33, 21), (16, 24)):
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        colours = (
            0xFF000000 | image[..., 0].astype(np.uint32) << 16 | image[..., 1].astype(np.uint32) << 8 | image[..., 2]
        )
        path = tmp_path / f"{height}.argb"
        path.write_bytes(struct.pack("<ii", width, height) + colours.astype("<u4").tobytes())
        paths.append(path)
        images.append(image)
    result = consumer.run(
        "sdkgen.proof.photo_tagger_sdk.ProofMainKt", str(consumer.folder / "assets"), *map(str, paths)
    )
    answers = [json.loads(line) for line in _succeeds(result).splitlines()]
    assert [answer["file"] for answer in answers] == [path.name for path in paths]
    model = Library(consumer.runtime_library).open(consumer.folder / "assets/photo_tagger/photo_tagger.pte")
    for image, answer in zip(images, answers, strict=True):
        logits = model.run_image(image)[0].ravel()
        order = np.argsort(-logits, kind="stable")[:5]
        assert [best["index"] for best in answer["best"]] == order.tolist()
        assert [best["label"] for best in answer["best"]] == [LABELS[i] for i in order]
        bits = np.array([best["score_bits"] for best in answer["best"]], np.uint32)
        exponentials = np.exp(logits.astype(np.float64) - logits.max())
        np.testing.assert_allclose(bits.view(np.float32), (exponentials / exponentials.sum())[order], rtol=1e-5)
        assert len(answer["scores_sha256"]) == len(hashlib.sha256().hexdigest())
    model.close()


def test_sdk_jar_is_reproducible_and_holds_no_stub(consumer: Consumer, tmp_path: Path) -> None:
    compile_against(None, consumer.api, "test", tmp_path / "again.jar")
    # Where an Android SDK is installed the first was compiled against its android.jar: the stubs must not differ.
    assert (tmp_path / "again.jar").read_bytes() == consumer.sdk_jar.read_bytes()
    with zipfile.ZipFile(consumer.sdk_jar) as jar:
        assert all(name.startswith(("com/example/", "META-INF/")) for name in jar.namelist())
