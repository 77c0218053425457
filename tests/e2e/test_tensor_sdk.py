"""A small SDK of plain tensors, step by step from its spec: the C runtime computes what PyTorch's program says."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sdkgen.runtime import Library
from sdkgen.steps import command

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny spec with calibration and evaluation samples."""
    folder = tmp_path_factory.mktemp("tiny") / "project"
    shutil.copytree(HERE / "tiny", folder)
    rng = np.random.default_rng(5)
    for part, count in (("calibration", 24), ("evaluation", 6)):
        (folder / part).mkdir()
        for i in range(count):
            sample = rng.normal(size=(1, 3, 12, 12)).astype(np.float32)
            save_file({"patch": sample}, folder / part / f"{i:02}.safetensors")
    return folder


def run(project: Path, step: str, host: Path, name: str = "sdk.toml") -> int:
    build, dist = project / "build", project / "dist"
    folders = ["--build", str(build), "--host", str(host), "--dist", str(dist)]
    return command.main([step, "--spec", str(project / name), *folders])


@pytest.fixture(scope="module")
def built(project: Path, host_library: Path) -> Path:
    for step in ("compress", "export"):
        assert run(project, step, host_library.parent) == 0, step
    return project / "build"


def test_c_runtime_equals_the_quantised_program(built: Path, project: Path, host_library: Path) -> None:
    import torch
    from safetensors.numpy import load_file

    program = torch.export.load(built / "compress" / "quantized.pt2").module()
    with Library(host_library).open(built / "export" / "tiny_net.pte") as model:
        assert [t.shape for t in model.outputs] == [(1, 5, 6, 6), (1, 4)]
        for path in sorted((project / "evaluation").glob("*.safetensors")):
            sample = load_file(path)["patch"]
            with torch.no_grad():
                expected = [t.numpy() for t in program(torch.from_numpy(sample))]
            actual = model.run([sample])
            # Few sums in so small a network come near a rounding tie: at most single values move by one step.
            assert (np.abs(actual[0] - expected[0]) > 1e-6).mean() <= 0.02
            assert np.abs(actual[1] - expected[1]).max() <= 0.02
            assert actual[1].sum() == pytest.approx(1.0, abs=1e-6)


def test_int8_follows_the_float_network(built: Path, project: Path, host_library: Path) -> None:
    import torch
    from safetensors.numpy import load_file

    program = torch.export.load(built / "compress" / "float.pt2").module()
    signal = noise = 0.0
    with Library(host_library).open(built / "export" / "tiny_net.pte") as model:
        for path in sorted((project / "evaluation").glob("*.safetensors")):
            sample = load_file(path)["patch"]
            with torch.no_grad():
                expected = program(torch.from_numpy(sample))[0].numpy()
            signal += float((expected**2).sum())
            noise += float(((model.run([sample])[0] - expected) ** 2).sum())
    assert 10 * np.log10(signal / noise) >= 20


def test_the_same_inputs_give_the_same_bytes(built: Path, project: Path, host_library: Path) -> None:
    first = {p.name: p.read_bytes() for p in (built / "compress").iterdir()}
    first |= {p.name: p.read_bytes() for p in (built / "export").iterdir()}
    for step in ("compress", "export"):
        assert run(project, step, host_library.parent) == 0
    second = {p.name: p.read_bytes() for p in (built / "compress").iterdir()}
    second |= {p.name: p.read_bytes() for p in (built / "export").iterdir()}
    assert [name for name in first if first[name] != second.get(name)] == []


def test_an_unsupported_operator_is_named_with_its_layer(
    project: Path, host_library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "odd_model.py").write_text(
        "import torch\nfrom torch import nn\n"
        "class Odd(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = nn.Conv2d(3, 4, 3)\n"
        "        self.strange = nn.GLU(dim=1)\n"
        "        self.second = nn.Conv2d(2, 2, 3)\n"
        "    def forward(self, x):\n"
        "        y = self.second(self.strange(self.first(x)))\n"
        "        return y, y.mean(dim=(2, 3))\n"
        "def odd(seed=0):\n"
        "    torch.manual_seed(seed)\n"
        "    return Odd()\n"
    )
    text = (project / "sdk.toml").read_text()
    (project / "odd.toml").write_text(text.replace("model:tiny", "odd_model:odd").replace("tiny_net", "odd_net"))
    codes = [run(project, step, host_library.parent, "odd.toml") for step in ("compress", "export")]
    assert codes[-1] == 6
    message = capfd.readouterr().err
    assert "glu" in message and "strange" in message
