"""Turns what went wrong while a proof ran into its verdict, so that one broken proof does not hide the others."""

from collections.abc import Callable

from sdkgen.errors import ProofError, ToolchainError
from sdkgen.runtime import RuntimeStatusError
from sdkgen.types import Proof


def judge(name: str, host: str, prove: Callable[[], Proof]) -> Proof:
    """The proof that `prove` returns; "not_run" when a tool is missing, "failed" when what was built does not run."""
    try:
        return prove()
    except ToolchainError as error:
        return Proof(name=name, host=host, status="not_run", reason=one_line(error))
    except (ProofError, RuntimeStatusError) as error:
        return Proof(name=name, host=host, status="failed", reason=one_line(error))


def one_line(error: Exception) -> str:
    """Message and remedy as one line."""
    return " ".join(str(error).split())
