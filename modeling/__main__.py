"""`python -m modeling train | predict | evaluate | agreement | consensus`."""

import sys

from modeling.cli import main

sys.exit(main())
