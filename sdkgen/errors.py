"""Every error a user can meet, with its exit code. A message names the place, the cause and the remedy."""


class SdkgenError(Exception):
    """Base of all errors that the user can fix; printed as one sentence, without a traceback.

    Attributes:
        remedy: how to fix it, a full sentence, or "" when the message contains it.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  {self.remedy}" if self.remedy else message


class SpecError(SdkgenError):
    """sdk.toml is missing, malformed or contradicts itself."""

    exit_code = 2


class ModelError(SdkgenError):
    """The factory, the checkpoint or the module it makes cannot be used."""

    exit_code = 3


class DataError(SdkgenError):
    """Calibration or evaluation data is missing or damaged."""

    exit_code = 4


class CompressionError(SdkgenError):
    """A compression pass does not apply or broke its guarantee."""

    exit_code = 5


class ExportError(SdkgenError):
    """The program contains something that the plan cannot express."""

    exit_code = 6


class ToolchainError(SdkgenError):
    """An external tool is missing, has the wrong version, or failed."""

    exit_code = 7


class PackageError(SdkgenError):
    """An artifact could not be assembled or written."""

    exit_code = 8


class ProofError(SdkgenError):
    """A proof was executed and its result is wrong."""

    exit_code = 9


class BudgetError(SdkgenError):
    """The SDK is over a store limit or a budget of the spec."""

    exit_code = 10
