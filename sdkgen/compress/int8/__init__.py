"""Shared by PTQ and QAT: quantizer annotation, range estimation, rounding, report statistics."""
