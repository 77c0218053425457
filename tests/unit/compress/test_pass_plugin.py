"""A pass in a folder of SDKGEN_PLUGINS: specs are checked against its declarations, and compression runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sdkgen.registry import PLUGIN_FOLDERS

HERE = Path(__file__).parent
SPEC = """\
[sdk]
name = "plugged"
version = "1.0.0"
[model]
factory = "network:make"
[input]
kind = "tensor"
tensors = [{name = "x", shape = [1, 3, 8, 8]}]
[task]
kind = "tensor"
outputs = ["y"]
[data]
calibration = ["x.safetensors"]
evaluation = ["y.safetensors"]
[targets.android]
package = "com.example.plugged"
"""
# A process of its own: what a plug-in registers stays registered.
LOAD = "import sys, json; from pathlib import Path; from sdkgen import spec; from sdkgen.spec.passes import passes\n"
RUN = (
    LOAD
    + """\
loaded = spec.load(Path(sys.argv[1]))
assert "torch" not in sys.modules, "a spec is checked without torch"
from sdkgen.log_filters import silence_import_noise
silence_import_noise()
import torch
from sdkgen.compress.run import compress
torch.manual_seed(0)
module = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Conv2d(8, 4, 3))
samples = [(torch.randn(1, 3, 8, 8),) for _ in range(4)]
made = compress(loaded, module.eval(), samples[0], samples)
weights = [t for t in made.float_program.state_dict.values() if t.dim() == 4]
report = made.reports[1]
print(json.dumps({
    "order": list(passes()),
    "rounded": all(bool((t * 8 == (t * 8).round()).all()) for t in weights),
    "before": all(bool((t * 8 == (t * 8).round()).all()) for t in (module[0].weight, module[2].weight)),
    "notes": report.notes,
    "summary": passes()["round_weights"].summary(report.before, report.after).verdict,
}))
"""
)


def python(folder: Path, code: str, *passes: str, plugins: str) -> subprocess.CompletedProcess[str]:
    """Run `code` on a spec with the tables [[compress]] of `passes`."""
    for name in ("x", "y"):
        (folder / f"{name}.safetensors").write_bytes(b"")
    path = folder / "sdk.toml"
    path.write_text(SPEC + "".join(f"[[compress]]\n{text}\n" for text in passes))
    environment = {**os.environ, PLUGIN_FOLDERS: plugins}
    return subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False, env=environment
    )


def test_a_plugged_in_pass_runs_with_its_validated_options(tmp_path: Path) -> None:
    passes = ('pass = "fold_batch_norm"', 'pass = "round_weights"\nplaces = 3', 'pass = "int8_ptq"')
    done = python(tmp_path, RUN, *passes, plugins=str(HERE / "plugins"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["order"][4:6] == ["fold_batch_norm", "round_weights"]
    assert found["rounded"] and not found["before"]
    assert found["notes"] == ["rounded to 3 binary places"]
    assert found["summary"].startswith("round_weights saved ") and "nothing in speed" in found["summary"]


@pytest.mark.parametrize(
    ("passes", "message"),
    [
        (('pass = "round_weights"\nplace = 3', 'pass = "int8_ptq"'), 'place: unknown key; did you mean "places"?'),
        (('pass = "round_weights"\nplaces = 30', 'pass = "int8_ptq"'), "places: expected a whole number of binary"),
        (
            ('pass = "round_weights"', 'pass = "fold_batch_norm"', 'pass = "int8_ptq"'),
            '"fold_batch_norm" must come before "round_weights": it rounds the folded weights',
        ),
        (
            ('pass = "round_weights"', 'pass = "equalise"', 'pass = "int8_ptq"'),
            '"equalise" cannot follow "round_weights": factors take the weights off their multiples',
        ),
        (
            ('pass = "cluster_weights"', 'pass = "round_weights"', 'pass = "int8_ptq"'),
            '"round_weights" cannot follow "cluster_weights": it takes the weights off their palette',
        ),
    ],
)
def test_its_declarations_are_those_of_a_spec(tmp_path: Path, passes: tuple[str, ...], message: str) -> None:
    done = python(tmp_path, LOAD + "spec.load(Path(sys.argv[1]))", *passes, plugins=str(HERE / "plugins"))
    assert message in done.stderr


def test_without_the_folder_there_is_no_such_pass(tmp_path: Path) -> None:
    passes = ('pass = "round_weights"', 'pass = "int8_ptq"')
    done = python(tmp_path, LOAD + "spec.load(Path(sys.argv[1]))", *passes, plugins="")
    assert '"round_weights" is not allowed' in done.stderr
