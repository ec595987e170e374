from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.accounts.database import Database
from service.webhooks.queue import Queue
from service.webhooks.subscriptions import Webhooks
from tests.webhooks.receivers import Answering, Raw


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture
def webhooks(database: Database) -> Webhooks:
    """Without asking the network for names."""
    return Webhooks(database, lambda host, *_: [host] if host[0].isdigit() else ["9.9.9.9"])


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


@pytest.fixture
def answering() -> Iterator[Callable[[], Answering]]:
    """Starts receivers that answer."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Answering.started())


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Starts receivers that do to each connection what a function says."""
    with ExitStack() as stack:
        yield lambda *arguments, **more: stack.enter_context(Raw.started(*arguments, **more))


@pytest.fixture
def receiver(answering: Callable[[], Answering]) -> Answering:
    return answering()
