"""What is rendered from templates, held against files that people have read; --update-goldens rewrites them."""

from pathlib import Path

import pytest

from sdkgen.generate.api_model import build_api
from sdkgen.generate.kotlin import render, render_proof, runtime_files
from tests.golden.differences import check, check_difference
from tests.golden.kotlin_specs import FINGERPRINT, SPECS

GOLDEN = Path(__file__).parent / "kotlin"
NAMES = {
    "object": {
        "com.example.phototagger": "com.example.`in`.awkward",
        "com/example/phototagger": "com/example/in/awkward",
        "PhotoTagger": "Object",
        "photoTagger": "`object`",
        "photo_tagger": "object",
    },
    "protocol": {
        "com.example.phototagger": "com.example.names",
        "com/example/phototagger": "com/example/names",
        "PhotoTagger": "Protocol",
        "photoTagger": "protocol",
        "photo_tagger": "protocol",
    },
}


def rendered(name: str) -> dict[str, str]:
    """The files of an SDK by name, without the sources that do not vary with the model."""
    api = build_api(SPECS[name], FINGERPRINT, "android")
    runtime = tuple(runtime_files(api))
    files = {Path(path).name: text for path, text in render(api).items() if not path.endswith(runtime)}
    return files | {"ProofMain.kt": render_proof(api), "files.txt": "\n".join(render(api)) + "\n"}


def test_rendered_files_are_the_golden_ones(update_goldens: bool) -> None:
    check(GOLDEN / "photo_tagger", rendered("photo_tagger"), update=update_goldens)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_other_sdks_differ_as_the_golden_says(name: str, update_goldens: bool) -> None:
    golden = GOLDEN / f"{name}.diff"
    check_difference(golden, rendered("photo_tagger"), rendered(name), NAMES[name], update=update_goldens)
