"""Makes the test specs and the builder importable."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "golden"), str(Path(__file__).parents[1] / "kotlin")]
sys.path.insert(0, str(Path(__file__).parent))
