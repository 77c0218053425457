"""A configuration of a trial: arguments of the model's factory, size of the input, passes; and the spec made of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sdkgen.spec.passes import FineTuneTable, order_mistakes, passes, undone
from sdkgen.spec.values import ImageInput, Knob, KnobRange, PassSpec, SdkSpec, SearchPass, SearchSpec
from sdkgen.types import JsonValue


class Chooser(Protocol):
    """The interface of a sampler; optuna.Trial has it."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any: ...

    def suggest_float(self, name: str, low: float, high: float) -> float: ...

    def suggest_int(self, name: str, low: int, high: int) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One point of the search space.

    Attributes:
        arguments: of the model's factory, those that the search chooses.
        size: (height, width) of the input, or None for the spec's own.
        passes: in order, the last of them a quantiser.
    """

    arguments: Mapping[str, JsonValue]
    size: tuple[int, int] | None
    passes: tuple[PassSpec, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Configuration":
        """Invert `to_json`."""
        return cls(
            arguments=value["arguments"],
            size=None if value["size"] is None else (value["size"][0], value["size"][1]),
            passes=tuple(PassSpec(name=entry["name"], options=entry["options"]) for entry in value["passes"]),
        )

    def to_json(self) -> dict[str, JsonValue]:
        """Convert to JSON values."""
        return {
            "arguments": dict(self.arguments),
            "size": None if self.size is None else list(self.size),
            "passes": [{"name": entry.name, "options": dict(entry.options)} for entry in self.passes],
        }

    def network_key(self) -> str:
        """Equal for configurations that compress the same trained network."""
        return json.dumps([dict(self.arguments), self.size], sort_keys=True)

    def words(self) -> str:
        """Describe the differences from plain quantisation, for a table."""
        parts = [f"{name} {_short(value)}" for name, value in self.arguments.items()]
        parts += [] if self.size is None else [f"{self.size[0]}×{self.size[1]}"]
        automatic = {name for entry in self.passes for name in passes()[entry.name].prepared_by}
        for entry in self.passes:
            values = [
                _option(key, value) for key, value in entry.options.items() if key not in FineTuneTable.model_fields
            ]
            parts += [] if entry.name in automatic else [" ".join([entry.name, *values])]
        return ", ".join(parts)


def choose(search: SearchSpec, chooser: Chooser) -> Configuration:
    """Draw every choice that the search leaves open from `chooser`; a pass that another undoes is not drawn."""
    arguments = {
        name: _choice(chooser, f"argument.{name}", values) for name, values in sorted(search.arguments.items())
    }
    size = _choice(chooser, "size", [f"{height}x{width}" for height, width in search.sizes]) if search.sizes else None
    quantisers = _quantisers(search)
    quantiser = _choice(chooser, "quantiser", quantisers)
    chosen: list[PassSpec] = []
    for entry in search.passes:
        if entry.name in quantisers:
            used = entry.name == quantiser
        else:
            invalid = undone(entry.name, quantiser) or any(undone(earlier.name, entry.name) for earlier in chosen)
            used = not invalid and chooser.suggest_categorical(entry.name, [False, True])
        if used:
            chosen.append(_pass(chooser, entry))
    return configuration(arguments, size, chosen)


def plain(search: SearchSpec, spec: SdkSpec) -> list[dict[str, JsonValue]]:
    """Return the parameters of the first trials: each quantiser alone, on the unchanged network of the spec."""
    fixed: dict[str, JsonValue] = {}
    for name, values in search.arguments.items():
        own = spec.model.argument(name)
        fixed[f"argument.{name}"] = _coded(own if own in values else values[-1])
    if search.sizes:
        image = spec.image
        own_size = None if image is None else (image.height, image.width)
        height, width = own_size if own_size in search.sizes else search.sizes[-1]
        fixed["size"] = f"{height}x{width}"
    quantisers = _quantisers(search)
    fixed |= {entry.name: False for entry in search.passes if entry.name not in quantisers}
    return [{**fixed, "quantiser": name} for name in quantisers]


def _quantisers(search: SearchSpec) -> list[str]:
    return [entry.name for entry in search.passes if passes()[entry.name].yields_int8]


def configuration(arguments: Mapping[str, JsonValue], size: str | None, chosen: Sequence[PassSpec]) -> Configuration:
    """Make a configuration of passes given in any order, and of the passes that prepare them."""
    names = {entry.name for entry in chosen}
    added = dict.fromkeys(name for entry in chosen for name in passes()[entry.name].prepared_by if name not in names)
    every = [*chosen, *(PassSpec(name=name, options={}) for name in added)]
    height, width = (int(extent) for extent in size.split("x")) if size else (0, 0)
    return Configuration(
        arguments=arguments,
        size=(height, width) if size else None,
        passes=tuple(sorted(every, key=lambda entry: passes()[entry.name].rank)),
    )


def invalid(chosen: Configuration) -> str | None:
    """Return the reason why the passes cannot follow each other, or None."""
    found = order_mistakes([entry.name for entry in chosen.passes], has_training=True)
    return next((message for _, message in found), None)


def applied(spec: SdkSpec, chosen: Configuration) -> SdkSpec:
    """Apply the choices of the configuration to the spec.

    A data factory gets the size that a trial chooses as its argument `size`, [height, width].
    """
    model = spec.model.with_arguments(chosen.arguments) if chosen.arguments else spec.model
    spec = replace(spec, model=model, passes=chosen.passes)
    if chosen.size is None or spec.training is None:
        return spec
    training = replace(spec.training, arguments={**spec.training.arguments, "size": list(chosen.size)})
    inputs = tuple(_resized(item, chosen.size) if isinstance(item, ImageInput) else item for item in spec.inputs)
    return replace(spec, training=training, inputs=inputs)


def _resized(image: ImageInput, size: tuple[int, int]) -> ImageInput:
    """Resize the input: the same part of the picture in another number of pixels."""
    ratio = max(size) / max(image.height, image.width)
    resize_to = max(max(size), round(image.resize_to * ratio)) if image.resize_to else 0
    return replace(image, height=size[0], width=size[1], resize_to=resize_to)


def _pass(chooser: Chooser, entry: SearchPass) -> PassSpec:
    chosen = {key: _knob(chooser, f"{entry.name}.{key}", knob) for key, knob in sorted(entry.knobs.items())}
    return PassSpec(name=entry.name, options={**entry.fixed, **chosen})


def _knob(chooser: Chooser, name: str, knob: Knob) -> JsonValue:
    if not isinstance(knob, KnobRange):
        return _choice(chooser, name, knob)
    if isinstance(knob.low, int) and isinstance(knob.high, int):
        return chooser.suggest_int(name, knob.low, knob.high)
    # Three digits are finer than any resulting figure, and are readable in best.toml.
    return float(f"{chooser.suggest_float(name, float(knob.low), float(knob.high)):.3g}")


def _choice(chooser: Chooser, name: str, values: Sequence[JsonValue]) -> JsonValue:
    """Choose one of `values`; a storage takes strings, numbers and booleans only, so that lists become their JSON."""
    if len(values) == 1:
        return values[0]
    coded = {_coded(value): value for value in values}
    return coded[chooser.suggest_categorical(name, list(coded))]


def _coded(value: JsonValue) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value)


def _option(key: str, value: JsonValue) -> str:
    """Format an option: a word alone, a number with the option's name."""
    return value if isinstance(value, str) else f"{key} {_short(value)}"


def _short(value: JsonValue) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
