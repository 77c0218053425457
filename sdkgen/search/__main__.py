"""`python -m sdkgen.search`, which `./sconsw search` calls."""

import sys

from sdkgen.search.command import main

sys.exit(main())
