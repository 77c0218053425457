"""Filters known import messages of torch, torchao and coremltools out of the log, and nothing else."""

import logging
import warnings

_NOISE = (
    # torchao probes its optional CUDA libraries and warns for each that a CPU build of torch cannot load.
    ("torchao", "Failed to load "),
    # torch 2.13 with torchao 0.18: an enum is registered with pytree by a deprecated function.
    ("torch.utils._pytree", "%s is an Enum subclass and is now natively supported"),
    # coremltools 9.0 was released before torch 2.13; its conversions are proven by executing the converted programs.
    ("coremltools", "Torch version "),
    # Outside of macOS Core ML is missing, and each of its wrappers logs that.
    ("coremltools", "Failed to load _ML"),
)


class _PrefixFilter(logging.Filter):
    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(self.prefix)


def silence_import_noise() -> None:
    """Drop the known messages, by logger and prefix. Call it before their first import; twice is harmless."""
    for name, prefix in _NOISE:
        logger = logging.getLogger(name)
        if not any(isinstance(f, _PrefixFilter) and f.prefix == prefix for f in logger.filters):
            logger.addFilter(_PrefixFilter(prefix))
    # torch copies its own pytrees through one of its deprecated classes.
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated", category=FutureWarning)
