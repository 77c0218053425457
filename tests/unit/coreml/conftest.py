"""Lets the tests of this folder import its helper module, and keeps the noise of coremltools' import away."""

import sys
from pathlib import Path

from sdkgen.log_filters import silence_import_noise

sys.path.insert(0, str(Path(__file__).parent))
silence_import_noise()
