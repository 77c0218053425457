"""Files that a spec names as "asset:NAME": pinned in pins.toml, kept in the cache, never fetched from here."""

import difflib
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.toolchain.cache import cache_root
from sdkgen.toolchain.pins import load_pins


def asset_path(name: str) -> Path:
    """Return the absolute path of a pinned file or folder, e.g. "photographs" or "photographs/astronaut.png".

    Raises:
        ToolchainError: no such asset is pinned, or it was not fetched yet.
    """
    known = sorted({*(pin.path for pin in load_pins().assets), *(pin.name for pin in load_pins().assets)})
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        remedy = f'Did you mean "asset:{near[0]}"?' if near else f"There are: {', '.join(known)}."
        raise ToolchainError(f'"asset:{name}" is not an asset that sdkgen knows.', remedy=remedy)
    path = cache_root() / "assets" / name
    if not path.exists():
        raise ToolchainError(f'"asset:{name}" is not in the cache ({cache_root()}).', remedy="Run ./sconsw once.")
    return path
