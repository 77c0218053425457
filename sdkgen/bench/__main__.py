"""`python -m sdkgen.bench`, which `./sconsw bench` calls."""

import sys

from sdkgen.bench.command import main

sys.exit(main())
