"""`python -m sdkgen STEP …`."""

import sys

from sdkgen.steps.command import main

sys.exit(main())
