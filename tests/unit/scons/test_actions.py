"""What a node's action does on success and on failure."""

import sys
from pathlib import Path
from typing import Any

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.scons_tools import actions


def _run(target: Path, code: str, **settings: Any) -> int:
    env = {
        "COMMAND": [sys.executable, "-c", code, "{output}"],
        "TITLE": "a step",
        "PASSING": False,
        "SHOW": False,
        "PROGRESS": False,
        "VARIABLES": {},
        "VERBOSE": False,
        "FINISH": lambda: None,
        **settings,
    }
    return actions.run([target], [], env)


def test_success_is_one_line_and_the_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "deep" / "out.txt"
    assert _run(target, "import sys; print('noise'); open(sys.argv[1], 'w').write('whole')") == 0
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]
    printed = capsys.readouterr().out
    assert printed.endswith("a step\n")
    assert printed.startswith("[")
    assert "noise" not in printed


def test_failure_shows_what_was_said_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    code = "import sys; open(sys.argv[1], 'w').write('half'); sys.exit('the reason')"
    assert _run(target, code) != 0
    assert "the reason" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    assert _run(tmp_path / "out", "raise SystemExit(7)") == 7


def test_a_check_afterwards_can_fail_the_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise ToolchainError("not fit", remedy="Do this.")

    target = tmp_path / "out"
    assert _run(target, "import sys; open(sys.argv[1], 'w')", FINISH=refuse) == ToolchainError.exit_code
    assert not target.exists()
    assert "not fit\n  Do this." in capsys.readouterr().out


def test_hashes_of_python_are_fixed_in_every_command(tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert _run(target, "import os, sys; open(sys.argv[1], 'w').write(os.environ['PYTHONHASHSEED'])") == 0
    assert target.read_text() == "0"


@pytest.mark.parametrize("name", sorted(actions.FOR_TORCH))
def test_what_makes_torch_fast_holds_unless_the_user_says_otherwise(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    code = f"import os, sys; open(sys.argv[1], 'w').write(os.environ[{name!r}])"
    monkeypatch.delenv(name, raising=False)
    assert _run(target, code) == 0 and target.read_text() == actions.FOR_TORCH[name]
    monkeypatch.setenv(name, "0")
    assert _run(target, code) == 0 and target.read_text() == "0"


def test_progress_is_announced_line_by_line_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[tuple[str, bool]] = []

    def announce(title: str, *, passing: bool = False) -> None:
        announced.append((title, passing))
        (tmp_path / "seen").write_text(title)

    monkeypatch.setattr(actions, "announce", announce)
    # The command goes on only when its first line was announced.
    code = (
        "import sys, time, pathlib\n"
        f"print('epoch 1 \u2588', flush=True, file=sys.stderr)\nseen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
        "while 'epoch 1' not in seen.read_text(): time.sleep(0.01)\n"
        "print('epoch 2'); open(sys.argv[1], 'w')"
    )
    assert _run(tmp_path / "out", code, PROGRESS=True) == 0
    assert announced == [("a step", False), ("a step: epoch 1 \u2588", True), ("a step: epoch 2", True)]
