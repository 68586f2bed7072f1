"""`python -m yinian.cli`, which `./run yinian` calls."""

import sys

from yinian.cli.main import main

sys.exit(main(sys.argv[1:]))
