"""The first and the last of dates, in every zone: an answer or a named fault, never an error."""

import json
from itertools import product
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient

from service.usecases.importing import import_file
from service.wiring import Services
from tests.samples import story
from tests.web.conftest import Desk, Writer

DAYS = ("0000-01-01", "0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31", "10000-01-01")
ZONES = ("Z", "+14:00", "-14:00", "+23:59", "-23:59", "")
TIMES = [
    f"{day}T{'23:59:59.999999' if day.endswith('31') else '00:00:00'}{zone}"
    for day, zone in product(DAYS, ZONES)
]
YEARS = (1, 1969, 1970, 9999, 10000)
HTTP_DATES = [
    f"{day} {year:04d} 23:59:59 {zone}"
    for day, year, zone in product(
        ("Mon, 01 Jan", "Fri, 31 Dec"), YEARS, ("GMT", "+2359", "-2359", "ZZZ")
    )
]


def test_no_time_in_a_request_is_an_error(published: None, editor: Writer, someone: Desk) -> None:
    for text in (*DAYS, *TIMES, "9999-W53-7", "١٩٧٠-٠١-٠١T00:00:00Z"):
        time = quote(text)
        for path in (
            f"/api/v1/export?since={time}",
            f"/api/v1/export?until={time}",
            f"/api/v1/stories/library/versions?live_at={time}",
        ):
            answer = editor.get(path)
            assert answer.status_code in (200, 400, 404), (path, answer.status_code)
            answer.close()
        for path in (f"timeline?at={time}", f"timeline?cursor={time}"):
            answer = someone.get(f"/desk/stories/library/{path}")
            assert answer.status_code in (200, 308, 400), (path, answer.status_code)


def test_no_date_in_a_header_is_an_error(published: None, client: FlaskClient) -> None:
    for name in ("Accept-Datetime", "If-Modified-Since", "If-Unmodified-Since", "If-Range"):
        for date in HTTP_DATES:
            for path in ("/timegate/stories/library", "/stories/library"):
                answer = client.get(path, headers={name: date})
                assert answer.status_code < 500, (name, date)


def test_a_story_of_the_first_and_last_dates_is_shown_everywhere(
    app: Flask, client: FlaskClient, editor: Writer, someone: Desk, tmp_path: Path
) -> None:
    services: Services = app.extensions["story_history"]
    times = ("1970-01-01T00:00:00Z", "2000-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z")
    lines = [
        json.dumps({"story": "old", "content": story(title=time), "created_at": time})
        for time in times
    ]
    file = tmp_path / "old.ndjson"
    file.write_text("\n".join(lines))
    done = import_file(
        services.archive, services.publishing, file, services.clock, out_of_order=True
    )
    assert (done.stored, done.bad) == (3, [])
    paths = ("", "/history", "/history.atom", "/versions/1", "/versions/3", "/diff/1..3", "/play/3")
    for path in (
        "/",
        "/history.atom",
        "/sitemap/1.xml",
        *(f"/stories/old{path}" for path in paths),
    ):
        assert client.get(path).status_code == 200, path
    assert "31 Dec 9999" in client.get("/timemap/stories/old").text
    assert someone.get("/desk/stories/old/timeline?at=9999-12-31T23:59").status_code == 200
    assert editor.get("/api/v1/stories/old/export").status_code == 200
    assert services.archive.verify().findings == ()
