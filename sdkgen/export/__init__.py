"""Lower a PT2E-quantised program to a .pte whose whole network is one plan, run by the native library."""

from sdkgen.log_filters import silence_import_noise

silence_import_noise()  # before any module here imports executorch, which imports torchao
