"""`make torture`, or `make torture TIMES=10` for ten times as many of the random cases."""

import subprocess
import sys
import time

from rich.console import Console
from rich.status import Status

from tests.torture import (
    failures,
    kills,
    powercuts,
    raw_http,
    removals,
    soak,
    staleness,
    tampering,
    verifying,
)

SEED = int(time.time())
MACHINE = "tests/store/test_state_machine.py"


def main() -> None:
    times = int(sys.argv[1]) if sys.argv[1:] else 1
    console = Console(highlight=False)
    console.print(f"seed {SEED}")
    failed: list[str] = []
    with console.status("") as status:
        failed += _kills(console, status, 1_000 * times)
        failed += _removals(console, status, 500 * times)
        failed += _flips(console, status)
        failed += _failures(console, status)
        failed += _powercuts(console, status, 2 * times)
        failed += _verifying(console, status, 3 * times)
        failed += _raw_http(console, status, 20_000 * times)
        failed += _staleness(console, status)
        failed += _soak(console, status, 600.0 * times)
        status.update("the store against a dictionary")
        failed += _machine(console, times)
    for fault in failed:
        console.print(fault, style="red")
    sys.exit(bool(failed))


def _kills(console: Console, status: Status, count: int) -> list[str]:
    done = kills.run(count, SEED, lambda now: status.update(f"{now.kills} of {count} kills"))
    console.print(
        f"{done.kills:,} kill -9 under the load of {kills.WRITERS} writers in {done.rounds} rounds;"
        f" {done.acknowledged:,} acknowledged revisions; {len(done.faults)} faults"
    )
    return done.faults


def _removals(console: Console, status: Status, count: int) -> list[str]:
    done = removals.run(count, SEED, lambda now: status.update(f"{now.sequences} of {count}"))
    console.print(
        f"{done.sequences:,} sequences of writing, removing, maintaining, {done.kills:,} kill -9:"
        f" {done.written:,} written, {done.removed:,} removed; {len(done.faults)} faults"
    )
    return done.faults


def _flips(console: Console, status: Status) -> list[str]:
    done = tampering.run(1, lambda now: status.update(f"{now.flips} bytes flipped"))
    console.print(f"{done.flips:,} bytes of an export flipped in turn; {len(done.faults)} faults")
    return done.faults


def _verifying(console: Console, status: Status, looks: int) -> list[str]:
    done = verifying.run(looks, 10_000, SEED, lambda now: status.update(f"{now.looks} verified"))
    console.print(
        f"{done.looks} times {done.revisions // done.looks:,} revisions verified under the load of"
        f" two writers and maintain; {len(done.faults)} faults"
    )
    return done.faults


def _failures(console: Console, status: Status) -> list[str]:
    done = failures.run(1, lambda now: status.update(f"{now.failures} failed system calls"))
    console.print(
        f"{done.failures:,} system calls of a write failed ({', '.join(failures.ERRORS)});"
        f" {done.refused:,} writes refused, {done.survived:,} went on; {len(done.faults)} faults"
    )
    return done.faults


def _powercuts(console: Console, status: Status, by_chance: int) -> list[str]:
    done = powercuts.run(SEED, by_chance, 1, lambda now: status.update(f"{now.cuts} power cuts"))
    console.print(
        f"{done.cuts:,} power cuts at {done.moments} moments of {done.calls:,} system calls;"
        f" {len(done.faults)} faults"
    )
    return done.faults


def _raw_http(console: Console, status: Status, count: int) -> list[str]:
    done = raw_http.run(count, SEED, lambda now: status.update(f"{now.sent} of {count} requests"))
    statuses = ", ".join(f"{code} {times:,}" for code, times in sorted(done.statuses.items()))
    console.print(f"{done.sent:,} raw requests ({statuses}); {len(done.faults)} faults")
    return done.faults


def _staleness(console: Console, status: Status) -> list[str]:
    done = staleness.run(lambda now: status.update(f"what nginx keeps while {now}"))
    console.print(
        f"{done.pages} pages of removed texts that nginx forgot by itself within"
        f" {staleness.ALWAYS:.0f} and {staleness.AWAY:.0f} seconds; {len(done.faults)} faults"
    )
    return done.faults


def _soak(console: Console, status: Status, seconds: float) -> list[str]:
    def show(now: soak.Counts) -> None:
        status.update(f"{sum(now.statuses.values()):,} answers, {now.kills} kills")

    done = soak.run(seconds, SEED, show)
    written = sum(map(len, done.acknowledged.values()))
    console.print(
        f"{seconds / 60:.0f} minutes of mixed load, {done.kills:,} kill -9:"
        f" {sum(done.statuses.values()):,} answers, {written:,} acknowledged revisions,"
        f" {done.statuses[503]:,} bounded 503; {len(done.faults)} faults"
    )
    return done.faults


def _machine(console: Console, times: int) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-profile=torture", MACHINE]
    done = [
        subprocess.run(
            [*command, f"--hypothesis-seed={SEED + number}"],
            capture_output=True,
            text=True,
            check=False,
        )
        for number in range(times)
    ]
    faults = [each.stdout for each in done if each.returncode]
    console.print(f"{150 * times:,} runs of the archive against a dictionary; {len(faults)} faults")
    return faults


if __name__ == "__main__":
    main()
