"""The cases of the benchmark: networks, emulated CPUs, modelled cores."""

from dataclasses import dataclass

MODELS = ("mobilenet_v2", "mobilenet_v1", "squeezenet_1_1", "resnet_18")
ENGINES = ("sdkgen", "xnnpack")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Identity in /proc/cpuinfo of a real device (Arm's MIDR_EL1 registers): XNNPACK has kernels for single cores."""

    implementer: int
    part: int
    variant: int
    revision: int


@dataclass(frozen=True, kw_only=True)
class Cpu:
    """An emulated CPU.

    Attributes:
        name: for QEMU's -cpu; it decides which instructions exist.
        tier: the best of our kernel tiers that it supports.
        identity: the core that it reports to programs.
    """

    name: str
    tier: str
    identity: Identity


CORTEX_A53 = Identity(implementer=0x41, part=0xD03, variant=0, revision=4)
CORTEX_A55 = Identity(implementer=0x41, part=0xD05, variant=2, revision=0)
CORTEX_A72 = Identity(implementer=0x41, part=0xD08, variant=1, revision=0)
CORTEX_A76 = Identity(implementer=0x41, part=0xD0B, variant=4, revision=0)
NEOVERSE_N1 = Identity(implementer=0x41, part=0xD0C, variant=3, revision=1)
APPLE_M1 = Identity(implementer=0x61, part=0x023, variant=1, revision=1)
UNKNOWN = Identity(implementer=0, part=0x051, variant=0, revision=0)  # as reported by QEMU's "max"

# qemu 7.2 computes wrongly with SVE and SME.
I8MM = "max,sve=off,sme=off"
CPUS = (
    Cpu(name="cortex-a53", tier="neon", identity=CORTEX_A53),
    # XNNPACK spends more instructions on an a53 than on any other armv8.0 core, for the sake of its in-order pipeline.
    Cpu(name="cortex-a72", tier="neon", identity=CORTEX_A72),
    Cpu(name="neoverse-n1", tier="neondot", identity=NEOVERSE_N1),
    Cpu(name=I8MM, tier="neoni8mm", identity=UNKNOWN),
)


@dataclass(frozen=True, kw_only=True)
class Core:
    """A core that llvm-mca models; per tier, the CPU on which XNNPACK selects its loop for this core."""

    name: str
    emulated: tuple[Cpu, ...]


def _core(name: str, identity: Identity, armv8_0: Identity) -> Core:
    """Make a core; `armv8_0` is an older core of its kind, since XNNPACK assumes every feature of a core it detects."""
    return Core(
        name=name,
        emulated=(
            Cpu(name="cortex-a72", tier="neon", identity=armv8_0),
            Cpu(name="neoverse-n1", tier="neondot", identity=identity),
            Cpu(name=I8MM, tier="neoni8mm", identity=identity),
        ),
    )


CORES = (
    _core("cortex-a55", CORTEX_A55, CORTEX_A53),
    _core("cortex-a76", CORTEX_A76, CORTEX_A72),
    _core("neoverse-n1", NEOVERSE_N1, CORTEX_A72),
    _core("apple-m1", APPLE_M1, APPLE_M1),
)
