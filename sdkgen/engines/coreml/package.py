"""Writes an .mlpackage: the same folder, byte for byte, for the same model."""

import json
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from sdkgen import files

_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's for object identifiers
_FOLDER = "com.apple.CoreML"


def write_package(path: Path, model: Any, weights: bytes) -> None:
    """Replace the folder `path` by a package of the two items that Core ML reads: the model and its weights.

    Maps of the protobuf message are written with sorted keys, the identifiers in the manifest come from the contents,
    and files and folders have the modes 644 and 755. coremltools' own writer leaves an index of debug handles in the
    package, a random identifier per item, and a model that only its owner may read.

    Raises:
        PackageError: the folder cannot be written.
    """
    data = model.SerializeToString(deterministic=True)
    items = [_item("model.mlmodel", "CoreML Model Specification", data)]
    if weights:
        items.append(_item("weights", "CoreML Model Weights", weights))
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": dict(sorted(items)),
        "rootModelIdentifier": items[0][0],
    }
    with files.atomic_directory(path) as folder:
        content = folder / "Data" / _FOLDER
        files.write_bytes(content / "model.mlmodel", data)
        if weights:
            files.write_bytes(content / "weights" / "weight.bin", weights)
        files.write_text(folder / "Manifest.json", json.dumps(manifest, indent=4) + "\n")
        for directory in (p for p in folder.rglob("*") if p.is_dir()):
            directory.chmod(0o755)


def _item(name: str, description: str, data: bytes) -> tuple[str, dict[str, str]]:
    identifier = str(uuid.uuid5(_NAMESPACE, f"{name} {sha256(data).hexdigest()}")).upper()
    return identifier, {
        "author": _FOLDER,
        "description": description,
        "name": name,
        "path": f"{_FOLDER}/{name}",
    }
