"""How the tests are shared out between the workers of one run: what is dear to set up is set up by one alone."""

from typing import Any

import pytest

# The beginning of a test's address, and the group it belongs to. Marks would say it too, but pytest 9.2 no longer lets
# pytest-xdist 3.8 write a mark's group into an address, and every worker built a site and a cluster of its own.
GROUPS = {
    "tests/browser/": "browser",
    "tests/crash/": "crash",
    "tests/cli/test_entitle_spark.py": "spark",
    "tests/engines/entitlement/test_compiled.py": "spark",
    "tests/engines/entitlement/test_spark.py": "spark",
}


def group(address: str) -> str:
    """The unit of work a test belongs to: its group, or itself."""
    return next((name for begin, name in GROUPS.items() if address.startswith(begin)), address)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Groups first and largest first, so that no worker is left with one at the end."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Shared(config, log)
