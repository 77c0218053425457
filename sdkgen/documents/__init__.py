"""Typed values of the JSON files between steps: one reader and one writer for each file."""
