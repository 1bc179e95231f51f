"""`python -m modeling train | predict | evaluate | agreement | consensus | plan`."""

import sys

from modeling.cli import main

sys.exit(main())
