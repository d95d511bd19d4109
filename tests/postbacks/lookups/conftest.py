from __future__ import annotations

import pytest

from postbacks import services
from postbacks.lookups.cache import cache


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A test's rows are rolled back, and never committed, so nobody tells the cache."""
    cache.__init__()


@pytest.fixture
def upload():
    """A file of this text is previewed."""

    def preview(table, text, **options):
        content = text if isinstance(text, bytes) else text.encode()
        return services.preview_import(
            table=table, content=content, file_name="rows.csv", **options
        )

    return preview
