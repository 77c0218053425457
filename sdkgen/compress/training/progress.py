"""Progress line of a training: epoch, fraction of it, loss, time left."""

import sys
import time

SECONDS = 2.0
"""Interval between two lines; each replaces the one before on a terminal (sdkgen.scons_tools.actions)."""
_BAR = 20


class Progress:
    """Progress of one training of `epochs` epochs, from epoch `first` on.

    Args:
        label: of the training.
        samples: per epoch.
    """

    def __init__(self, label: str, *, first: int, epochs: int, samples: int) -> None:
        self._label, self._first, self._epochs, self._samples = label, first, epochs, samples
        self._begun = self._printed = time.monotonic()

    def seen(self, epoch: int, samples: int, loss: float) -> None:
        """Report a step: `samples` of this epoch are done, with that mean loss."""
        now = time.monotonic()
        if now - self._printed < SECONDS:
            return
        self._printed = now
        fraction = samples / self._samples
        done = epoch - self._first + fraction
        left = (now - self._begun) / done * (self._epochs - self._first - done)
        filled = round(_BAR * fraction)
        bar = "█" * filled + "░" * (_BAR - filled)
        self._print(f"epoch {epoch + 1}/{self._epochs} {bar} loss {loss:.4f}, {duration(left)} left")

    def finished(self, epoch: int, loss: float) -> None:
        """Report an epoch after its checkpoint is written: an interruption no longer loses it."""
        self._print(f"epoch {epoch + 1}/{self._epochs} done, loss {loss:.4f}")

    def _print(self, text: str) -> None:
        print(f"{self._label}: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """ "45 s", "2 min 5 s" """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
