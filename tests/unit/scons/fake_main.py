"""Stands in for sdkgen/__main__.py in the DAG tests: a step writes digests of what it declares, and notes that it ran.

What a step reads and writes comes from its declaration, so that this file has no list of its own.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from sdkgen import spec as specs
from sdkgen import steps, targets
from sdkgen.layout import Layout

REAL = {"apple_native"}
"""Steps that are run as they are: the compiler reads what they write."""


def digest(path: Path) -> str:
    """Of a file, or of everything below a folder."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def imitate(step: steps.Step, spec: specs.SdkSpec, files: Layout) -> None:
    """Write every file and fill every folder of a step with the digests of what it reads, compiled libraries apart."""
    reads = [path for path in step.reads(spec, files) if files.host not in path.parents]
    text = step.name + "".join(map(digest, (*reads, *map(Path, step.data_files))))
    filled = [folder / "content.txt" for folder in step.fills(spec, files)]
    for path in (*step.writes(spec, files), *filled):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    for option in ("--spec", "--build", "--host", "--dist"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("--targets", default="")
    options = parser.parse_args(arguments)
    step, spec = steps.all_steps()[options.step], specs.load(options.spec)
    files = steps.with_proof_steps(
        Layout(
            name=spec.name,
            build=options.build,
            host=options.host,
            dist=options.dist,
            targets=tuple(options.targets.split(",")) if options.targets else targets.of_spec(spec),
        ),
        spec,
    )
    with Path("ran.txt").open("a") as log:
        log.write(step.name + "\n")
    if Path(f"fail-{step.name}").exists():
        sys.stderr.write(f"error: {step.name} was told to fail\n  Remove the file.\n")
        return 9
    if step.name in REAL:
        from sdkgen.steps.command import run

        run(step, spec, files)
        return 0
    imitate(step, spec, files)
    if step.shows_output:
        print("the table of verdicts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
