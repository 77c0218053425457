"""Keeps torch's import noise off the terminal and lets these tests use the networks of the compression tests."""

import sys
from pathlib import Path

from sdkgen.log_filters import silence_import_noise

sys.path.insert(0, str(Path(__file__).parents[1] / "compress"))
silence_import_noise()
