"""Keeps torch's import noise off the terminal."""

from sdkgen.log_filters import silence_import_noise

silence_import_noise()
