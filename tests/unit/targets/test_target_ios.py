"""The slices of an XCFramework, and the rules of the App Store."""

from pathlib import Path
from typing import Any

import pytest

from sdkgen import targets
from sdkgen.errors import PackageError
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.spec.values import Budgets, DataSpec, SdkSpec, TensorInput
from sdkgen.targets import ios
from sdkgen.targets.ios import IosTarget
from sdkgen.tasks.tensor import TensorTask

NATIVE = {"ios-arm64": {"text_bytes": 100_000}}


def _target(min_ios: str) -> IosTarget:
    return IosTarget(min_ios=min_ios, min_macos="13.1", engines=("neon",), coreml="float16")


def _spec(min_ios: str) -> SdkSpec:
    return SdkSpec(
        origin=Path("sdk.toml"),
        name="net",
        version="1.0.0",
        description="",
        vendor="",
        license="",
        model=TorchFactory(factory="m:f", arguments={}, weights=None, weights_sha256=None),
        inputs=(TensorInput(name="x", shape=(1, 2)),),
        task=TensorTask(outputs=("y",)),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        passes=(),
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        targets={"ios": _target(min_ios)},
    )


def _sizes(download_bytes: int, installed_bytes: int) -> dict[str, Any]:
    return {"abis": {"ios-arm64": {"download_bytes": download_bytes, "installed_bytes": installed_bytes}}}


def test_slices_and_their_targets() -> None:
    targets = {s.name: [s.zig_target(a, _target("16.4")) for a in s.architectures] for s in ios.SLICES}
    assert targets == {
        "ios-arm64": ["aarch64-ios.16.4"],
        "ios-arm64_x86_64-simulator": ["aarch64-ios.16.4-simulator", "x86_64-ios.16.4-simulator"],
        "macos-arm64_x86_64": ["aarch64-macos.13.1", "x86_64-macos.13.1"],
    }


def test_the_limit_itself_is_allowed() -> None:
    at = ios.limits(_sizes(200_000_000, 4_000_000_000), {"ios-arm64": {"text_bytes": 500_000_000}})
    assert [limit.ok for limit in at] == [True, True, True]
    over = ios.limits(_sizes(200_000_001, 4_000_000_001), {"ios-arm64": {"text_bytes": 500_000_001}})
    assert [limit.ok for limit in over] == [False, False, False]


@pytest.mark.parametrize(
    ("min_ios", "systems"),
    [("16.0", ["iOS 16", "iOS 17 and later"]), ("17.2", ["iOS 17 and later"]), ("26.0", ["iOS 17 and later"])],
)
def test_app_clips_have_the_limit_of_each_system_that_the_sdk_runs_on(min_ios: str, systems: list[str]) -> None:
    found = ios.Ios().advisory(_sizes(1, 15_000_001), _spec(min_ios))
    assert [limit.rule.removeprefix("App Clip on ").split(",")[0] for limit in found] == systems
    assert [limit.ok for limit in found] == [system != "iOS 16" for system in systems]


def test_a_missing_measurement_is_an_error_that_names_it() -> None:
    with pytest.raises(PackageError, match="download_bytes"):
        ios.limits({"abis": {"ios-arm64": {}}}, NATIVE)
    with pytest.raises(PackageError, match="ios-arm64"):
        ios.limits(_sizes(1, 1), {})


def test_every_limit_has_a_source_and_a_date() -> None:
    for limit in (*ios.STORE_LIMITS, *(clip.limit for clip in ios.CLIP_LIMITS)):
        assert limit.source and limit.checked in limit.hold(0).source


def test_the_target_is_found_by_name() -> None:
    target = targets.target("ios")
    assert (target.name, target.download_limit) == ("ios", ios.CELLULAR_LIMIT)
