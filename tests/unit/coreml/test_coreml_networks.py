"""Whole networks through the export and back: pictures in, PyTorch's answers out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.unit.coreml.coreml_cases import (
    COUNT,
    IMAGE,
    LABELS,
    Classifier,
    Compressed,
    UNet,
    compress,
    export,
    image_spec,
    pictures,
    snr_db,
    tensor_spec,
    tensors,
)

# torchvision's wheel registers kernels for operators that its C++ part would define; the networks need none of them.
_SCHEMAS = torch.library.Library("torchvision", "FRAGMENT")
for _name in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _name):
        _SCHEMAS.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import torchvision.models  # noqa: E402  # after the schemas

from sdkgen.coreml.evaluator import Evaluator  # noqa: E402
from sdkgen.prove.coreml_references import HalfParameters, WeightsOnly, half_normalised  # noqa: E402
from sdkgen.spec.values import SdkSpec  # noqa: E402
from sdkgen.tasks.classification import ClassificationTask  # noqa: E402


def network(name: str) -> torch.nn.Module:
    options: dict[str, Any] = {"width_mult": 0.35} if name == "mobilenet_v2" else {}
    module = torchvision.models.get_model(name, num_classes=COUNT, **options)
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return module


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compressed]:
    torch.manual_seed(4)
    spec = image_spec("float16")
    names = ("mobilenet_v2", "squeezenet1_1", "resnet18")
    return {name: compress(network(name), spec, tmp_path_factory.mktemp(name)) for name in names}


def reference(spec: SdkSpec, program: Compressed, sample: tuple[torch.Tensor, ...]) -> np.ndarray[Any, Any]:
    """PyTorch's answer with the weights that the package has."""
    if spec.targets["ios"].coreml == "float16":
        with torch.no_grad():
            answer = program.reference(*sample).numpy()
    else:
        (answer,) = WeightsOnly(program.quantised, program.reference, ()).evaluate(sample)
    softmax = spec.task.coreml.softmax
    return torch.softmax(torch.from_numpy(answer), -1).numpy() if softmax else answer


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        ("mobilenet_v2", "float16"),
        ("squeezenet1_1", "float16"),
        ("resnet18", "float16"),
        ("mobilenet_v2", "int8_weights"),
    ],
)
def test_a_classifier_says_of_pixels_what_pytorch_says_of_tensors(
    compressed: dict[str, Compressed], name: str, precision: str, tmp_path: Path
) -> None:
    spec = image_spec(precision)
    program, report = export(spec, compressed[name], tmp_path)
    assert report["minimum_deployment_target"] == "iOS16"
    evaluator = Evaluator(program)
    for picture, sample in zip(pictures(4, seed=7), tensors(spec, 4, seed=7), strict=True):
        expected = reference(spec, compressed[name], sample)
        answer = evaluator.run({"image": picture})
        assert snr_db(expected, answer["scores"]) >= 40
        best = int(expected.argmax())
        assert int(answer["scores"].argmax()) == best
        assert answer["classLabel"] == (LABELS[best] if best < COUNT - 1 else "crane (2)")
        assert answer["scores"].sum() == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(("name", "version"), [("mobilenet_v2", 17), ("resnet18", 17), ("squeezenet1_1", 18)])
def test_int8_is_our_program_with_constants_in_float16(
    compressed: dict[str, Compressed], name: str, version: int, tmp_path: Path
) -> None:
    spec = image_spec("int8", version=version, task=ClassificationTask(labels=LABELS, scores="identity"))
    program, report = export(spec, compressed[name], tmp_path)
    assert report["minimum_deployment_target"] == f"iOS{version}"
    evaluator = Evaluator(program, "float64")
    half = HalfParameters(compressed[name].quantised)
    for picture in pictures(2, seed=8):
        (expected,) = half.evaluate([half_normalised(IMAGE, picture)])
        assert snr_db(expected, evaluator.run({"image": picture})["scores"]) >= 35


def test_every_int8_weight_scale_and_zero_point_is_that_of_the_quantised_program(tmp_path: Path) -> None:
    spec = image_spec("int8", version=17)
    compressed = compress(Classifier(), spec, tmp_path)
    program, _ = export(spec, compressed, tmp_path)
    state = dict(compressed.quantised.named_buffers())
    ours = {tensor.numpy().tobytes() for tensor in state.values() if tensor.dtype == torch.int8}
    scales = {t.numpy().astype(np.float16).tobytes() for t in state.values() if t.dtype == torch.float32}
    weights = [o for o in program.operations if o.kind == "constexpr_affine_dequantize"]
    assert len(weights) == 4
    for operation in weights:
        data, scale = (program.constant(operation, key) for key in ("quantized_data", "scale"))
        assert isinstance(data, np.ndarray) and isinstance(scale, np.ndarray)
        assert data.tobytes() in ours and scale.tobytes() in scales
        assert not np.asarray(program.constant(operation, "zero_point")).any()


@pytest.mark.parametrize(("precision", "version"), [("float16", 16), ("int8_weights", 16), ("int8", 17)])
def test_a_unet_with_transposed_convolutions_and_upsampling(precision: str, version: int, tmp_path: Path) -> None:
    spec = tensor_spec(precision, (1, 3, 16, 24), version=version)
    unet = compress(UNet(), spec, tmp_path)
    program, _ = export(spec, unet, tmp_path)
    kinds = {operation.kind for operation in program.operations}
    assert {"conv_transpose", "upsample_bilinear", "concat"} <= kinds
    for sample in tensors(spec, 2, seed=9):
        if precision == "int8":
            (expected,) = HalfParameters(unet.quantised).evaluate([t.to(torch.float64) for t in sample])
            actual = Evaluator(program, "float64").run({"patch": sample[0].numpy()})["map"]
            assert snr_db(expected, actual) >= 35
        else:
            expected = reference(spec, unet, sample)
            actual = Evaluator(program).run({"patch": sample[0].numpy()})["map"]
            assert snr_db(expected, actual) >= 50


@pytest.mark.parametrize("scores", ["softmax", "identity"])
def test_bgr_networks_get_their_channels_in_that_order(scores: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    image = replace(IMAGE, colour_order="bgr", mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
    spec = image_spec("float16", inputs=(image,), task=ClassificationTask(labels=LABELS, scores=scores))
    program = compress(Classifier(), spec, tmp_path)
    package, _ = export(spec, program, tmp_path)
    assert package.features_in[0].colour_layout == "BGR"
    (picture,), (sample,) = pictures(1, seed=5), tensors(spec, 1, seed=5)
    answer = Evaluator(package).run({"image": picture})["scores"]
    assert snr_db(reference(spec, program, sample), answer) >= 40
    wrong = Evaluator(package).run({"image": np.ascontiguousarray(picture[:, :, ::-1])})["scores"]
    assert snr_db(reference(spec, program, sample), wrong) < 40
