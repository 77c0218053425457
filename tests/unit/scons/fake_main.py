"""Stands in for sdkgen/__main__.py in the DAG tests: a step writes digests of what it reads, and notes that it ran."""

import argparse
import hashlib
import sys
from pathlib import Path

from sdkgen import spec as specs


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    for option in ("--spec", "--build", "--host", "--dist"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    spec = specs.load(options.spec)
    build, dist = options.build, options.dist
    with Path("ran.txt").open("a") as log:
        log.write(options.step + "\n")
    if Path(f"fail-{options.step}").exists():
        sys.stderr.write(f"error: {options.step} was told to fail\n  Remove the file.\n")
        return 9

    def write(path: Path, *inputs: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(options.step + "".join(hashlib.sha256(i.read_bytes()).hexdigest() for i in inputs))

    kotlin = sorted(p for p in Path("templates/kotlin").rglob("*") if p.is_file())
    jni = sorted((build / "android/jni").rglob("*.so"))
    pte = build / f"export/{spec.name}.pte"
    proofs = [build / f"prove/{name}.json" for name in ("executorch", "jvm", "arm")]
    trained = [build / f"train/{role}.safetensors" for role in ("teacher", "network")] if spec.training else []
    match options.step:
        case "train":
            for path in (build / "train/train.json", *trained):
                write(path, spec.origin.parent / "model.py", spec.origin.parent / "data.py")
        case "compress":
            for name in ("float.pt2", "quantized.pt2", "compress.json", *(["predictions.json"] if trained else [])):
                write(build / "compress" / name, *spec.data.calibration, *trained)
        case "export":
            write(pte, build / "compress/quantized.pt2")
            write(build / "export/export.json", build / "compress/quantized.pt2")
        case "generate":
            write(build / "android/api/kotlin/Api.kt", *kotlin)
        case "kotlin":
            write(build / "android/classes.jar", build / "android/api/kotlin/Api.kt")
            write(build / "android/sources.jar", build / "android/api/kotlin/Api.kt")
            write(build / "android/proof/program.jar", build / "android/classes.jar")
        case "package":
            write(build / "android/maven/a.aar", build / "android/classes.jar", pte, *jni)
            write(build / "android/sizes.json", build / "android/maven/a.aar")
        case "prove_executorch":
            write(proofs[0], pte)
            write(build / "prove/pytorch_outputs.npz", pte)
        case "prove_training":
            write(build / "prove/training.json", pte, build / "compress/predictions.json")
        case "prove_jvm":
            write(proofs[1], build / "android/proof/program.jar")
        case "prove_arm":
            write(proofs[2], *jni)
        case "report":
            write(dist / "report.json", *proofs, build / "android/sizes.json", spec.origin)
            write(dist / "report.html", *proofs)
        case "check":
            write(build / "checked.txt", dist / "report.json")
            print("the table of verdicts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
