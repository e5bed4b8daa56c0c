"""OpenVINO without its usage statistics: `from barefaced.runtime.silent_openvino import openvino`.

`import openvino` (2026.4) writes a client id to ~/intel and reports the import to Google Analytics, and has no setting
against it. Where its telemetry package is missing it uses a stub of its own; so the package is hidden while openvino is
imported, and only then. Where a program has imported openvino before, that has been done already.
"""

import sys

TELEMETRY = "openvino_telemetry"

# None in sys.modules makes the import of that name fail (Python reference, 5.3.1).
sys.modules.setdefault(TELEMETRY, None)  # type: ignore[arg-type]

import openvino  # noqa: E402

if sys.modules[TELEMETRY] is None:
    del sys.modules[TELEMETRY]

__all__ = ["openvino"]
