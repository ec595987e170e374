"""What the worst texts cost at every public address of a story, in seconds of CPU, uncached."""

import time

from flask.testing import FlaskClient
from rich.table import Table

from service.app import create_app
from service.config import Settings
from tests import worst
from tests.bench.timing import milliseconds
from tests.bench.writers import scratch
from tests.samples import ticking


def table() -> Table:
    shown = Table(title="The worst texts, CPU of an uncached answer", title_justify="left")
    for column in ("", "most", "at", "a page", "a diff", "JSON"):
        shown.add_column(column, justify="left" if column in ("", "at") else "right")
    with scratch() as folder, worst.as_the_server():
        with worst.archive(folder / "a"):
            pass
        client = create_app(Settings(folder / "a", cache=0), ticking()).test_client()
        for name in worst.PAIRS:
            costs = {}
            for address in worst.ADDRESSES:
                path = address.format(story=worst.story_of(name))
                costs[address] = min(_cpu(client, path) for _ in range(2))
            most = max(costs, key=lambda address: costs[address])
            diff = "/stories/{story}/diff/1..2"
            shown.add_row(
                name,
                milliseconds(costs[most]),
                most.replace("/stories/{story}", "…"),
                *(
                    milliseconds(costs[each])
                    for each in ("/stories/{story}", diff, f"/api/v1{diff}")
                ),
            )
    return shown


def _cpu(client: FlaskClient, path: str) -> float:
    start = time.process_time()
    client.get(path)
    return time.process_time() - start
