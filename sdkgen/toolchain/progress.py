"""One line per step on the terminal; on a terminal it shows how far the step is."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Step:
    """A step under way; `update` shows how far it is."""

    def __init__(self, title: str) -> None:
        self._text = f"sdkgen: {title} … "
        self._start = time.monotonic()
        self._width = 0
        # Named before it begins, so that a long step is never silent.
        self._write(self._text)

    def update(self, detail: str) -> None:
        """Show `detail`, such as "45%", behind the title (on a terminal only)."""
        if sys.stderr.isatty():
            self._write("\r" + self._text + detail.ljust(self._width))
            self._width = len(detail)

    def end(self, outcome: str = "") -> None:
        """Show how it ended, or how long it took."""
        self.update("")
        start = "\r" + self._text if sys.stderr.isatty() else ""
        self._write(start + (outcome or f"{time.monotonic() - self._start:.0f} s") + "\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Announce a step, run the block, say how long it took, or that it failed."""
    current = Step(title)
    try:
        yield current
    except BaseException:
        current.end("failed")
        raise
    current.end()
