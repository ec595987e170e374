"""A real nginx in front of a real server, configured by docs/nginx.conf."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port, wait_for

# For a load that comes from one address.
UNLIMITED = (("limit_req zone=", "# limit_req zone="), ("limit_conn story", "# limit_conn story"))
CONF = Path(__file__).parents[1] / "docs" / "nginx.conf"
PATH_CONF = CONF.with_name("nginx-path.conf")


@contextmanager
def nginx(
    folder: Path,
    server: int,
    cache: Path,
    archive: Path | None = None,
    others: tuple[tuple[str, str], ...] = (),
    site: str = "",
    static: Path | None = None,
) -> Iterator[str]:
    """Its URL. `server`: the port that it forwards to. `archive`: that of the server. `others`:
    further replacements in the file. `site`: what another site's `server` block includes, to have
    the service under /history/; without it, the service has a name of its own. `static`: where the
    server's files are, if it writes any.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: `make test` installs it"
    port = free_port()
    text, server_block, block = CONF.read_text().partition("server {\n    listen 80;")
    text += (
        f"server {{ listen 80; server_name paper.example; location / {{ return 404; }}\n{site}\n}}"
        if site
        else server_block + block
    )
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{server}"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/story-history", str(cache)),
        ("/var/lib/story-history/archive", str(archive or folder)),
        ("/var/cache/story-history/answers", str(static or folder / "none")),
        *others,
    ):
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    # Started by root, its workers are someone else, who may not look into the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr warn; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}"
    )
    with subprocess.Popen([program, "-p", folder, "-c", main]) as process:
        url = f"http://127.0.0.1:{port}/{'history/' if site else ''}"
        try:
            wait_for(f"{url}healthz")
            yield url
        finally:
            process.terminate()
            process.wait(20)


def passing_on() -> str:
    """docs/nginx-path.conf, for the `site` of `nginx`."""
    return PATH_CONF.read_text()


def stripping() -> str:
    """The same, with the prefix stripped from what is passed on, and said to be."""
    stripped, count = re.subn(
        r"(location /history(/\S*) \{(?:[^{}]*\n)? +proxy_pass http://story_history);",
        r"\1\2;",
        passing_on(),
    )
    assert count == 3
    return stripped.replace(
        "proxy_set_header Host $host;",
        "proxy_set_header Host $host; proxy_set_header X-Forwarded-Prefix /history;",
    )


def reload(folder: Path) -> None:
    """As `systemctl reload nginx`; the old workers are gone when this returns."""
    process = int((folder / "pid").read_text())
    before = _workers(process)
    os.kill(process, signal.SIGHUP)
    deadline = time.monotonic() + 30
    while not (now := _workers(process)) or now & before:
        assert time.monotonic() < deadline, "nginx did not reload"
        time.sleep(0.05)


def _workers(process: int) -> set[str]:
    return set(Path(f"/proc/{process}/task/{process}/children").read_text().split())
