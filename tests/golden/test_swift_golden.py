"""What is rendered from the Swift templates, held against files that people have read; see test_kotlin_golden."""

from pathlib import Path

import pytest
from kotlin_specs import FINGERPRINT, SPECS

from sdkgen.generate.api_model import build_api
from sdkgen.generate.swift import render, render_binary_manifest, render_proof

GOLDEN = Path(__file__).parent / "swift"


@pytest.mark.parametrize("name", ["photo_tagger", "object", "protocol"])
def test_rendered_files_are_the_golden_ones(name: str, update_goldens: bool) -> None:
    api = build_api(SPECS[name], FINGERPRINT)
    package = render(api)
    rendered = {
        Path(path).name: text
        for path, text in package.items()
        if "/Runtime/" not in path and not path.endswith((".xcprivacy", ".swift-format"))
    }
    rendered["BinaryPackage.swift"] = render_binary_manifest(api)
    rendered["Proof.swift"] = render_proof(api)["Sources/Proof/Proof.swift"]
    rendered["files.txt"] = "\n".join(package) + "\n"
    folder = GOLDEN / name
    if update_goldens:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, text in rendered.items():
            (folder / path).write_text(text, encoding="utf-8")
    golden = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert rendered == golden, f"pytest {Path(__file__).name} --update-goldens, then read the difference"
