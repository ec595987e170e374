"""SIGKILL at a chosen step, as a power cut or the kernel would end a process."""

import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar

from tests.torture.kills import forked

T = TypeVar("T")
_STEPS = ("mkdir", "link", "rename", "replace", "unlink")
"""What makes a file be there, or not: nothing else is seen by whoever comes later."""


def killed_at(step: int, prepare: Callable[[], T], work: Callable[[T], object]) -> bool:
    """Run this, on what was prepared, in a process of its own, which is killed before its step of
    this number, from 0. False if it ended without coming so far.
    """

    def counted() -> None:
        prepared = prepare()
        left = iter(range(step))

        def or_die(true: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return true(*arguments, **options)

            return call

        for name in _STEPS:
            setattr(os, name, or_die(getattr(os, name)))
        work(prepared)
        os._exit(0)

    _, status = os.waitpid(forked(counted), 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)
