"""The Core ML package of a build, read back from disk and executed over samples."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from sdkgen.coreml.evaluator import Arithmetic, Evaluator
from sdkgen.coreml.features import features
from sdkgen.coreml.program import Program, read_package
from sdkgen.engines.coreml.engine import coreml_package_folder, coreml_report
from sdkgen.errors import PackageError, ProofError
from sdkgen.files import read_json
from sdkgen.layout import Layout
from sdkgen.prove.comparison import Outputs
from sdkgen.runtime import Library
from sdkgen.samples import Sample
from sdkgen.spec.values import SdkSpec
from sdkgen.types import JsonValue


@dataclass(frozen=True, kw_only=True)
class Run:
    """One evaluation.

    Attributes:
        outputs: float32, in the order of the spec.
        label: the classifier's predicted label, "" without a classifier.
        recorded: values by name.
    """

    outputs: Outputs
    label: str
    recorded: Mapping[str, npt.NDArray[Any]]


class Package:
    """The Core ML package and coreml.json, which the step `coreml` has written.

    Raises:
        ProofError: the package is missing or damaged.
    """

    def __init__(self, spec: SdkSpec, files: Layout, library: Library) -> None:
        self._spec, self._library = spec, library
        try:
            self.report: Mapping[str, JsonValue] = read_json(coreml_report(files))
            self.program: Program = read_package(coreml_package_folder(files) / self.report["package"])
        except (OSError, PackageError) as error:
            raise ProofError(f"the Core ML package cannot be read: {error}") from error

    @property
    def layers(self) -> list[Mapping[str, str]]:
        """Rows {layer, node, operator, value}: values of the program and the corresponding nodes of PyTorch's."""
        return list(self.report["layers"])

    def inputs(self, sample: Sample) -> dict[str, npt.NDArray[Any]]:
        """Prepare a sample as an app does: the uint8 picture, resized and cropped by the phone's C code, or tensors."""
        names = features(self._spec).inputs
        if self._spec.image is not None and sample.picture is not None:
            return {names[0]: self._library.crop_to_input(self._spec.image, sample.picture)}
        return dict(zip(names, sample.inputs, strict=True))

    def run(self, samples: Sequence[Sample], arithmetic: Arithmetic, record: Collection[str] = ()) -> list[Run]:
        """Evaluate every sample.

        Raises:
            ProofError: the program cannot be executed.
        """
        return self.evaluate(Evaluator(self.program, arithmetic), samples, record)

    def evaluate(
        self,
        evaluator: Evaluator,
        samples: Sequence[Sample],
        record: Collection[str] = (),
        replace: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> list[Run]:
        """Evaluate every sample with values put in, see `Evaluator.run`."""
        outputs = features(self._spec).outputs
        runs = []
        for sample in samples:
            try:
                values = evaluator.run(self.inputs(sample), record=record, replace=replace)
            except PackageError as error:
                raise ProofError(str(error)) from error
            runs.append(
                Run(
                    outputs=tuple(values[name] for name in outputs),
                    label=str(values.get("classLabel", "")),
                    recorded={name: values[name] for name in record if name in values},
                )
            )
        return runs
