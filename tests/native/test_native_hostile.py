"""Damaged and hand-crafted files under AddressSanitizer and UBSan: an error status, never a fault."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sdkgen.plan.format import BAND, HEADER, OPERATOR, TENSOR
from tests.native.band_plans import band_cases
from tests.native.hostile import CHECKSUM, FORMAT, NOT_DELEGATED, OK, TRUNCATED, VERSION, reseal, statuses
from tests.native.more_plans import all_cases


@pytest.fixture(scope="session")
def plans() -> list[bytes]:
    """Every ninth case: all operators, a few megabytes in all."""
    return [case.data for case in all_cases()][::9]


@pytest.fixture(scope="session")
def pte(demo_build: Path) -> bytes:
    return (demo_build / "export" / "photo_tagger.pte").read_bytes()


def test_sound_files_open_and_run_clean(driver: Path, tmp_path: Path) -> None:
    files = [case.data for case in all_cases()]
    assert statuses(driver, files, tmp_path) == [OK] * len(files)


def test_truncated_plans(driver: Path, plans: list[bytes], tmp_path: Path) -> None:
    cuts = [plan[: len(plan) * i // 13] for plan in plans for i in range(13)]
    assert set(statuses(driver, cuts, tmp_path)) <= {TRUNCATED, FORMAT}


def test_bit_flips_are_noticed(driver: Path, plans: list[bytes], tmp_path: Path) -> None:
    """One flipped bit in the metadata never opens; in the weights it may, and must run without a fault."""
    rng = np.random.default_rng(11)
    files, in_metadata = [], []
    for plan in plans:
        constants = struct.unpack_from("<I", plan, 52)[0]
        for _ in range(40):
            at = int(rng.integers(len(plan)))
            changed = bytearray(plan)
            changed[at] ^= 1 << int(rng.integers(8))
            files.append(bytes(changed))
            in_metadata.append(at < constants)
    results = statuses(driver, files, tmp_path)
    assert all(status != OK for status, metadata in zip(results, in_metadata, strict=True) if metadata)
    assert sum(in_metadata) > 100


def test_hand_crafted_records(driver: Path, plans: list[bytes], tmp_path: Path) -> None:
    """Fields of header, tensors and operators set to hostile values, with a correct checksum."""
    rng = np.random.default_rng(12)
    hostile = [
        0,
        1,
        2,
        3,
        63,
        64,
        255,
        1023,
        1024,
        4096,
        65535,
        65536,
        2**20,
        2**30,
        2**31 - 64,
        2**31,
        2**32 - 64,
        2**32 - 1,
    ]
    files = []
    for plan in plans:
        tensors, operators = struct.unpack_from("<II", plan, 16)
        tensors_at, operators_at = struct.unpack_from("<II", plan, 32)
        fields = [*range(4, HEADER.size, 4)]
        fields += [tensors_at + 4 * i for i in range(tensors * TENSOR.size // 4)]
        fields += [operators_at + 4 * i for i in range(operators * OPERATOR.size // 4)]
        bands_at, bands = struct.unpack_from("<II", plan, 76)
        fields += [bands_at + 4 * i for i in range(bands * BAND.size // 4)]
        for at in rng.choice(fields, min(120, len(fields)), replace=False):
            changed = bytearray(plan)
            value = int(rng.choice(hostile))
            if rng.integers(4) == 0:
                value = (struct.unpack_from("<I", plan, int(at))[0] + int(rng.choice([-64, -1, 1, 8, 64]))) % 2**32
            struct.pack_into("<I", changed, int(at), value)
            files.append(reseal(changed))
    results = statuses(driver, files, tmp_path)
    assert results.count(FORMAT) > len(files) // 2


@pytest.mark.parametrize(
    ("at", "value", "status"),
    [
        (0, b"SGPX", FORMAT),
        (4, b"\x02\x00", VERSION),
        (6, b"\x02\x00", VERSION),
        (8, struct.pack("<I", 2**31 - 64), TRUNCATED),
        (12, b"\x00\x00\x00\x00", CHECKSUM),
    ],
)
def test_header_fields_have_their_own_status(
    at: int, value: bytes, status: int, driver: Path, plans: list[bytes], tmp_path: Path
) -> None:
    changed = bytearray(plans[0])
    changed[at : at + len(value)] = value
    assert statuses(driver, [bytes(changed)], tmp_path) == [status]


def test_overlapping_tensors_are_refused(driver: Path, plans: list[bytes], tmp_path: Path) -> None:
    """Two tensors that live at once are moved onto each other: every other field stays right."""
    files = []
    for plan in plans:
        count = struct.unpack_from("<I", plan, 16)[0]
        at = struct.unpack_from("<I", plan, 32)[0]
        records = [list(TENSOR.unpack_from(plan, at + i * TENSOR.size)) for i in range(count)]
        arena = [i for i, record in enumerate(records) if record[7] == 0]
        changed = bytearray(plan)
        for i in arena:
            records[i][8] = 0
            TENSOR.pack_into(changed, at + i * TENSOR.size, *records[i])
        if len(arena) > 1 and bytes(changed) != plan:
            files.append(reseal(changed))
    assert set(statuses(driver, files, tmp_path)) == {FORMAT}
    assert len(files) > 10


Change = Callable[[list[int], list[list[int]], list[list[int]], list[int]], None]
"""Of the header's last fields (offset, count and bytes of bands), the tensors, the operators and the band."""


