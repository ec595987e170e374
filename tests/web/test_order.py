"""Whatever order versions are in by their times, everything that tells of a time says the same."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import http_date

from repo_store import Archive, rfc3339
from service.accounts import Role
from service.config import Settings
from tests.audit.conftest import files_of
from tests.profiles import examples
from tests.samples import append, content, entry, new_archive, new_token
from tests.web.conftest import application, read, signed_in

DAY = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
@settings(max_examples=examples(30))
def test_all_agree_on_what_was_live_when(hours: list[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        new_archive(path)
        archive = Archive.open(path, lambda: NOW)
        for hour in hours:
            append(archive, entry(content(title=f"At {hour}"), created_at=_at(hour)))
        archive.close()
        app = application(Settings(path), lambda: NOW)
        client = app.test_client()
        auditor = {"Authorization": f"Bearer {new_token(path, Role.ADMIN)}"}
        desk = signed_in(app.test_client(), new_token(path, Role.EDITOR, "Ed"))
        zipped = Path(folder) / "a.zip"
        zipped.write_bytes(client.get("/api/v1/stories/library/export", headers=auditor).data)
        table = files_of(zipped)["data/stories/library/versions.csv"].decode()
        spans = [
            (row["live_from"], row["live_until"] or "9999")
            for row in csv.DictReader(io.StringIO(table))
        ]
        for asked in (each / 2 for each in range(-1, 14)):
            moment = _at(asked)
            known = [number for number, hour in enumerate(hours, 1) if hour <= asked]
            live = max(known, default=None)
            text = rfc3339(moment)
            found = read(client.get(f"/api/v1/stories/library/versions?live_at={text}"))["items"]
            assert [each["version"] for each in found] == ([live] if live else [])
            gate = client.get(
                "/timegate/stories/library", headers={"Accept-Datetime": http_date(moment)}
            )
            assert gate.headers["Location"].endswith(f"/versions/{live or 1}")
            page = client.get(f"/stories/library?since={text}").text
            assert f"version {live}," in page if live else "first published later" in page
            shown = desk.get(f"/desk/stories/library/timeline?at={text[:16]}").text
            assert (f">version {live}</a> was live" in shown) if live else "no version was" in shown
            in_export = [
                number for number, (start, end) in enumerate(spans, 1) if start <= text < end
            ]
            assert in_export == ([live] if live else []), (hours, asked)
        listed = client.get("/timemap/stories/library").text
        assert (
            f'from="{http_date(_at(min(hours)))}"; until="{http_date(_at(max(hours)))}"' in listed
        )
        for number, hour in enumerate(hours, 1):
            rel = rf"versions/{number}>; rel=\"[^\"]*\"; datetime=\"{http_date(_at(hour))}\""
            assert re.search(rel, listed)
        app.extensions["story_history"].archive.close()
