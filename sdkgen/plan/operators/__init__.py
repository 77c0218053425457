"""One file per family of PyTorch operators; each registers its functions with `lower.lowers`."""
