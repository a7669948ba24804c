"""The set-up is not an installed package: it is imported from packaging/ as ``bootstrap.py`` itself does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging"))
