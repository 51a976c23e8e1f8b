"""The Python on the page of scenes runs as it is printed, with the packages that it needs."""

import re
from pathlib import Path

import pytest
from blocks import missing_packages, run_block

PAGE = Path(__file__).parents[2] / "docs" / "scenes.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)


def test_the_page_has_code() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs(block: str, tmp_path: Path) -> None:
    assert missing_packages(block) == []
    run_block(block, tmp_path)
