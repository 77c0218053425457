"""Converts errors of a proof run into its verdict, so that one broken proof does not hide the others."""

from collections.abc import Callable

from sdkgen.errors import ProofError, ToolchainError
from sdkgen.runtime import RuntimeStatusError
from sdkgen.types import Proof


def judge(name: str, host: str, prove: Callable[[], Proof]) -> Proof:
    """Return the proof of `prove`: "not_run" when a tool is missing, "failed" when the built artifact does not run."""
    try:
        return prove()
    except ToolchainError as error:
        return Proof(name=name, host=host, status="not_run", reason=one_line(error))
    except (ProofError, RuntimeStatusError) as error:
        return Proof(name=name, host=host, status="failed", reason=one_line(error))


def one_line(error: Exception) -> str:
    """Format message and remedy as one line."""
    return " ".join(str(error).split())
