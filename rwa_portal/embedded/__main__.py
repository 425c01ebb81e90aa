"""
Where `./portal` begins, with whatever Python there is and nothing installed.

Run as a file: `python -m` would first run rwa_portal/__init__.py, which needs Celery.
"""

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

package = types.ModuleType("rwa_portal")
package.__path__ = [str(ROOT / "rwa_portal")]
sys.modules["rwa_portal"] = package
sys.path[0] = str(ROOT)

from rwa_portal.embedded.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
