"""The settings' documentation names each variable, and the demo leaves none to chance."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOR_TESTS = {"TEST_SQLITE"}


def test_every_variable_is_documented():
    source = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    documentation = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    documented = set(re.findall(r"^\| `(\w+)` \|", documentation, flags=re.MULTILINE))

    assert documented == read - FOR_TESTS


def test_the_environment_is_read_in_one_module_only():
    readers = {
        str(path.relative_to(ROOT))
        for app in ("config", "postbacks", "offers", "notifications", "dispatcher")
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"os\.(environ\.get|getenv|environ\[[^]]*\](?! =))", path.read_text("utf-8"))
    }

    assert readers == set()
