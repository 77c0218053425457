"""The name of this machine's architecture in reports, and how many views the slow comparisons look at."""

import platform

MACHINE = platform.machine().replace("_", "-")
"""Such as "x86-64"."""

FEW_VIEWS = 4
"""Views on which every layer and every operator is compared by itself."""
