"""Android's ABIs and the rules of Google Play."""

from typing import Any

import pytest

from sdkgen import targets
from sdkgen.errors import PackageError
from sdkgen.targets import android


def _sizes(download_bytes: int) -> dict[str, Any]:
    return {
        "abis": {
            "arm64-v8a": {"download_bytes": download_bytes, "installed_bytes": 1},
            "x86_64": {"download_bytes": 10, "installed_bytes": 1},
        },
        "breakdown": [{"part": "model", "name": "assets/m.pte", "bytes": 9, "download_bytes": 8}],
    }


def _native(alignment: int) -> dict[str, Any]:
    return {"arm64-v8a": {"load_alignment_bytes": alignment}, "x86_64": {"load_alignment_bytes": 16384}}


def test_the_worst_abi_counts_and_the_limit_itself_is_allowed() -> None:
    at, over = (android.limits(_sizes(200_000_000 + extra), _native(16384)) for extra in (0, 1))
    assert all(limit.ok for limit in at)
    assert [limit.ok for limit in over] == [False, False, True, True, True]
    assert over[0].value == 200_000_001


@pytest.mark.parametrize(("alignment", "ok"), [(4096, False), (16384, True), (65536, True)])
def test_pages_of_16_kilobytes(alignment: int, ok: bool) -> None:
    assert android.limits(_sizes(1), _native(alignment))[-1].ok is ok


def test_a_missing_measurement_is_an_error_that_names_it() -> None:
    with pytest.raises(PackageError, match="load_alignment_bytes"):
        android.limits(_sizes(1), {"arm64-v8a": {}, "x86_64": {}})


def test_every_limit_has_a_source_and_the_verdict_repeats_both() -> None:
    for limit in android.STORE_LIMITS:
        assert limit.source
        verdict = limit.hold(0)
        assert limit.source in verdict.source
        assert limit.checked in verdict.source


def test_the_target_is_found_by_name() -> None:
    target = targets.target("android")
    assert target.name == "android"
    assert target.download_limit.limit == 200_000_000


def test_abis_agree_with_what_zig_and_elf_call_them() -> None:
    assert list(android.ABIS) == ["arm64-v8a", "x86_64"]
    assert android.ABIS["arm64-v8a"].zig_target == "aarch64-linux-android"
    assert {abi.elf_machine for abi in android.ABIS.values()} == {"EM_AARCH64", "EM_X86_64"}
    assert all(abi.pointer_bits == 64 for abi in android.ABIS.values())
