"""Runs trials: compresses the network with a configuration and measures the result; networks are trained once."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from sdkgen.compress import run
from sdkgen.compress.network import Training
from sdkgen.compress.program import Inputs
from sdkgen.documents.search import Figures
from sdkgen.errors import CompressionError
from sdkgen.latency import modelled
from sdkgen.layout import Layout
from sdkgen.models.load import LoadedModel, load, load_teacher
from sdkgen.runtime import Library
from sdkgen.samples import calibration_samples
from sdkgen.search.configuration import Configuration, applied
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.train import train_networks
from sdkgen.steps.training_data import load_labelled_data
from sdkgen.toolchain.cache import exclusive


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A trained network with its calibration samples and training data."""

    model: LoadedModel
    calibration: list[Inputs]
    training: Training


class TrialRunner:
    """Measures configurations of one spec, one after the other.

    Args:
        host: folder of the libraries built for this machine.
        folder: of the search; trained networks are kept in it.
    """

    def __init__(self, spec: SdkSpec, *, host: Path, folder: Path) -> None:
        self._spec = spec
        self._host = host
        self._folder = folder
        self._ready: tuple[str, _Prepared] | None = None

    def measure(self, chosen: Configuration) -> Figures:
        """Run the passes and measure the int8 network.

        Raises:
            CompressionError, ModelError: this configuration cannot be compressed; others may.
            SdkgenError: a fault affects every configuration.
        """
        spec = applied(self._spec, chosen)
        prepared = self._prepared(spec, chosen)
        # A folder per trial: two workers must not use each other's checkpoints.
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="trial-") as scratch, _log(self._folder):
            training = Training(
                settings=prepared.training.settings,
                data=prepared.training.data,
                teacher=prepared.training.teacher,
                folder=Path(scratch),
            )
            compressed = run.compress(
                spec,
                prepared.model.module,
                prepared.model.example_inputs,
                prepared.calibration,
                training,
                exported=prepared.model.program,
                figures="end",
            )
        after = compressed.reports[-1].after
        estimate = modelled(compressed.quantised_program)
        if estimate.unknown:
            raise CompressionError(
                f"no cost was measured for {', '.join(estimate.unknown)}: the latency cannot be modelled",
                remedy="Fit the costs anew: docs/search.md says how.",
            )
        return Figures(
            top1=float(after["top1"]),
            download_bytes=int(after["download_bytes"]),
            macs=int(after["macs"]),
            instructions=estimate.instructions,
            parameters=int(after["parameters"]),
        )

    def _prepared(self, spec: SdkSpec, chosen: Configuration) -> _Prepared:
        key = chosen.network_key()
        if self._ready is None or self._ready[0] != key:
            self._ready = None  # frees the last network's data before the next one's is read
            self._ready = key, self._prepare(spec)
        return self._ready[1]

    def _prepare(self, spec: SdkSpec) -> _Prepared:
        settings = spec.training
        assert settings is not None
        folder = Path(tempfile.mkdtemp(dir=self._folder, prefix="network-"))
        try:
            files = Layout(name=spec.name, build=folder, host=self._host, dist=folder)
            # The second worker finds the networks that the first has trained in the cache.
            waiting = "another worker is training; waiting for it"
            with exclusive(self._folder / ".training.lock", lambda: _print(waiting)):
                train_networks(spec, files)
            model = load(spec, None if spec.model.has_weights else files.trained_weights("network"))
            teacher = load_teacher(spec, files.trained_weights("teacher")).module if settings.teacher else None
        finally:
            shutil.rmtree(folder)
        data = load_labelled_data(spec)
        library = Library(files.image_library)
        calibration = [
            tuple(torch.from_numpy(array) for array in sample.inputs) for sample in calibration_samples(spec, library)
        ]
        training = Training(settings=settings, data=data, teacher=teacher, folder=self._folder)
        return _Prepared(model=model, calibration=calibration, training=training)


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _log(folder: Path) -> Iterator[None]:
    """Redirect the progress of passes to a file: the terminal shows one line per trial."""
    with (folder / "passes.log").open("a", encoding="utf-8") as stream, contextlib.redirect_stderr(stream):
        yield
