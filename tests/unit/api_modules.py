"""Which modules the API function loads when it starts, beside Python's own.

`python -m tests.unit.api_modules` renews the list.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.conftest import ENVIRONMENT

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("api_modules.txt")
# What the environment loads by itself before (.pth files) is not the function's.
PROGRAM = """
import sys
sys.modules["typing_extensions"] = None  # msgspec takes it where it is: here, and not in the package
before = set(sys.modules)
import app
loaded = (name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names)
print(*sorted(loaded), sep="\\n")
"""


@cache
def loaded() -> list[str]:
    """Their names, sorted, as a fresh process finds them."""
    environment = {**ENVIRONMENT, "PATH": os.environ["PATH"]}
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return output.stdout.split()


if __name__ == "__main__":
    LIST.write_text("\n".join(loaded()) + "\n")
