"""Yinian's own settings with the crash tests' room in it, for the processes that the tests start and kill."""

from yinian.settings import *  # noqa: F403
from yinian.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "crashkit"]
