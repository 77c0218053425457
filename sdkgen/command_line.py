"""How the commands of sdkgen end: a user's mistake is one message and an exit code, never a traceback."""

import os
import sys
from collections.abc import Callable

from sdkgen.errors import SdkgenError

INTERRUPTED = 130
"""Exit code of a process that SIGINT ended, as shells have it."""


def exit_code(work: Callable[[], None], *, interrupted: str = "interrupted") -> int:
    """Run `work`; 0, or the exit code of the error's class, whose message has been printed.

    SDKGEN_TRACEBACK in the environment lets the error through, for whoever looks for its place in our code.

    Args:
        interrupted: what is said after Ctrl-C.
    """
    try:
        work()
    except SdkgenError as error:
        if os.environ.get("SDKGEN_TRACEBACK"):
            raise
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return INTERRUPTED
    return 0
