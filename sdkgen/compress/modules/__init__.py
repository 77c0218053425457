"""Transformations of a trainable module: channel pruning, low-rank factors, zeros, palettes, BatchNorm folding."""
