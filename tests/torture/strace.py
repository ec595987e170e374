"""strace: a process's system calls read, or made to fail."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# What moves about in a file without changing it.
MOVES = "lseek,read"
# What changes files; the rest is none of the store's business.
CALLS = (
    "openat,creat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,ftruncate,link,linkat,fallocate"
)


class Call(NamedTuple):
    """A system call that returned: its name, its arguments as strace prints them, its result."""

    name: str
    arguments: str
    result: str

    def paths(self) -> list[str]:
        """The files it names: by descriptor (`5</a>`) or by name."""
        if self.by_descriptor:
            return [_text(self.arguments.partition("<")[2].partition(">")[0])]
        return [_text(each) for each in re.findall(r'"([^"]*)"', self.arguments)]

    @property
    def by_descriptor(self) -> bool:
        return re.match(r"\d+<", self.arguments) is not None

    @property
    def failed(self) -> bool:
        return self.result.startswith("-1")


@contextmanager
def attached(pid: int, log: Path, *options: str) -> Iterator[None]:
    """Trace the process and all that it starts, until it ends or the context does."""
    command = ["strace", "-f", "-y", "-xx", "-s", "10000000", "-o", str(log), *options]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    line = tracer.stderr.readline()
    if "attached" not in line:
        tracer.kill()
        raise OSError(f"strace cannot be used here: {line.strip()}")
    try:
        yield
    finally:
        try:
            tracer.wait(timeout=20)
        except subprocess.TimeoutExpired:
            tracer.terminate()
            tracer.wait()
        tracer.stderr.close()


def calls(log: Path) -> Iterator[Call]:
    """The calls of a log in the order of their ends; one that was interrupted is put together."""
    begun: dict[str, str] = {}
    for line in log.read_text("latin-1").splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest):
            rest = begun.pop(pid, "") + resumed[1]
        found = re.match(r"(\w+)\((.*)\)\s+= (.*)$", rest)
        if found:
            yield Call(*found.groups())


def _text(hexadecimal: str) -> str:
    return data(hexadecimal).decode(errors="replace")


def data(hexadecimal: str) -> bytes:
    r"""What `\x61\x62` stands for."""
    return bytes.fromhex(hexadecimal.replace("\\x", ""))


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for a child; False if it had to be killed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.005)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return False
