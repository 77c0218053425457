"""Compression stage: from a PyTorch module to a verified int8 program, one registered pass per file."""
