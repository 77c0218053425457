"""The generated Swift packages: built, tested and consumed here, and type-checked as Apple's systems compile them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sdkgen.errors import ProofError
from sdkgen.prove.swift_package import SwiftWork
from sdkgen.prove.swift_typechecks import swift_typechecks
from sdkgen.spec.values import TensorInput
from sdkgen.tasks.tensor import TensorTask
from sdkgen.toolchain.swift import Swift
from tests.conftest import missing
from tests.consumers.swift.swift_build import write_consumer, write_package
from tests.golden.kotlin_specs import SPECS

LONG = replace(SPECS["photo_tagger"], name="a_" + "very_" * 8 + "long_nam")
SINGLE = replace(
    SPECS["object"], name="x", inputs=(TensorInput(name="a", shape=(1, 3)),), task=TensorTask(outputs=("b",))
)
CASES = {**SPECS, "long": LONG, "single": SINGLE}


@pytest.fixture(scope="session")
def swift() -> Swift:
    found = Swift.find()
    if found is None:
        missing("Swift", Swift.remedy)
    assert found is not None
    return found


def test_two_sdks_with_awkward_names_in_one_program(swift: Swift, tmp_path: Path) -> None:
    consumer = write_consumer(tmp_path)
    flags = ["-Xswiftc", "-warnings-as-errors", "-Xcc", "-Werror"]
    result = swift.run(["swift", "test", *flags], folder=consumer, writable=[tmp_path], timeout=600)
    output = result.stdout + result.stderr
    assert result.returncode == 0, "\n".join(line for line in output.splitlines() if "error" in line) or output
    totals = re.findall(r"Executed (\d+) tests, with (?:(\d+) tests? skipped and )?0 failures", output)
    assert int(totals[-1][0]) >= 20
    assert totals[-1][1] == ""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, so that the declarations of Apple's frameworks are compiled once."""
    return tmp_path_factory.mktemp("swift")


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_kind_of_package_is_clean_swift(swift: Swift, name: str, folder: Path) -> None:
    module, c_module = write_package(CASES[name], folder)
    work = SwiftWork(swift=swift, folder=folder, module=module)
    proof = swift_typechecks(work, c_module, "here")
    assert proof.status == "passed", proof.reason


def test_a_data_race_and_a_wrong_label_are_found(swift: Swift, folder: Path) -> None:
    module, c_module = write_package(replace(SPECS["photo_tagger"], name="broken"), folder)
    work = SwiftWork(swift=swift, folder=folder, module=module)
    images = work.package / "Sources" / module / f"{module}+Images.swift"
    text = images.read_text()
    images.write_text(
        text.replace("PixelImage(image, orientation: orientation)", "PixelImage(image, turned: orientation)")
    )
    with pytest.raises(ProofError, match=r"extra argument 'turned'"):
        swift_typechecks(work, c_module, "here")
    race = (
        "\nfinal class Shared { var count = 0 }\nfunc race(_ shared: Shared) {\n  Task.detached { shared.count += 1 }\n"
    )
    images.write_text(text + race + "  shared.count += 1\n}\n")
    with pytest.raises(ProofError, match=r"data race|non-sendable|Sendable"):
        swift_typechecks(work, c_module, "here")
