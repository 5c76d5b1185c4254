"""``python -m matchloop`` is the ``matchloop`` command."""

import sys

from matchloop.cli import main

sys.exit(main())
