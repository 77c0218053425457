"""What the tests with hostile files share: statuses of opening them, and a checksum as an attacker would write it."""

import os
import struct
import subprocess
import zlib
from collections.abc import Iterable
from pathlib import Path

OK, ALIGNMENT, TRUNCATED, FORMAT, VERSION, CHECKSUM, NOT_DELEGATED = 0, 2, 3, 4, 5, 6, 7
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
# A changed size may ask for gigabytes: that is an error status, not a fault.
OPTIONS = {
    "ASAN_OPTIONS": "allocator_may_return_null=1:max_allocation_size_mb=256:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def statuses(driver: Path, files: Iterable[bytes], folder: Path) -> list[int]:
    """The status of opening (and running what opens) each file; a sanitizer's report fails the test."""
    corpus = folder / "corpus"
    corpus.write_bytes(b"".join(struct.pack("<I", len(data)) + data for data in files))
    done = subprocess.run(
        [str(driver), str(corpus)],
        env={**os.environ, **OPTIONS},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [int(line) for line in done.stdout.split()]


def reseal(plan: bytearray) -> bytes:
    """The plan with a correct checksum over its metadata, as an attacker would write it."""
    constants = struct.unpack_from("<I", plan, 52)[0]
    if constants <= len(plan):
        struct.pack_into("<I", plan, 12, 0)
        struct.pack_into("<I", plan, 12, zlib.crc32(plan[:constants]))
    return bytes(plan)
