"""Transformations of an exported graph: BatchNorm folding and cross-layer equalisation."""
