"""What is rendered from templates, held against files that people have read; --update-goldens rewrites them."""

from pathlib import Path

import pytest
from kotlin_specs import FINGERPRINT, SPECS

from sdkgen.generate.api_model import build_api
from sdkgen.generate.kotlin import render, render_proof, runtime_files

GOLDEN = Path(__file__).parent / "kotlin"


@pytest.mark.parametrize("name", ["photo_tagger", "object", "protocol"])
def test_rendered_files_are_the_golden_ones(name: str, update_goldens: bool) -> None:
    api = build_api(SPECS[name], FINGERPRINT)
    runtime = tuple(runtime_files(api))
    rendered = {path: text for path, text in render(api).items() if not path.endswith(runtime)}
    rendered = {Path(path).name: text for path, text in rendered.items()} | {"ProofMain.kt": render_proof(api)}
    rendered["files.txt"] = "\n".join(render(api)) + "\n"
    folder = GOLDEN / name
    if update_goldens:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, text in rendered.items():
            (folder / path).write_text(text, encoding="utf-8")
    golden = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert rendered == golden, f"pytest {Path(__file__).name} --update-goldens, then read the difference"
