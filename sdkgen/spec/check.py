"""Validates the tables of a parsed sdk.toml, and explains each mistake in a sentence."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sdkgen import registry
from sdkgen.errors import SpecError
from sdkgen.schema import Location, Section, Table
from sdkgen.spec.passes import PassTable, passes
from sdkgen.spec.search import SearchTable, candidates
from sdkgen.spec.tables import INPUTS, TABLES

TOP_LEVEL = ("sdk", "model", "input", "task", "data", "training", "compress", "budgets", "search", "targets")
OPTIONAL = ("training", "budgets", "search")

Mistake = tuple[Location, str]


def check(document: Mapping[str, Any]) -> tuple[dict[Location, Table], list[Mistake]]:
    """Validate every table of a parsed sdk.toml by itself; no file is looked at.

    Returns:
        the valid tables by location (the passes as ("compress", index)), and the mistakes of all others.
    """
    tables: dict[Location, Table] = {}
    mistakes = list(_unknown_names(document, TOP_LEVEL, (), "table"))
    for name in TOP_LEVEL:
        if name not in document:
            # A mistyped table has been reported under the name it has.
            if name not in OPTIONAL and not _is_near(name, document, TOP_LEVEL):
                header = {"compress": "[[compress]]", "targets": _target_headers()}.get(name, f"[{name}]")
                mistakes.append(((), f"the table {header} is missing"))
        elif name == "compress":
            mistakes += _check_passes(document[name], tables)
        elif name == "search":
            mistakes += _check_search(document[name], tables)
        elif name == "targets":
            mistakes += _check_targets(document[name], tables)
        elif name == "model":
            mistakes += _check_source(document[name], tables)
        elif name == "input":
            mistakes += _check_choice((name,), document[name], "kind", INPUTS, tables)
        elif name == "task":
            mistakes += _check_choice((name,), document[name], "kind", _plugin_tables("task"), tables)
        else:
            mistakes += _check_model((name,), document[name], TABLES[name], tables)
    return tables, mistakes


def source_names(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the model sources whose key is in the table [model]; one, if the table is valid."""
    return tuple(name for name in registry.names("model_source") if name in value)


def _plugin_tables(kind: str) -> dict[str, type[Table]]:
    """Return the tables of all plug-ins of a kind, by name."""
    sections: dict[str, Section] = {name: registry.lookup(kind, name) for name in registry.names(kind)}
    return {name: section.table for name, section in sections.items()}


def _target_headers() -> str:
    return " or ".join(f"[targets.{name}]" for name in registry.names("target"))


def _check_source(value: Any, tables: dict[Location, Table]) -> Iterator[Mistake]:
    """Validate [model]: the one key that names a source determines the other keys."""
    sources = _plugin_tables("model_source")
    named = source_names(value) if isinstance(value, dict) else ()
    if len(named) > 1:
        yield ("model", named[1]), f"{_quoted(named)} exclude each other: a network has one source"
        return
    near = [] if named or not isinstance(value, dict) else [name for name in sources if _is_near(name, value, (name,))]
    if named or near or len(sources) == 1 or not isinstance(value, dict):
        # A mistyped or missing key is reported in terms of the table that it belongs to.
        yield from _check_model(("model",), value, sources[[*named, *near, *sources][0]], tables)
    else:
        yield ("model",), f"a key for the source of the network is missing; expected one of {_quoted(sources)}"


def _check_targets(value: Any, tables: dict[Location, Table]) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield ("targets",), f"must be a table: {_target_headers()}"
        return
    known = _plugin_tables("target")
    yield from _unknown_names(value, tuple(known), ("targets",), "target")
    for name, model in known.items():
        if name in value:
            yield from _check_model(("targets", name), value[name], model, tables)
    if not any(name in value or _is_near(name, value, tuple(known)) for name in known):
        yield ("targets",), f"the table {_target_headers()} is missing"


def _check_passes(value: Any, tables: dict[Location, Table]) -> Iterator[Mistake]:
    if not isinstance(value, list) or not value:
        yield ("compress",), 'passes are written as an array of tables: [[compress]], then pass = "int8_ptq"'
        return
    for index, entry in enumerate(value):
        location = ("compress", index)
        yield from _check_choice(location, entry, "pass", passes(), tables)


def _check_search(value: Any, tables: dict[Location, Table]) -> Iterator[Mistake]:
    location = ("search",)
    yield from _check_model(location, value, SearchTable, tables)
    table = tables.get(location)
    if not isinstance(table, SearchTable):
        return
    known = passes()
    for index, entry in enumerate(table.passes):
        name = entry.get("pass")
        if not isinstance(name, str) or name not in known:
            # The mistake belongs to [[compress]]; nothing is valid here, so no table is kept.
            yield from _check_choice((*location, "passes", index), entry, "pass", known, {})
    reported: set[Mistake] = set()
    for where, name, candidate in candidates(table):
        for mistake in _check_model(where, candidate, known[name], {}):
            if mistake not in reported:
                reported.add(mistake)
                yield mistake


