"""Stands in for sdkgen/__main__.py in the DAG tests: a step writes digests of what it reads, and notes that it ran."""

import argparse
import hashlib
import sys
from pathlib import Path

from sdkgen import spec as specs
from sdkgen.package.apple_sources import write_c_target


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    for option in ("--spec", "--build", "--host", "--dist"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("--targets", default="")
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

    kotlin = files(Path("templates/kotlin"))
    jni = sorted((build / "android/jni").rglob("*.so"))
    pte = build / f"export/{spec.name}.pte"
    swift = files(Path("templates/swift"))
    proofs = [build / f"prove/{name}.json" for name in ("executorch", "jvm", "arm", "coreml", "swift")]
    ios, targets = build / "ios", options.targets.split(",")
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
        case "coreml":
            write(ios / "coreml/PhotoTagger.mlpackage/Manifest.json", build / "compress/quantized.pt2")
            write(ios / "coreml.json", build / "compress/quantized.pt2")
        case "generate_swift":
            write(ios / "api/Package.swift", *swift)
        case "apple_native":
            write_c_target(Path("native"), spec.name, ios / "c_target", module="CPhotoTagger")
        case "package_ios":
            parts = [path for part in ("api", "c_target", "coreml", "slices") for path in files(ios / part)]
            write(ios / "dist/PhotoTagger/Package.swift", pte, *parts)
            write(ios / "sizes.json", ios / "dist/PhotoTagger/Package.swift")
        case "prove_coreml":
            write(proofs[3], ios / "coreml.json")
        case "prove_swift":
            write(proofs[4], ios / "dist/PhotoTagger/Package.swift")
        case "report":
            own = {"android": proofs[1:3], "ios": proofs[3:]}
            found = [proofs[0], *(proof for target in targets for proof in own[target])]
            write(dist / "report.json", *found, *(build / target / "sizes.json" for target in targets), spec.origin)
            write(dist / "report.html", *found)
        case "check":
            write(build / "checked.txt", dist / "report.json")
            print("the table of verdicts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
