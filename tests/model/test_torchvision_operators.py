"""timm imports beside whatever torchvision there is."""

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_timm_imports_without_a_warning_and_nothing_is_declared_twice_or_without_torchvision():
    shown = run(
        "import importlib.util as util\n"
        "from barefaced.model.torchvision_operators import declare_operators as declare\n"
        "find, util.find_spec = util.find_spec, lambda name: None\n"
        "absent, util.find_spec = declare(), find\n"
        "first = declare()\n"
        "import timm, torchvision\n"
        "print(absent, set(first) <= {'nms', 'qnms'}, declare())"
    )
    assert shown == "() True ()"


@pytest.mark.parametrize("message", ["operator torchvision::nms does not exist", "something else"])
def test_only_the_failure_it_knows_is_answered(message: str, tmp_path):
    """A made torchvision whose import fails unless `nms` is declared, or always."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import torch\n"
        "if not hasattr(torch.ops.torchvision, 'nms') or 'else' in MESSAGE:\n"
        "    raise RuntimeError(MESSAGE)\n".replace("MESSAGE", repr(message))
    )
    shown = run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from barefaced.model.torchvision_operators import declare_operators\n"
        "try:\n"
        "    print(declare_operators())\n"
        "except RuntimeError as e:\n"
        "    print('raised', e)"
    )
    assert shown == ("('nms', 'qnms')" if "nms" in message else "raised something else")
