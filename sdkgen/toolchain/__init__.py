"""External tools: one file each, which detects the tool and its version and has the remedy when it is missing.

Everything here uses the standard library alone, because `sconsw` uses it before any package is installed.
"""
