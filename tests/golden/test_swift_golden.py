"""What is rendered from the Swift templates, held against files that people have read; see test_kotlin_golden."""

from pathlib import Path

import pytest

from sdkgen.generate.api_model import build_api
from sdkgen.generate.swift import render, render_binary_manifest, render_proof
from tests.golden.differences import check, check_difference
from tests.golden.kotlin_specs import FINGERPRINT, SPECS

GOLDEN = Path(__file__).parent / "swift"
NAMES = {
    "object": {"PhotoTagger": "Object", "photoTagger": "object", "photo_tagger": "object"},
    "protocol": {"PhotoTagger": "ProtocolSdk", "photoTagger": "`protocol`", "photo_tagger": "protocol"},
}


def rendered(name: str) -> dict[str, str]:
    """The files of a package by name, without the sources that do not vary with the model."""
    api = build_api(SPECS[name], FINGERPRINT, "ios")
    package = render(api)
    files = {
        Path(path).name: text
        for path, text in package.items()
        if "/Runtime/" not in path and not path.endswith((".xcprivacy", ".swift-format"))
    }
    files["BinaryPackage.swift"] = render_binary_manifest(api)
    files["Proof.swift"] = render_proof(api)["Sources/Proof/Proof.swift"]
    files["files.txt"] = "\n".join(package) + "\n"
    return files


def test_rendered_files_are_the_golden_ones(update_goldens: bool) -> None:
    check(GOLDEN / "photo_tagger", rendered("photo_tagger"), update=update_goldens)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_other_packages_differ_as_the_golden_says(name: str, update_goldens: bool) -> None:
    golden = GOLDEN / f"{name}.diff"
    check_difference(golden, rendered("photo_tagger"), rendered(name), NAMES[name], update=update_goldens)
