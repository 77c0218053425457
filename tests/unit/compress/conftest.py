"""Keeps torch's import noise off the terminal."""

import os

from sdkgen.log_filters import silence_import_noise

# As sdkgen.scons_tools.actions has it; torch reads it when it is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
silence_import_noise()
