"""Keeps the noise of coremltools' import off the terminal."""

from sdkgen.log_filters import silence_import_noise

silence_import_noise()
