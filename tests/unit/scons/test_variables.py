"""The command line: defaults, paths, and a suggestion for what is misspelt."""

from dataclasses import replace
from pathlib import Path

import pytest

from sdkgen.errors import SpecError
from sdkgen.scons_tools.variables import check_targets, help_text, parse, platforms, targets_of_command_line
from sdkgen.spec import load

ROOT = Path(__file__).resolve().parents[3]


def test_defaults_count_from_the_checkout_and_typed_paths_from_where_the_user_is(tmp_path: Path) -> None:
    root, here = tmp_path / "root", tmp_path / "here"
    assert parse({}, here, root).spec == root / "sample_apps/photo_tagger/sdk.toml"
    assert parse({}, here, root).dist == root / "dist"
    typed = parse({"spec": "my/sdk.toml", "dist": "../out", "V": "1", "target": "all"}, here, root)
    assert typed.spec == here / "my/sdk.toml"
    assert typed.dist == tmp_path / "out"
    assert typed.verbose
    assert typed.target == "all"


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        ({"sepc": "a.toml"}, "'spec'"),
        ({"v": "1"}, "'V'"),
        ({"target": "androd"}, "'android'"),
        ({"zzz": "1"}, "target, spec, dist, cache, V"),
        ({"V": "2"}, "0 or 1"),
    ],
)
def test_a_wrong_variable_or_value_names_the_right_one(arguments: dict[str, str], suggestion: str) -> None:
    with pytest.raises(SpecError, match=suggestion):
        parse(arguments, Path("/here"), Path("/root"))


def test_a_wrong_target_names_the_right_one_and_paths_are_left_to_scons(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'test'"):
        check_targets(["tset"], tmp_path)
    check_targets([*targets_of_command_line(), "build/photo_tagger/export/photo_tagger.pte"], tmp_path)


def test_help_explains_every_target_and_variable() -> None:
    text = help_text()
    for word in (*targets_of_command_line(), "spec=", "dist=", "cache=", "target=", "V="):
        assert word in text


@pytest.mark.parametrize(
    ("variable", "targets", "built"),
    [
        ("android", [], ("android",)),
        ("ios", [], ("ios",)),
        ("all", [], ("android", "ios")),
        ("android", ["ios"], ("ios",)),
        ("android", ["ios", "android"], ("android", "ios")),
        ("android", ["test"], ("android", "ios")),
        ("ios", ["build/photo_tagger/export/photo_tagger.pte"], ("ios",)),
        ("ios", ["bench"], ("ios",)),
    ],
)
def test_what_is_named_on_the_command_line_goes_before_the_variable(
    variable: str, targets: list[str], built: tuple[str, ...]
) -> None:
    variables = parse({"target": variable}, ROOT, ROOT)
    assert platforms(variables, targets, load(ROOT / "sample_apps/photo_tagger/sdk.toml")) == built


def test_all_is_what_the_spec_has_and_a_platform_that_it_lacks_is_left_to_its_recipe() -> None:
    spec = load(ROOT / "sample_apps/photo_tagger/sdk.toml")
    spec = replace(spec, targets={"ios": spec.targets["ios"]})
    assert platforms(parse({"target": "all"}, ROOT, ROOT), [], spec) == ("ios",)
    assert platforms(parse({}, ROOT, ROOT), [], spec) == ("android",)
