"""A report of a network shaped like MobileNetV2, with figures as a real build has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdkgen.documents.compress import CompressDocument
from sdkgen.documents.export import ExportDocument
from sdkgen.documents.json_file import document_of
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.report.inputs import MeasuredArtifact, PlatformInputs, ReportInputs
from sdkgen.spec.values import Budgets, DataSpec, ImageInput, PassSpec, SdkSpec
from sdkgen.targets import android, ios
from sdkgen.targets.android import AndroidTarget
from sdkgen.targets.ios import IosTarget
from sdkgen.tasks.classification import ClassificationTask
from sdkgen.types import Artifact, Proof

MODEL_DOWNLOAD_BYTES = 3_262_000
KOTLIN_DOWNLOAD_BYTES = 31_200
_CLASSES = ("stage", "Egyptian cat", "espresso", "missile", "palace", "daisy", "tabby")
COREML_DOWNLOAD_BYTES = 3_410_000
NATIVE_DOWNLOAD_BYTES = {"arm64-v8a": 41_300, "x86_64": 38_900}


def mobilenet_ops() -> list[dict[str, Any]]:
    """Operators of MobileNetV2 at 224 x 224 as export.json lists them."""
    ops: list[dict[str, Any]] = []

    def add(kind: str, layer: str, inputs: int, outputs: int, kernel: int, side: int) -> None:
        per_output = {"gemm": inputs, "conv": inputs * kernel * kernel, "dwconv": kernel * kernel}.get(kind, 0)
        ops.append(
            {
                "index": len(ops),
                "kind": kind,
                "layer": layer,
                "macs": per_output * outputs * side * side,
                "weight_bytes": per_output * outputs + (8 * outputs if per_output else 0),
                "output_shape": [1, outputs] if layer == "classifier.1" else [1, outputs, side, side],
                "output_bytes": outputs * side * side * (4 if layer == "classifier.1" else 1),
                "in_place": kind == "add",
            }
        )

    add("quantize", "input", 3, 3, 1, 224)
    add("conv", "features.0", 3, 32, 3, 112)
    channels, side, block = 32, 112, 1
    for expand, outputs, count, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for repeat in range(count):
            name, hidden = f"features.{block}", channels * expand
            if expand > 1:
                add("gemm", f"{name}.conv.0", channels, hidden, 1, side)
            side //= stride if repeat == 0 else 1
            add("dwconv", f"{name}.conv.{1 if expand > 1 else 0}", hidden, hidden, 3, side)
            add("gemm", f"{name}.conv.{2 if expand > 1 else 1}", hidden, outputs, 1, side)
            if repeat:
                add("add", name, outputs, outputs, 1, side)
            channels, block = outputs, block + 1
    add("gemm", "features.18", 320, 1280, 1, 7)
    add("avg_pool", "avgpool", 1280, 1280, 1, 1)
    add("gemm", "classifier.1", 1280, 1000, 1, 1)
    return ops


def _spec() -> SdkSpec:
    return SdkSpec(
        origin=Path("/somewhere/private/sdk.toml"),
        name="photo_tagger",
        version="1.2.0",
        description="Names what a photograph shows, on the phone, in a thousand words.",
        vendor="Example Imaging Ltd",
        license="Apache-2.0",
        model=TorchFactory(factory="model:mobilenet_v2", arguments={}, weights=None, weights_sha256=None),
        inputs=(
            ImageInput(
                name="image",
                height=224,
                width=224,
                resize="shorter_side",
                resize_to=256,
                colour_order="rgb",
                mean=(0.485, 0.456, 0.406),
                std=(0.229, 0.224, 0.225),
            ),
        ),
        task=ClassificationTask(
            labels=(*_CLASSES, *(f"label {i}" for i in range(len(_CLASSES), 1000))), scores="softmax"
        ),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=8, evaluation_crops=8),
        passes=(PassSpec(name="fold_batch_norm", options={}), PassSpec(name="int8_ptq", options={})),
        budgets=Budgets(
            download_bytes=4_000_000, min_snr_db=12.0, min_top1_agreement=0.8, ios_download_bytes=7_500_000
        ),
        targets={
            "android": AndroidTarget(package="com.example.phototagger", min_sdk=24, abis=("arm64-v8a", "x86_64")),
            "ios": IosTarget(min_ios="16.0", min_macos="13.0", engines=("coreml", "neon"), coreml="int8_weights"),
        },
    )


def _per_layer(ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    count = len(ops)
    return [
        {"layer": op["layer"], "snr_db": round(41.0 - 27.5 * (i / count) ** 0.6 + 2.2 * ((i * 7) % 5 - 2) / 2, 2)}
        for i, op in enumerate(ops)
    ]


def _per_image() -> list[dict[str, Any]]:
    names = [
        "astronaut.png",
        "cat.png",
        "coffee.png",
        "rocket.jpg",
        "china.jpg",
        "flower.jpg",
        "chelsea.png",
        "hubble.jpg",
        "camera.png",
        "motorcycle_left.png",
        "retina.jpg",
        "page.png",
        "coins.png",
        "brick.png",
    ]
    return [
        {
            "name": name,
            "snr_db": round(17.9 - 0.61 * i, 2),
            "top1_float": i % 7,
            "top1_quantised": (i + (i in (5, 11))) % 7,
        }
        for i, name in enumerate(names)
    ]


def _proofs(ops: list[dict[str, Any]]) -> tuple[Proof, ...]:
    return (
        Proof(
            name="quantised_matches_float",
            host="PyTorch 2.13.0, x86-64",
            status="passed",
            reason="112 views of 14 images went through both networks",
            metrics={
                "snr_db": 13.42,
                "snr_mean_db": 14.1,
                "top1_agreement": 0.8839,
                "views_count": 112,
                "per_layer": _per_layer(ops),
                "per_image": _per_image(),
            },
        ),
        Proof(
            name="executorch_matches_pytorch",
            host="ExecuTorch 1.5.1, x86-64",
            status="passed",
            reason="the .pte gives what the quantised PyTorch program gives",
            metrics={"snr_db": 58.3, "max_difference": 0.0412, "top1_agreement": 1.0},
        ),
        Proof(
            name="executorch_matches_c_api",
            host="ExecuTorch 1.5.1 and libsdkgen, x86-64",
            status="passed",
            reason="every byte of every output is equal",
            metrics={"outputs_count": 14, "differing_bytes_count": 0},
        ),
        Proof(
            name="preprocessing_matches_torchvision",
            host="torchvision 0.28.0",
            status="passed",
            reason="resized, cropped and compared pixel by pixel with torchvision's antialiased bilinear resize",
            metrics={"max_difference": 1, "differing_pixels_count": 1904},
        ),
        Proof(
            name="kotlin_matches_pytorch",
            host="JVM 17.0.19",
            status="passed",
            reason="the classes of the packaged AAR classified every photograph with PyTorch's top 5",
            metrics={"images_count": 14, "top5_equal": True},
        ),
        Proof(
            name="arm64_matches_x86_64",
            host="qemu-aarch64 cortex-a53",
            status="not_run",
            reason="qemu-aarch64 is not installed; `apt-get install qemu-user` provides it",
        ),
    )


_COREML = {
    "package": "PhotoTagger.mlpackage",
    "precision": "int8_weights",
    "minimum_deployment_target": "iOS 16",
    "package_bytes": 3_690_000,
    "weight_bytes": 3_560_000,
    "ops": {"conv": 52, "add": 10, "clip": 35, "linear": 1, "constexpr_affine_dequantize": 53},
}


def _ios(spec: SdkSpec, weights: int) -> PlatformInputs:
    library = {"platform": "ios", "min_os": "16.0", "text_bytes": 88_000, "symbols_count": 140}
    sizes: dict[str, Any] = {
        "abis": {
            "ios-arm64": {
                "download_bytes": MODEL_DOWNLOAD_BYTES + COREML_DOWNLOAD_BYTES + 96_000,
                "installed_bytes": weights + 30_000 + 3_690_000 + 96_000,
            }
        },
        "breakdown": [
            {"part": part, "name": f"ios-arm64/{name}", "bytes": count, "download_bytes": download}
            for part, name, count, download in (
                ("model", "photo_tagger.pte:all", weights + 30_000, MODEL_DOWNLOAD_BYTES),
                ("coreml", "PhotoTagger.mlpackage/Data/weights/weight.bin", 3_690_000, COREML_DOWNLOAD_BYTES),
                ("native", "libphoto_tagger.a:__TEXT,__text", 96_000, 96_000),
            )
        ],
        "native": {"ios-arm64": {**library, "objects": [{"name": "__TEXT,__text", "bytes": 88_000}]}},
        "slices": {part.name: dict.fromkeys(part.architectures, library) for part in ios.SLICES},
        "xcframework": {
            "path": "PhotoTagger.xcframework.zip",
            "bytes": 900_000,
            "zip_bytes": 240_000,
            "checksum": "9" * 64,
        },
    }
    advisory = ios.Ios().advisory(sizes, spec)
    return PlatformInputs(
        sizes=sizes,
        limits=ios.limits(sizes, sizes["native"]),
        download_limit_bytes=ios.CELLULAR_LIMIT.limit,
        advisory=advisory,
        section=ios.section(ios.ios_target(spec), sizes, advisory, {"coreml": _COREML}),
    )


def _inputs(
    *,
    budgets: Budgets | None = None,
    description: str | None = None,
    proofs: tuple[Proof, ...] | None = None,
    load_alignment_bytes: int = 16384,
    targets: tuple[str, ...] = ("android",),
) -> ReportInputs:
    spec = _spec()
    spec_changes: dict[str, Any] = {}
    if budgets is not None:
        spec_changes["budgets"] = budgets
    if description is not None:
        spec_changes["description"] = description
    spec = SdkSpec(**{**spec.__dict__, **spec_changes})
    ops = mobilenet_ops()
    weights = sum(op["weight_bytes"] for op in ops)
    sizes: dict[str, Any] = {
        "abis": {
            abi: {
                "download_bytes": MODEL_DOWNLOAD_BYTES + KOTLIN_DOWNLOAD_BYTES + native + 4100,
                "installed_bytes": weights + 2 * native + 70_000,
            }
            for abi, native in NATIVE_DOWNLOAD_BYTES.items()
        },
        "breakdown": [
            {
                "part": "model",
                "name": "assets/photo_tagger.pte",
                "bytes": weights + 30_000,
                "download_bytes": MODEL_DOWNLOAD_BYTES,
            },
            {"part": "kotlin", "name": "classes.jar", "bytes": 38_000, "download_bytes": KOTLIN_DOWNLOAD_BYTES},
            *(
                {
                    "part": "native",
                    "name": f"jni/{abi}/libphoto_tagger.so",
                    "bytes": 2 * native,
                    "download_bytes": native,
                }
                for abi, native in NATIVE_DOWNLOAD_BYTES.items()
            ),
        ],
        "native": {
            abi: {
                "load_alignment_bytes": load_alignment_bytes,
                "objects": [
                    {"name": "gemm_s8/ref.o", "bytes": 9_000},
                    {"name": "runtime/run.o", "bytes": 21_000},
                ],
            }
            for abi in NATIVE_DOWNLOAD_BYTES
        },
    }
    platforms = {
        "android": PlatformInputs(
            sizes=sizes,
            limits=android.limits(sizes, sizes["native"]),
            download_limit_bytes=android.MODULE_LIMIT.limit,
        ),
        "ios": _ios(spec, weights),
    }
    macs = sum(op["macs"] for op in ops)
    before = {"parameters": 3_504_872, "macs": macs, "weight_bytes": 14_019_488}
    return ReportInputs(
        spec=spec,
        compress=document_of(
            CompressDocument,
            {
                "passes": [
                    {
                        "name": "fold_batch_norm",
                        "before": {**before, "batch_norms": 52},
                        "after": {
                            "parameters": 3_487_816,
                            "macs": macs,
                            "weight_bytes": 13_951_264,
                            "batch_norms": 0,
                        },
                        "notes": ["largest difference of any output 2.9e-6, allowed 1e-4"],
                    },
                    {
                        "name": "int8_ptq",
                        "before": {"parameters": 3_487_816, "macs": macs, "weight_bytes": 13_951_264, "batch_norms": 0},
                        "after": {"parameters": 3_487_816, "macs": macs, "weight_bytes": 3_538_984, "batch_norms": 0},
                        "notes": ["activation ranges by mean squared error over 320 views"],
                    },
                ],
                "quantisation": [
                    {"name": "image", "kind": "input", "scale": 0.0187, "zero_point": -14, "min": -2.118, "max": 2.64},
                    {
                        "name": "features.0",
                        "kind": "conv2d+hardtanh",
                        "scale": 0.0235,
                        "zero_point": -128,
                        "min": 0.0,
                        "max": 6.0,
                    },
                ],
                "float": {"parameters": 3_487_816, "macs": macs},
                "library_versions": {"torch": "2.13.0", "torchao": "0.18.0"},
                "weights": [],
                "sensitivity": [],
            },
        ),
        export=document_of(
            ExportDocument,
            {
                "pte": {"path": "photo_tagger.pte", "sha256": "a" * 64, "bytes": weights + 30_000},
                "plan_bytes": weights + 28_000,
                "arena_bytes": 357_504,
                "arena_bytes_without_bands": 1_505_280,
                "arena_lower_bound_bytes": 351_232,
                "arena_aligned_lower_bound_bytes": 351_232,
                "band_bytes": 129_024,
                "bands": [],
                "fingerprint": "0x4d1f0c9a27be6635",
                "ops": ops,
                "inputs": [{"name": "image", "shape": [1, 3, 224, 224], "scale": 0.0187, "zero_point": -14}],
                "outputs": [{"name": "scores", "shape": [1, 1000]}],
                "macs": macs,
                "weight_bytes": weights,
            },
        ),
        platforms={name: platforms[name] for name in targets},
        proofs=_proofs(ops) if proofs is None else proofs,
        artifacts=tuple(
            MeasuredArtifact(
                artifact=Artifact(path=path, sha256=digit * 64, bytes=count), download_bytes=int(count * 0.91)
            )
            for path, digit, count in (
                ("android/maven/com/example/phototagger/1.2.0/phototagger-1.2.0.aar", "b", 3_391_204),
                ("android/maven/com/example/phototagger/1.2.0/phototagger-1.2.0-sources.jar", "c", 21_880),
                ("android/maven/com/example/phototagger/1.2.0/phototagger-1.2.0.pom", "d", 1_504),
                ("model/photo_tagger.pte", "e", weights + 30_000),
            )
        ),
        environment={"sdkgen": "0.1.0", "executorch": "1.5.1", "zig": "0.17.1", "kotlin": "2.4.20", "java": "17.0.19"},
    )


@pytest.fixture
def make_inputs() -> Callable[..., ReportInputs]:
    """`make_inputs(budgets=…, description=…, proofs=…, load_alignment_bytes=…, targets=…)`, the rest realistic."""
    return _inputs