def configured(name: str, options: Mapping[str, Any]) -> PassTable:
    """Validate the options of one pass outside of a file, such as those that a search chose.

    Raises:
        SpecError: there is no such pass, or it does not accept the options.
    """
    tables: dict[Location, Table] = {}
    mistakes = list(_check_choice((), {"pass": name, **options}, "pass", passes(), tables))
    if mistakes:
        raise SpecError("; ".join(f"pass {name}: {'.'.join(map(str, where))}: {text}" for where, text in mistakes))
    table = tables[()]
    assert isinstance(table, PassTable)
    return table


def _check_choice(
    location: Location, value: Any, key: str, choices: Mapping[str, type[Table]], tables: dict[Location, Table]
) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield location, f"must be a table with the key {key}"
    elif key not in value:
        yield location, f'the key "{key}" is missing; allowed values: {_quoted(choices)}'
    elif not isinstance(value[key], str) or value[key] not in choices:
        yield (*location, key), _not_allowed(value[key], tuple(choices))
    else:
        yield from _check_model(location, value, choices[value[key]], tables)


def _check_model(
    location: Location, value: Any, model: type[Table], tables: dict[Location, Table]
) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield location, f"must be a table, not {toml(value)}"
        return
    try:
        tables[location] = model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            yield from _explain(location, model, detail, value)


def _explain(
    location: Location, model: type[Table], detail: ErrorDetails, value: Mapping[str, Any]
) -> Iterator[Mistake]:
    """Convert one pydantic error to a sentence in terms of the file."""
    inner = detail["loc"]
    owner, field = _field(model, inner)
    where = (*location, *inner)
    if detail["type"] == "extra_forbidden":
        keys = _keys(owner)
        yield where, f"unknown key; {_suggestion(str(inner[-1]), keys)}allowed keys: {_quoted(keys)}"
    elif detail["type"] == "missing":
        table: Any = value
        for step in inner[:-1]:
            table = table[step]
        # A mistyped key has been reported under the name it has.
        if not _is_near(str(inner[-1]), table, _keys(owner)):
            yield where[:-1], f'the key "{inner[-1]}" is missing; expected {_expectation(field)}'
    elif detail["type"] == "literal_error":
        yield where, _not_allowed(detail["input"], _choices(field))
    elif detail["type"] == "not_one_of":
        yield where, _not_allowed(detail["input"], detail["ctx"]["choices"])
    elif detail["type"] == "value_error" and str(detail["ctx"]["error"]):
        yield where, str(detail["ctx"]["error"])
    else:
        yield where, f"expected {_expectation(field)}, not {toml(detail['input'])}"


def _field(model: type[Table], inner: tuple[int | str, ...]) -> tuple[type[Table], FieldInfo | None]:
    """Return the innermost table on the path `inner`, and the field in it; None for an unknown key."""
    field: FieldInfo | None = None
    for step in inner:
        if isinstance(step, int):
            continue
        nested = _nested_table(field)
        if field is not None and nested is None:
            break  # inside a free-form value such as `arguments`
        model = nested or model
        field = next((f for n, f in model.model_fields.items() if (f.alias or n) == step), None)
    return model, field


def _nested_table(field: FieldInfo | None) -> type[Table] | None:
    """Return the table type of a list of tables, or None."""
    for argument in get_args(field.annotation) if field else ():
        if isinstance(argument, type) and issubclass(argument, Table):
            return argument
    return None


def _keys(model: type[Table]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _choices(field: FieldInfo | None) -> tuple[str, ...]:
    """Return the strings of a field's Literal, also inside a list."""
    pending = [field.annotation] if field else []
    while pending:
        arguments = get_args(pending.pop())
        if arguments and all(isinstance(argument, str) for argument in arguments):
            return arguments
        pending += arguments
    return ()


def _expectation(field: FieldInfo | None) -> str:
    """Describe the allowed values in words."""
    if field is not None and field.description:
        return field.description
    return "one of " + _quoted(_choices(field))


def _not_allowed(value: Any, choices: tuple[str, ...]) -> str:
    near = _suggestion(value, choices) if isinstance(value, str) else ""
    return f"{toml(value)} is not allowed; {near}allowed values: {_quoted(choices)}"


def _unknown_names(
    found: Mapping[str, Any], known: tuple[str, ...], location: Location, what: str
) -> Iterator[Mistake]:
    for name in found:
        if name not in known:
            yield (*location, name), f"unknown {what}; {_suggestion(name, known)}allowed {what}s: {_quoted(known)}"


def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    near = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return near[0] if near else None


def _suggestion(word: str, known: tuple[str, ...]) -> str:
    near = _nearest(word, known)
    return f'did you mean "{near}"? ' if near else ""


def _is_near(missing: str, found: Mapping[str, Any], known: tuple[str, ...]) -> bool:
    """Return whether an unknown name in `found` looks like a mistyped `missing`."""
    return any(_nearest(name, known) == missing for name in found if name not in known)


def _quoted(words: Mapping[str, Any] | tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def toml(value: Any) -> str:
    """Format a value as in the file, shortened."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        text = "a table"
    elif isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, list):
        text = "[" + ", ".join(toml(item) for item in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
