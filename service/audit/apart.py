"""Calls of libraries that run an event loop: in a thread of their own, as the caller's may have one
that is running.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def apart(call: Callable[[], T]) -> T:
    """What a call returns, or raises."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()