def _set(record: list[int], field: int, value: int) -> None:
    record[field] = value


BROKEN_BANDS: dict[str, Change] = {
    "one operator": lambda head, tensors, operators, band: _set(band, 1, band[0]),
    "backwards": lambda head, tensors, operators, band: _set(band, 0, band[1] + 1),
    "with the quantize before it": lambda head, tensors, operators, band: _set(band, 0, 0),
    "with the dequantize behind it": lambda head, tensors, operators, band: _set(band, 1, band[1] + 1),
    "beyond the last operator": lambda head, tensors, operators, band: _set(band, 1, 4096),
    "less than the chain": lambda head, tensors, operators, band: _set(band, 0, 2),
    "no rows": lambda head, tensors, operators, band: _set(band, 2, 0),
    "more rows than there are": lambda head, tensors, operators, band: _set(band, 2, 10**6),
    "more rows than there is room for": lambda head, tensors, operators, band: _set(band, 2, band[2] + 1),
    "too little memory": lambda head, tensors, operators, band: _set(head, 2, head[2] - 64),
    "memory without bound": lambda head, tensors, operators, band: _set(head, 2, 2**31 - 64),
    "no bands": lambda head, tensors, operators, band: _set(head, 1, 0),
    "the same band twice": lambda head, tensors, operators, band: _set(head, 1, 2),
    "an inner tensor elsewhere": lambda head, tensors, operators, band: _set(tensors[2], 8, tensors[2][8] + 64),
    "an inner tensor in the arena": lambda head, tensors, operators, band: _set(tensors[2], 7, 0),
    "an outer tensor in the band": lambda head, tensors, operators, band: _set(tensors[1], 7, 3),
    "an inner tensor that lives longer": lambda head, tensors, operators, band: _set(
        tensors[2], 13, tensors[2][13] + 1
    ),
    "an operand that dies early": lambda head, tensors, operators, band: _set(tensors[1], 13, band[0]),
    "a result that is born late": lambda head, tensors, operators, band: _set(tensors[4], 12, band[1]),
    "a window beyond the picture": lambda head, tensors, operators, band: _set(operators[2], 13, 3),
}


@pytest.mark.parametrize("name", BROKEN_BANDS)
def test_broken_bands_are_refused(name: str, driver: Path, tmp_path: Path) -> None:
    """A band of three operators, in which one field is changed: every other stays right."""
    case = next(case for case in band_cases() if "dwconv" in case.name and case.name.endswith("rows 2"))
    plan = bytearray(case.data)
    tensor_count, operator_count = struct.unpack_from("<II", plan, 16)
    tensors_at, operators_at = struct.unpack_from("<II", plan, 32)
    head = list(struct.unpack_from("<III", plan, 76))
    bands_at = head[0]
    tensors = [list(TENSOR.unpack_from(plan, tensors_at + i * TENSOR.size)) for i in range(tensor_count)]
    operators = [list(OPERATOR.unpack_from(plan, operators_at + i * OPERATOR.size)) for i in range(operator_count)]
    band = list(BAND.unpack_from(plan, bands_at))
    assert band == [1, 3, 2] and [tensor[7] for tensor in tensors] == [1, 0, 3, 3, 0, 2]
    BROKEN_BANDS[name](head, tensors, operators, band)
    struct.pack_into("<III", plan, 76, *head)
    for table, at, records in ((TENSOR, tensors_at, tensors), (OPERATOR, operators_at, operators)):
        plan[at : at + table.size * len(records)] = b"".join(table.pack(*record) for record in records)
    BAND.pack_into(plan, bands_at, *band)
    assert statuses(driver, [case.data, reseal(plan)], tmp_path) == [OK, FORMAT]


def test_damaged_pte(driver: Path, pte: bytes, tmp_path: Path) -> None:
    """Truncations anywhere, and flips of every bit of the FlatBuffer in front of the plan."""
    plan_at = pte.index(b"SGPL")
    head = pte[:plan_at]
    tail = pte[plan_at : plan_at + 128]  # a plan that ends too early: the finder is what is tested here
    rng = np.random.default_rng(13)
    files = [pte[: int(cut)] for cut in rng.integers(0, plan_at + 4096, 60)]
    for at in range(len(head)):
        changed = bytearray(head)
        changed[at] ^= 1 << int(rng.integers(8))
        files.append(bytes(changed) + tail)
    results = statuses(driver, files, tmp_path)
    assert OK not in results
    assert {FORMAT, TRUNCATED, NOT_DELEGATED} <= set(results)


def test_sound_pte_opens(driver: Path, pte: bytes, tmp_path: Path) -> None:
    assert statuses(driver, [pte], tmp_path) == [OK]
