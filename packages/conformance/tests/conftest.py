"""pytest in pytest, kept from what configures a checkout around its temporary directory."""

from __future__ import annotations

import pytest


@pytest.fixture
def pytester(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a pytester with a configuration of its own; nox's directories lie in the checkout."""
    pytester.makeini("[pytest]\naddopts = -p no:asyncio\n")  # which warns where it is unconfigured
    return pytester
