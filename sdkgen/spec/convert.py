"""Converts valid tables of an sdk.toml to the values of SdkSpec; checks constraints across keys, tables and files."""

from collections.abc import ItemsView, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sdkgen import registry
from sdkgen.schema import Location, Section, Table
from sdkgen.spec import tables
from sdkgen.spec.check import Mistake, source_names
from sdkgen.spec.files import FileMistakeError, matching_files, one_file, portable
from sdkgen.spec.passes import PassTable, order_mistakes, passes
from sdkgen.spec.search import SearchTable, search_mistakes, search_spec
from sdkgen.spec.source import Source, shown
from sdkgen.spec.values import (
    Budgets,
    DataSpec,
    ImageInput,
    ModelSource,
    PassSpec,
    SdkSpec,
    SearchSpec,
    TeacherSpec,
    TensorInput,
    TrainingSpec,
)
from sdkgen.tasks.base import Task

T = TypeVar("T", bound=Table)


class Converter:
    """Collects mistakes in `mistakes`; `spec` is called once. Plug-ins use it as their `Reading`."""

    def __init__(self, source: Source, found: dict[Location, Table]) -> None:
        self.mistakes: list[Mistake] = []
        self._source = source
        self._folder = source.path.parent
        self._found = found

    def spec(self) -> SdkSpec | None:
        """Convert the whole spec; return None if a part of it is wrong."""
        sdk = self._table(tables.SdkTable, "sdk")
        model = self._model()
        inputs = self._inputs()
        task = self._task()
        data = self._data()
        training = self._training()
        passes = self._passes()
        budgets = self._budgets()
        search = self._search()
        platforms = self._targets()
        if training is None and "training" in self._source.document:
            return None
        if self.mistakes:
            return None
        if not (sdk and model and inputs and task and data and passes and budgets and platforms):
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
            targets=platforms,
        )

    def _table(self, kind: type[T], *location: str | int) -> T | None:
        found = self._found.get(location)
        return found if isinstance(found, kind) else None

    def _model(self) -> ModelSource | None:
        table = self._found.get(("model",))
        if table is None:
            return None
        (name,) = source_names(self._source.document["model"])
        source: ModelSource | None = self._read("model_source", name, table)
        return source

    def _read(self, kind: str, name: str, table: Table) -> Any:
        """Convert a table by its plug-in."""
        section: Section = registry.lookup(kind, name)
        return section.read(table, self)

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
            self.wrong(where, 'has no meaning with resize = "stretch"; remove it')
        if image.resize == "shorter_side" and image.resize_to is None:
            self.wrong(("input", "resize"), '"shorter_side" needs the key "resize_to": the shorter side in pixels')
        if image.resize == "shorter_side" and image.resize_to is not None and image.resize_to < max(height, width):
            longer = max(height, width)
            self.wrong(where, f"{image.resize_to} is below {longer}, the longer side of size; no crop would fit")
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

    def _task(self) -> Task | None:
        table = self._found.get(("task",))
        if table is None:
            return None
        task: Task | None = self._read("task", self._source.document["task"]["kind"], table)
        return task

    def _task_kind(self) -> str | None:
        """Return the kind of a valid table [task]."""
        return self._source.document["task"]["kind"] if ("task",) in self._found else None

    def _data(self) -> DataSpec | None:
        table = self._table(tables.DataTable, "data")
        if table is None:
            return None
        calibration = self._files("calibration", table.calibration)
        evaluation = self._files("evaluation", table.evaluation)
        used = {path.resolve() for path in calibration}
        if shared := [path for path in evaluation if path.resolve() in used]:
            message = "used for calibration too; evaluation needs unseen data"
            self.wrong(("data", "evaluation"), f"{self._first(shared)} {message}")
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
            self.wrong(("data", key), f'{self._first(others)} no .safetensors file; input kind "tensor" needs them')
        if crops != 1:
            self.wrong(("data", f"{key}_crops"), 'only images can be cropped; remove it with input kind "tensor"')

    def _first(self, paths: Sequence[Path]) -> str:
        name = portable(paths[0], self._folder)
        return f"{name} is" if len(paths) == 1 else f"{name} and {len(paths) - 1} more are"

    def _passes(self) -> tuple[PassSpec, ...]:
        count = len(self._source.document["compress"]) if isinstance(self._source.document.get("compress"), list) else 0
        found = [self._found.get(("compress", index)) for index in range(count)]
        entries = [table if isinstance(table, PassTable) else None for table in found]
        names = [None if entry is None else entry.name for entry in entries]
        for position, message in order_mistakes(names, has_training="training" in self._source.document):
            self.wrong(("compress",) if position is None else ("compress", position, "pass"), message)
        return tuple(PassSpec(name=entry.name, options=entry.options) for entry in entries if entry is not None)

    def _training(self) -> TrainingSpec | None:
        table = self._table(tables.TrainingTable, "training")
        if table is None:
            return None
        kind = self._task_kind()
        if kind is not None and table.loss not in registry.lookup("task", kind).losses:
            kinds = [f'"{k}"' for k in registry.names("task") if table.loss in registry.lookup("task", k).losses]
            self.wrong(("training", "loss"), f'"{table.loss}" needs labels: task kind {" or ".join(kinds)}')
        return TrainingSpec(**table.model_dump(exclude={"teacher"}), teacher=self._teacher(table.teacher))

    def _teacher(self, table: tables.TeacherTable | None) -> TeacherSpec | None:
        if table is None:
            return None
        if table.hint is None and "hint_weight" in table.model_fields_set:
            self.wrong(("training", "teacher", "hint_weight"), 'belongs to the key "hint", which is missing')
        hint = None if table.hint is None else (table.hint[0], table.hint[1])
        return TeacherSpec(**table.model_dump(exclude={"hint"}), hint=hint)

    def _budgets(self) -> Budgets | None:
        if "budgets" not in self._source.document:
            return Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None)
        table = self._table(tables.BudgetsTable, "budgets")
        if table is None:
            return None
        self._check_budgets_of_tasks(table)
        for name in registry.names("target"):
            for key in registry.lookup("target", name).budget_keys:
                if key in table.model_fields_set and ("targets", name) not in self._found:
                    self.wrong(("budgets", key), f"there is no [targets.{name}]; remove this key")
        return Budgets(**table.model_dump())

    def _check_budgets_of_tasks(self, table: tables.BudgetsTable) -> None:
        """Refuse limits of metrics that another task has and this one has not."""
        kind = self._task_kind()
        if kind is None:
            return
        own = dict(_budgets_of(kind))
        for key, measured in (item for name in registry.names("task") for item in _budgets_of(name)):
            if key not in own and getattr(table, key, None) is not None:
                self.wrong(("budgets", key), f'task kind "{kind}" has no {measured}; remove this key')

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

    def _targets(self) -> dict[str, Any]:
        """Convert the tables [targets.NAME], by name."""
        tables = {name: self._found.get(("targets", name)) for name in registry.names("target")}
        return {name: self._read("target", name, table) for name, table in tables.items() if table is not None}

    def wrong(self, location: Location, message: str) -> None:
        """Add a mistake."""
        self.mistakes.append((location, message))

    def file(self, location: Location, name: str) -> Path | None:
        """Return the one file that is named, or None and add a mistake."""
        try:
            return one_file(self._folder, name)
        except FileMistakeError as error:
            self.wrong(location, str(error))
            return None

    def text_lines(self, location: Location, name: str, what: str) -> tuple[str, ...]:
        """Return the lines of a UTF-8 file, stripped; () and a mistake if it cannot be read."""
        path = self.file(location, name)
        if path is None:
            return ()
        try:
            lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self.wrong(location, f"{shown(path)} cannot be read as UTF-8 text: {error}")
            return ()
        if not lines:
            self.wrong(location, f"{shown(path)} is empty; it needs one {what} per line")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                self.wrong(location, f"{shown(path)}:{number} is blank; every line is the {what} of one output")
        return tuple(line.strip() for line in lines)

    def _files(self, key: str, patterns: Sequence[str]) -> tuple[Path, ...]:
        """Return the files of all patterns, each once, in an order that is the same on every machine."""
        paths: set[Path] = set()
        for index, pattern in enumerate(patterns):
            try:
                paths |= matching_files(self._folder, pattern)
            except FileMistakeError as error:
                self.wrong(("data", key, index), str(error))
        return tuple(sorted(paths, key=lambda path: portable(path, self._folder)))


def _budgets_of(task: str) -> ItemsView[str, str]:
    """Return the keys of [budgets] that limit the metric of a task, each with the metric's subject."""
    budgets: Mapping[str, str] = registry.lookup("task", task).budgets
    return budgets.items()
