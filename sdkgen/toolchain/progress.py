"""Prints one line per step; on a terminal the line shows the progress of the step."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Step:
    """A running step; `update` shows its progress."""

    def __init__(self, title: str) -> None:
        self._text = f"sdkgen: {title} … "
        self._start = time.monotonic()
        self._width = 0
        # Printed before the step begins, so that a long step is visible.
        self._write(self._text)

    def update(self, detail: str) -> None:
        """Show `detail`, such as "45%", behind the title (on a terminal only)."""
        if sys.stderr.isatty():
            self._write("\r" + self._text + detail.ljust(self._width))
            self._width = len(detail)

    def end(self, outcome: str = "") -> None:
        """Show the outcome, or the time taken."""
        self.update("")
        start = "\r" + self._text if sys.stderr.isatty() else ""
        self._write(start + (outcome or f"{time.monotonic() - self._start:.0f} s") + "\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Print the step's title, run the block, print the time taken or the failure."""
    current = Step(title)
    try:
        yield current
    except BaseException:
        current.end("failed")
        raise
    current.end()
