"""Names every file of a build once; what belongs to one platform is named in `sdkgen/targets/<platform>.py`."""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The files of the build of one SDK.

    Attributes:
        name: of the SDK, snake_case.
        build: folder of this SDK's intermediate files, build/<sdk>.
        host: folder of the files that are built once for this machine, build/host.
        dist: folder of this SDK's results, dist/<sdk>.
        targets: the platforms that this build is for; the report covers them.
        proof_steps: the steps whose proofs the report must hold, sorted.
    """

    name: str
    build: Path
    host: Path
    dist: Path
    targets: tuple[str, ...] = ()
    proof_steps: tuple[str, ...] = ()

    # The step `train`, of a spec that trains.

    @property
    def train(self) -> Path:
        """Folder of the trained weights, and of the checkpoints of passes that train."""
        return self.build / "train"

    def trained_weights(self, role: str) -> Path:
        """State dict of the trained network, role "network", or of the teacher, role "teacher"."""
        return self.train / f"{role}.safetensors"

    @property
    def train_report(self) -> Path:
        return self.train / "train.json"

    @property
    def pass_checkpoints(self) -> Path:
        """Folder in which passes that train keep their checkpoints."""
        return self.train / "passes"

    # The step `compress`.

    @property
    def float_program(self) -> Path:
        """Exported program of the folded float network."""
        return self.build / "compress" / "float.pt2"

    @property
    def quantised_program(self) -> Path:
        """Exported program with int8 weights and activations."""
        return self.build / "compress" / "quantized.pt2"

    @property
    def compress_report(self) -> Path:
        return self.build / "compress" / "compress.json"

    @property
    def predictions(self) -> Path:
        """Class of every labelled evaluation sample by the compressed network; only for a spec that trains."""
        return self.build / "compress" / "predictions.json"

    # The step `export`.

    @property
    def pte(self) -> Path:
        """The ExecuTorch program with the plan."""
        return self.build / "export" / f"{self.name}.pte"

    @property
    def export_report(self) -> Path:
        return self.build / "export" / "export.json"

    @property
    def published_pte(self) -> Path:
        return self.dist / "model" / f"{self.name}.pte"

    # Proofs.

    def proofs(self, step: str) -> Path:
        """The list of proofs that the proof step `step` writes, such as "prove_jvm"."""
        return self.build / "prove" / f"{step.removeprefix('prove_')}.json"

    @property
    def pytorch_outputs(self) -> Path:
        """Outputs of the quantised program on every evaluation view, by PyTorch with exact integer sums."""
        return self.build / "prove" / "pytorch_outputs.npz"

    # Platforms, search, report.

    def target(self, name: str) -> Path:
        """Folder of one platform's intermediate files."""
        return self.build / name

    def sizes(self, target: str) -> Path:
        """Sizes that one platform's SDK adds to the download of an app."""
        return self.target(target) / "sizes.json"

    def publication(self, part: str) -> Path:
        """Manifest of the folder `part` that was copied to `dist`."""
        return self.build / "published" / f"{part}.json"

    @property
    def search(self) -> Path:
        """Folder of a search under a budget."""
        return self.build / "search"

    @property
    def search_front(self) -> Path:
        """Trials and Pareto front of a search; only where one was made."""
        return self.search / "front.json"

    @property
    def report_json(self) -> Path:
        return self.dist / "report.json"

    @property
    def report_html(self) -> Path:
        return self.dist / "report.html"

    @property
    def checked(self) -> Path:
        """Written when every proof, limit and budget was met."""
        return self.build / "checked.txt"

    # Built once for this machine.

    @property
    def c_api(self) -> Path:
        """The runtime with its public C API, as a shared library."""
        return self.host / shared_library("sdkgen")

    @property
    def image_library(self) -> Path:
        """The preprocessing alone, for calibration."""
        return self.host / shared_library("sdkgen_image")

    @property
    def executorch_adapter(self) -> Path:
        """The runtime as a backend of ExecuTorch."""
        return self.host / shared_library("sdkgen_executorch")

    @property
    def android_loader(self) -> Path:
        """Static arm64 Linux program that loads an Android library under emulation."""
        return self.host / "android_loader"


def shared_library(name: str) -> str:
    """File name of a shared library on this machine."""
    return f"lib{name}.dylib" if sys.platform == "darwin" else f"lib{name}.so"
