"""`python -m sdkgen.scons_tools.swift_lint CONFIGURATION PATH…` runs swift format of an installed or isolated Swift."""

import sys
from pathlib import Path

from sdkgen.toolchain.swift import Swift


def main(arguments: list[str]) -> int:
    """Lint the paths, relative to the working folder; return swift format's exit code."""
    configuration, *paths = arguments
    command = ["swift", "format", "lint", "--strict", "--recursive", "--configuration", configuration, *paths]
    done = Swift.require().run(command, folder=Path.cwd(), timeout=300)
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
