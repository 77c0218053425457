"""`python -m sdkgen STEP …`."""

import sys

from sdkgen.pipeline import main

sys.exit(main())
