"""Small networks with random weights, compressed as the compress stage does it, exported, and read back."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.passes.int8_ptq import Int8Ptq
from sdkgen.compress.program import capture
from sdkgen.compress.run import program_bytes
from sdkgen.coreml.features import package_name
from sdkgen.coreml.program import Program, read_package
from sdkgen.engines.coreml.export import export_coreml
from sdkgen.files import read_json
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.runtime import normalise
from sdkgen.spec.values import Budgets, DataSpec, ImageInput, PassSpec, SdkSpec, TensorInput
from sdkgen.targets.ios import IosTarget
from sdkgen.tasks.classification import ClassificationTask
from sdkgen.tasks.tensor import TensorTask

FINGERPRINT = 0x0123456789ABCDEF
SIDE = 32
COUNT = 12

IMAGE = ImageInput(
    name="photo",
    height=SIDE,
    width=SIDE,
    resize="stretch",
    resize_to=SIDE,
    colour_order="rgb",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
LABELS = (*(f"label {i}" for i in range(COUNT - 2)), "crane", "crane")
IOS16 = IosTarget(min_ios="16.0", min_macos="13.0", engines=("coreml",), coreml="float16")
PASSES = (PassSpec(name="fold_batch_norm", options={}), PassSpec(name="int8_ptq", options={}))


def target(precision: Any, version: int = 16) -> IosTarget:
    return replace(IOS16, coreml=precision, min_ios=f"{version}.0", min_macos=f"{version - 3}.0")


def image_spec(precision: str, *, version: int = 16, **changes: Any) -> SdkSpec:
    """A classifier of pictures."""
    spec = SdkSpec(
        origin=Path("sdk.toml"),
        name="bird_finder",
        version="1.2.3",
        description="Finds birds",
        vendor="Example Ltd",
        license="MIT",
        model=TorchFactory(factory="model:net", arguments={}, weights=None, weights_sha256=None),
        inputs=(IMAGE,),
        task=ClassificationTask(labels=LABELS, scores="softmax"),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        passes=PASSES,
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        targets={"ios": target(precision, version)},
    )
    return replace(spec, **changes)


def tensor_spec(precision: str, shape: tuple[int, ...], *, version: int = 16, **changes: Any) -> SdkSpec:
    """One tensor in, one out."""
    inputs, task = (TensorInput(name="patch", shape=shape),), TensorTask(outputs=("map",))
    return image_spec(precision, version=version, inputs=inputs, task=task, **changes)


class Classifier(nn.Module):
    """Convolutions, a depthwise one, BatchNorm, a residual, pooling and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6())
        self.depthwise = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.ReLU6(), nn.Conv2d(16, 16, 1))
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(16, COUNT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.pool(x + self.depthwise(x))
        return self.head(x.mean([2, 3]))


class UNet(nn.Module):
    """An encoder, a transposed convolution, a bilinear upsampling, and concatenations across."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.bottom = nn.Sequential(nn.Conv2d(16, 24, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(24, 16, 2, 2)
        self.middle = nn.Sequential(nn.Conv2d(32, 8, 3, padding=1), nn.ReLU())
        self.bilinear = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.first(x)
        second = self.second(nn.functional.max_pool2d(first, 2))
        x = self.up(self.bottom(nn.functional.max_pool2d(second, 2)))
        x = self.bilinear(self.middle(torch.cat([x, second], 1)))
        return self.last(torch.cat([x, first], 1))


def pictures(count: int, side: int = SIDE, seed: int = 0) -> list[np.ndarray[Any, Any]]:
    """uint8 RGB: soft random blobs, as pictures are."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (count, 3, 5, 5)).astype(np.float32)
    fine = nn.functional.interpolate(torch.from_numpy(coarse), size=(side, side), mode="bicubic")
    return [p.clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy() for p in fine]


def tensors(spec: SdkSpec, count: int = 4, seed: int = 0) -> list[tuple[torch.Tensor, ...]]:
    """Inputs of the PyTorch network; those of an image spec are the normalised `pictures`."""
    if spec.image is not None:
        image = spec.image
        return [(torch.from_numpy(normalise(image, p)),) for p in pictures(count, image.height, seed)]
    generator = torch.Generator().manual_seed(seed)
    return [tuple(torch.randn(i.shape, generator=generator) for i in spec.inputs) for _ in range(count)]


@dataclass(frozen=True, kw_only=True)
class Compressed:
    """What the compress stage leaves behind."""

    float_pt2: Path
    quantized_pt2: Path
    reference: Any
    quantised: Any


def compress(module: nn.Module, spec: SdkSpec, folder: Path, *, seed: int = 0) -> Compressed:
    """Settle BatchNorm on random data, fold it, quantise, save both programs to folder/compress."""
    torch.manual_seed(seed)
    samples = tensors(spec)
    if any(isinstance(m, nn.BatchNorm2d) for m in module.modules()):
        with torch.no_grad():
            for _ in range(10):
                module.train()(torch.cat([sample[0] for sample in samples]))
    program = capture(module.eval(), samples[0], tuple(samples))
    program, _ = FoldBatchNorm().run(program)
    quantise = Int8Ptq(activation_range="min_max", weight_range="min_max", bias_correction=False)
    quantised, _ = quantise.run(program)
    target_folder = folder / "compress"
    target_folder.mkdir(parents=True, exist_ok=True)
    (target_folder / "float.pt2").write_bytes(program_bytes(program.exported))
    (target_folder / "quantized.pt2").write_bytes(program_bytes(quantised.exported))
    return Compressed(
        float_pt2=target_folder / "float.pt2",
        quantized_pt2=target_folder / "quantized.pt2",
        reference=program.exported.module(check_guards=False),
        quantised=quantised.exported.module(check_guards=False),
    )


def save_float(module: nn.Module, spec: SdkSpec, folder: Path) -> Compressed:
    """Only the float program, for a spec of precision float16."""
    program = torch.export.export(module.eval(), tensors(spec)[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "float.pt2").write_bytes(program_bytes(program))
    return Compressed(
        float_pt2=folder / "float.pt2", quantized_pt2=folder / "none.pt2", reference=module, quantised=None
    )


def export(spec: SdkSpec, compressed: Compressed, folder: Path) -> tuple[Program, dict[str, Any]]:
    """Write the package below folder/ios; the program as it is read back, and coreml.json."""
    export_coreml(spec, compressed.float_pt2, compressed.quantized_pt2, folder / "ios", FINGERPRINT)
    return read_package(folder / "ios" / "coreml" / package_name(spec.name)), read_json(folder / "ios" / "coreml.json")


def snr_db(expected: Any, actual: Any) -> float:
    reference = np.asarray(expected, np.float64)
    noise = np.square(reference - np.asarray(actual, np.float64)).sum()
    return float("inf") if noise == 0 else 10 * float(np.log10(np.square(reference).sum() / noise))
