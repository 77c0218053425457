"""Turns valid tables of an sdk.toml into the values of SdkSpec, checking what spans keys, tables and files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from sdkgen.spec import tables as tables
from sdkgen.spec.check import Mistake
from sdkgen.spec.files import FileMistakeError, matching_files, one_file, portable
from sdkgen.spec.passes import PassTable, order_mistakes, passes
from sdkgen.spec.search import SearchTable, search_mistakes, search_spec
from sdkgen.spec.source import Location, Source, shown
from sdkgen.spec.values import (
    AndroidTarget,
    Budgets,
    ClassificationTask,
    DataSpec,
    ImageInput,
    IosTarget,
    ModelSpec,
    PassSpec,
    SdkSpec,
    SearchSpec,
    TeacherSpec,
    TensorInput,
    TensorTask,
    TrainingSpec,
)

T = TypeVar("T", bound=tables.Table)


class Converter:
    """Collects in `mistakes` what it finds wrong; `spec` is called once."""

    def __init__(self, source: Source, found: dict[Location, tables.Table]) -> None:
        self.mistakes: list[Mistake] = []
        self._source = source
        self._folder = source.path.parent
        self._found = found

    def spec(self) -> SdkSpec | None:
        """The whole spec, or None if a part of it is wrong."""
        sdk = self._table(tables.SdkTable, "sdk")
        model = self._model()
        inputs = self._inputs()
        task = self._task()
        data = self._data()
        training = self._training()
        passes = self._passes()
        budgets = self._budgets()
        search = self._search()
        android = self._android()
        ios = self._ios()
        if training is None and "training" in self._source.document:
            return None
        if self.mistakes:
            return None
        if not (sdk and model and inputs and task and data and passes and budgets and (android or ios)):
            return None
        return SdkSpec(
            origin=self._source.path,
            name=sdk.name,
            version=sdk.version,
            description=sdk.description,
            vendor=sdk.vendor,
            license=sdk.license,
            model=model,
            inputs=inputs,
            task=task,
            data=data,
            training=training,
            passes=passes,
            budgets=budgets,
            search=search,
            android=android,
            ios=ios,
        )

    def _table(self, kind: type[T], *location: str | int) -> T | None:
        found = self._found.get(location)
        return found if isinstance(found, kind) else None

    def _wrong(self, location: Location, message: str) -> None:
        self.mistakes.append((location, message))

    def _model(self) -> ModelSpec | None:
        table = self._table(tables.ModelTable, "model")
        if table is None:
            return None
        weights = None
        if table.weights is not None:
            weights = self._file(("model", "weights"), table.weights)
        elif table.weights_sha256 is not None:
            self._wrong(("model", "weights_sha256"), 'belongs to the key "weights", which is missing')
        return ModelSpec(
            factory=table.factory, arguments=table.arguments, weights=weights, weights_sha256=table.weights_sha256
        )

    def _inputs(self) -> tuple[ImageInput | TensorInput, ...] | None:
        tensors = self._table(tables.TensorsTable, "input")
        if tensors is not None:
            return tuple(TensorInput(name=entry.name, shape=tuple(entry.shape)) for entry in tensors.tensors)
        image = self._table(tables.ImageTable, "input")
        if image is None:
            return None
        height, width = image.size
        where = ("input", "resize_to")
        if image.resize == "stretch" and image.resize_to is not None:
            self._wrong(where, 'has no meaning with resize = "stretch"; remove it')
        if image.resize == "shorter_side" and image.resize_to is None:
            self._wrong(("input", "resize"), '"shorter_side" needs the key "resize_to": the shorter side in pixels')
        if image.resize == "shorter_side" and image.resize_to is not None and image.resize_to < max(height, width):
            longer = max(height, width)
            self._wrong(where, f"{image.resize_to} is below {longer}, the longer side of size; no crop would fit")
        return (
            ImageInput(
                name=image.name,
                height=height,
                width=width,
                resize=image.resize,
                resize_to=image.resize_to or 0,
                colour_order=image.colour_order,
                mean=(image.mean[0], image.mean[1], image.mean[2]),
                std=(image.std[0], image.std[1], image.std[2]),
            ),
        )

    def _task(self) -> ClassificationTask | TensorTask | None:
        tensor = self._table(tables.TensorTaskTable, "task")
        if tensor is not None:
            return TensorTask(outputs=tuple(tensor.outputs))
        table = self._table(tables.ClassificationTable, "task")
        if table is None:
            return None
        labels = table.labels
        if isinstance(labels, str):
            path = self._file(("task", "labels"), labels)
            labels = [] if path is None else self._label_lines(path)
        return ClassificationTask(labels=tuple(labels), scores=table.scores)

    def _label_lines(self, path: Path) -> list[str]:
        where = ("task", "labels")
        try:
            lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self._wrong(where, f"{shown(path)} cannot be read as UTF-8 text: {error}")
            return []
        if not lines:
            self._wrong(where, f"{shown(path)} is empty; it needs one label per line")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                self._wrong(where, f"{shown(path)}:{number} is blank; every line is the label of one output")
        return [line.strip() for line in lines]

    def _data(self) -> DataSpec | None:
        table = self._table(tables.DataTable, "data")
        if table is None:
            return None
        calibration = self._files("calibration", table.calibration)
        evaluation = self._files("evaluation", table.evaluation)
        used = {path.resolve() for path in calibration}
        if shared := [path for path in evaluation if path.resolve() in used]:
            message = "used for calibration too; evaluation needs unseen data"
            self._wrong(("data", "evaluation"), f"{self._first(shared)} {message}")
        if self._table(tables.TensorsTable, "input") is not None:
            self._check_tensor_samples("calibration", calibration, table.calibration_crops)
            self._check_tensor_samples("evaluation", evaluation, table.evaluation_crops)
        return DataSpec(
            calibration=calibration,
            evaluation=evaluation,
            calibration_crops=table.calibration_crops,
            evaluation_crops=table.evaluation_crops,
            calibration_limit=table.calibration_limit,
            evaluation_limit=table.evaluation_limit,
        )

    def _check_tensor_samples(self, key: str, paths: Sequence[Path], crops: int) -> None:
        if others := [path for path in paths if path.suffix != ".safetensors"]:
            self._wrong(("data", key), f'{self._first(others)} no .safetensors file; input kind "tensor" needs them')
        if crops != 1:
            self._wrong(("data", f"{key}_crops"), 'only images can be cropped; remove it with input kind "tensor"')

    def _first(self, paths: Sequence[Path]) -> str:
        name = portable(paths[0], self._folder)
        return f"{name} is" if len(paths) == 1 else f"{name} and {len(paths) - 1} more are"

    def _passes(self) -> tuple[PassSpec, ...]:
        count = len(self._source.document["compress"]) if isinstance(self._source.document.get("compress"), list) else 0
        found = [self._found.get(("compress", index)) for index in range(count)]
        entries = [table if isinstance(table, PassTable) else None for table in found]
        names = [None if entry is None else entry.name for entry in entries]
        for position, message in order_mistakes(names, has_training="training" in self._source.document):
            self._wrong(("compress",) if position is None else ("compress", position, "pass"), message)
        return tuple(PassSpec(name=entry.name, options=entry.options) for entry in entries if entry is not None)

    def _training(self) -> TrainingSpec | None:
        table = self._table(tables.TrainingTable, "training")
        if table is None:
            return None
        if self._table(tables.ClassificationTable, "task") is None and "task" in self._source.document:
            self._wrong(("training", "loss"), '"cross_entropy" needs labels: task kind "classification"')
        return TrainingSpec(**table.model_dump(exclude={"teacher"}), teacher=self._teacher(table.teacher))

    def _teacher(self, table: tables.TeacherTable | None) -> TeacherSpec | None:
        if table is None:
            return None
        if table.hint is None and "hint_weight" in table.model_fields_set:
            self._wrong(("training", "teacher", "hint_weight"), 'belongs to the key "hint", which is missing')
        hint = None if table.hint is None else (table.hint[0], table.hint[1])
        return TeacherSpec(**table.model_dump(exclude={"hint"}), hint=hint)

    def _budgets(self) -> Budgets | None:
        if "budgets" not in self._source.document:
            return Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None)
        table = self._table(tables.BudgetsTable, "budgets")
        if table is None:
            return None
        if table.min_top1_agreement is not None and self._table(tables.TensorTaskTable, "task") is not None:
            self._wrong(("budgets", "min_top1_agreement"), 'task kind "tensor" has no top-1 class; remove this key')
        if table.ios_download_bytes is not None and ("targets", "ios") not in self._found:
            self._wrong(("budgets", "ios_download_bytes"), "there is no [targets.ios]; remove this key")
        return Budgets(**table.model_dump())

    def _search(self) -> SearchSpec | None:
        table = self._table(SearchTable, "search")
        if table is None:
            return None
        found = list(search_mistakes(table, self._source.document))
        self.mistakes += found
        known = passes()
        # An unknown pass has been reported already.
        unknown = any(entry.get("pass") not in known for entry in table.passes)
        return None if found or unknown else search_spec(table)

    def _android(self) -> AndroidTarget | None:
        table = self._table(tables.AndroidTable, "targets", "android")
        if table is None:
            return None
        abis = tuple(abi for abi in ("arm64-v8a", "x86_64") if abi in table.abis)
        return AndroidTarget(package=table.package, min_sdk=table.min_sdk, abis=abis)

    def _ios(self) -> IosTarget | None:
        table = self._table(tables.IosTable, "targets", "ios")
        if table is None:
            return None
        where = ("targets", "ios", "coreml")
        if "coreml" not in table.engines and "coreml" in table.model_fields_set:
            self._wrong(where, 'has no meaning without "coreml" among the engines; remove it')
        elif table.coreml == "int8":
            self._check_coreml_int8(table)
        engines: tuple[Literal["coreml", "neon"], ...] = ("coreml", "neon")
        return IosTarget(
            min_ios=table.min_ios,
            min_macos=table.min_macos,
            engines=tuple(engine for engine in engines if engine in table.engines),
            coreml=table.coreml,
        )

    def _check_coreml_int8(self, table: tables.IosTable) -> None:
        """int8 activations: operators of Core ML 7 (coremltools guide, "Quantization Overview", availability)."""
        for key, found, needed in (("min_ios", table.min_ios, "17.0"), ("min_macos", table.min_macos, "14.0")):
            if int(found.split(".")[0]) < int(needed.split(".")[0]):
                message = (
                    f'coreml = "int8" quantises activations, which needs {key} = "{needed}" or later, not "{found}"; '
                    f'raise it, or use coreml = "int8_weights"'
                )
                # A default stands in no line: the mistake is shown where "int8" is.
                self._wrong(("targets", "ios", key if key in table.model_fields_set else "coreml"), message)

    def _file(self, location: Location, name: str) -> Path | None:
        """The one file that is named, or None and a mistake."""
        try:
            return one_file(self._folder, name)
        except FileMistakeError as error:
            self._wrong(location, str(error))
            return None

    def _files(self, key: str, patterns: Sequence[str]) -> tuple[Path, ...]:
        """The files of all patterns, each once, in an order that is the same on every machine."""
        paths: set[Path] = set()
        for index, pattern in enumerate(patterns):
            try:
                paths |= matching_files(self._folder, pattern)
            except FileMistakeError as error:
                self._wrong(("data", key, index), str(error))
        return tuple(sorted(paths, key=lambda path: portable(path, self._folder)))
