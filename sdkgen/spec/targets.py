"""Registers the tables of [targets]: how each is validated and becomes the frozen value of its platform."""

from typing import ClassVar, Literal

from sdkgen.registry import register
from sdkgen.schema import Reading, Table
from sdkgen.spec.tables import AndroidTable, IosTable
from sdkgen.spec.values import AndroidTarget, IosTarget

KIND = "target_table"
"""Of the registry: a `Section` by the target's name, whose value is the field of this name in `SdkSpec`."""


@register(KIND, "android")
class AndroidSection:
    """[targets.android]."""

    table: ClassVar[type[Table]] = AndroidTable

    @staticmethod
    def read(table: AndroidTable, reading: Reading) -> AndroidTarget:
        """Bring the ABIs into the order in which they are built."""
        abis = tuple(abi for abi in ("arm64-v8a", "x86_64") if abi in table.abis)
        return AndroidTarget(package=table.package, min_sdk=table.min_sdk, abis=abis)


@register(KIND, "ios")
class IosSection:
    """[targets.ios]."""

    table: ClassVar[type[Table]] = IosTable

    @staticmethod
    def read(table: IosTable, reading: Reading) -> IosTarget:
        """Check the arithmetic of Core ML against engines and systems."""
        if "coreml" not in table.engines and "coreml" in table.model_fields_set:
            message = 'has no meaning without "coreml" among the engines; remove it'
            reading.wrong(("targets", "ios", "coreml"), message)
        elif table.coreml == "int8":
            _check_coreml_int8(table, reading)
        engines: tuple[Literal["coreml", "neon"], ...] = ("coreml", "neon")
        return IosTarget(
            min_ios=table.min_ios,
            min_macos=table.min_macos,
            engines=tuple(engine for engine in engines if engine in table.engines),
            coreml=table.coreml,
        )


def _check_coreml_int8(table: IosTable, reading: Reading) -> None:
    """int8 activations: operators of Core ML 7 (coremltools guide, "Quantization Overview", availability)."""
    for key, found, needed in (("min_ios", table.min_ios, "17.0"), ("min_macos", table.min_macos, "14.0")):
        if int(found.split(".")[0]) < int(needed.split(".")[0]):
            message = (
                f'coreml = "int8" quantises activations, which needs {key} = "{needed}" or later, not "{found}"; '
                f'raise it, or use coreml = "int8_weights"'
            )
            # A default stands in no line: the mistake is shown where "int8" is.
            reading.wrong(("targets", "ios", key if key in table.model_fields_set else "coreml"), message)
