"""External tools: one file each, able to say whether the tool is there, which version, and what to do if not.

Everything here is written with the standard library alone, because `sconsw` uses it before any package is installed.
"""
