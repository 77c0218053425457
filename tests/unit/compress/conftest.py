"""Lets the tests of this folder import its helper module, and keeps torch's import noise off the terminal."""

import os
import sys
from pathlib import Path

from sdkgen.log_filters import silence_import_noise

# As sdkgen.scons_tools.actions has it; torch reads it when it is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path.insert(0, str(Path(__file__).parent))
silence_import_noise()
