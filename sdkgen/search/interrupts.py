"""Defers Ctrl-C while a database is written.

KeyboardInterrupt in the middle of a query leaves its connection with a lock on the SQLite file. Optuna then records on
another connection that the trial has failed, and waits for that lock in vain.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupts:
    """Context in which SIGINT raises KeyboardInterrupt inside of `let_through` at once, otherwise at the end.

    Attributes:
        pending: whether an interrupt is deferred.
    """

    def __init__(self) -> None:
        self.pending = False
        self._open = False
        self._before: Any = None

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():  # no other thread gets signals
            self._before = signal.signal(signal.SIGINT, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Allow interrupts inside the block, for work that may end anywhere."""
        self._open = True
        try:
            if self.pending:
                self.pending = False
                raise KeyboardInterrupt
            yield
        finally:
            self._open = False

    def _received(self, number: int, frame: object) -> None:
        if self._open:
            raise KeyboardInterrupt
        self.pending = True
