"""A practice with identities, for each test a new one."""

from pathlib import Path

import pytest

from tests.identity.surgery import Surgery


@pytest.fixture
def elm(tmp_path: Path) -> Surgery:
    return Surgery(tmp_path / "elm")
