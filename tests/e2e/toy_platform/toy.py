"""A platform, an engine, two steps and a proof, all in one plug-in file: a folder with the model and its checksum.

It has no native code and no API: what it shows is that a build, its proofs, its report and its gate take a platform
that no file of sdkgen names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.schema import Reading, Table, one_of
from sdkgen.spec.values import Budgets, SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.base import NativeBuilder, StoreLimit, Target
from sdkgen.targets.engine import Engine, engine_names, selected
from sdkgen.types import Limit, Proof

DISK = StoreLimit(
    rule="Toy store: one floppy disk", limit=1_440_000, unit="bytes", bound="at_most", source="a label", checked="1987"
)


@register("engine", "checksum")
class Checksum(Engine):
    """Computes nothing: a file with the SHA-256 of the model."""

    name = "checksum"
    title = "Checksum"
    targets = ("toy",)
    preference = 30
    in_api = False

    def bundle(self, name: str) -> tuple[str, ...]:
        return (f"{name}.sha256",)

    def packed(self, files: Layout) -> Sequence[Path]:
        return [files.target("toy") / "sha256.txt"]

    def resources(self, files: Layout) -> Mapping[str, Path]:
        return {f"{files.name}.sha256": files.target("toy") / "sha256.txt"}

    def limitations(self) -> Sequence[str]:
        return ("The checksum engine: a checksum computes nothing.",)


class ToyTable(Table):
    colour: Literal["red", "blue"] = "red"
    engines: list[Annotated[str, one_of(lambda: engine_names("toy"))]] = Field(
        default=["checksum"], description="a list of engines"
    )


@dataclass(frozen=True, kw_only=True)
class ToyTarget:
    """The table [targets.toy]."""

    colour: str
    engines: tuple[str, ...]


@register("target", "toy")
class Toy(Target):
    """The platform."""

    table = ToyTable
    name = "toy"
    title = "Toy"
    summary = "the toy SDK: a folder with the model"
    store = "the toy store"
    download_limit = DISK
    download_budget = "toy_download_bytes"
    download_words = " for toys"
    budget_title = "download for toys, at most"

    @staticmethod
    def read(table: ToyTable, reading: Reading) -> ToyTarget:
        return ToyTarget(colour=table.colour, engines=tuple(table.engines))

    def native(self, builder: NativeBuilder, spec: SdkSpec, files: Layout) -> None:
        return

    def reported(self, spec: SdkSpec, files: Layout) -> tuple[Path, ...]:
        return (files.sizes("toy"),)

    def published(self, files: Layout) -> Mapping[str, tuple[Path, Path]]:
        return {"toy": (files.target("toy") / "shipped", files.dist / "toy")}

    def limits(self, sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
        return (DISK.hold(sizes["abis"]["toy"]["download_bytes"]),)

    def facts(self, spec: SdkSpec) -> dict[str, Any]:
        target = spec.targets.get("toy")
        return {"colour": target and target.colour}

    def limitations(self, spec: SdkSpec, proofs: Sequence[Proof]) -> list[str]:
        return [text for engine in selected(self.value(spec).engines) for text in engine.limitations()]

    def budget(self, budgets: Budgets) -> int | None:
        return budgets.download_bytes


@register("step", "checksum_toy")
class ChecksumToy(Step):
    """Exports for the engine."""

    name = "checksum_toy"
    title = "toy: checksum"
    target = "toy"
    sections: ClassVar = ("toy",)

    def applies(self, spec: SdkSpec) -> bool:
        return "checksum" in Toy().value(spec).engines

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.pte]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.target("toy") / "sha256.txt"]

    def run(self, build: Build) -> None:
        from sdkgen.files import sha256_file, write_text

        write_text(build.files.target("toy") / "sha256.txt", f"{sha256_file(build.files.pte)}\n")


@register("step", "package_toy")
class PackageToy(Step):
    """Packs the folder."""

    name = "package_toy"
    title = "toy: package"
    target = "toy"
    sections: ClassVar = ("sdk", "toy")

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.pte, *(path for engine in selected(Toy().value(spec).engines) for path in engine.packed(files))]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.sizes("toy")]

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.target("toy") / "shipped"]

    def run(self, build: Build) -> None:
        from sdkgen.files import atomic_directory, write_bytes, write_json

        spec, files = build.spec, build.files
        engines = selected(Toy().value(spec).engines)
        content = {files.pte.name: files.pte} | {k: v for engine in engines for k, v in engine.resources(files).items()}
        with atomic_directory(files.target("toy") / "shipped") as folder:
            for name, path in content.items():
                write_bytes(folder / name, path.read_bytes())
        total = sum(path.stat().st_size for path in content.values())
        row = {"part": "model", "name": f"toy/{files.pte.name}", "bytes": total, "download_bytes": total}
        abis = {"toy": {"download_bytes": total, "installed_bytes": total}}
        write_json(files.sizes("toy"), {"abis": abis, "breakdown": [row], "native": {"toy": {"objects": []}}})


@register("step", "prove_toy")
class ProveToy(Step):
    """Compares the packed model with the exported one."""

    name = "prove_toy"
    title = "prove: the toy holds the model"
    target = "toy"
    sections: ClassVar = ("sdk",)
    is_proof = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.pte, files.target("toy") / "shipped"]

    def run(self, build: Build) -> None:
        from sdkgen.documents.proofs import write_proofs

        packed = build.files.target("toy") / "shipped" / build.files.pte.name
        same = packed.read_bytes() == build.files.pte.read_bytes()
        status: Literal["passed", "failed"] = "passed" if same else "failed"
        proof = Proof(name="toy_holds_the_model", host="this machine", status=status, reason="The bytes were compared.")
        write_proofs(build.files.proofs(self.name), [proof])
