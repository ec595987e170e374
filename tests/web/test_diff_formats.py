"""The facts above the diff, and its other forms by the API."""

import json
import re

import pytest
from flask.testing import FlaskClient

from tests.samples import story
from tests.web.conftest import Writer

URL = "/api/v1/stories/library/diff/1..2"


@pytest.fixture
def changed(editor: Writer) -> None:
    overview = story()["overview"]
    editor.publish()
    editor.publish(base=1, overview=[overview[0], "It will cost 1.4 million crowns a year."])


@pytest.mark.usefixtures("changed")
def test_the_facts_stand_above_the_diff_and_lead_to_it(client: FlaskClient) -> None:
    page = client.get("/stories/library/diff/1..2").text
    facts = page[page.index("Facts changed") : page.index("This comparison")]
    assert '<bdi class="was">1.2</bdi> → <bdi class="now">1.4</bdi> million crowns' in facts
    assert re.search('<a href="#c[a-z2-7]{8}">Overview, paragraph 2</a>', facts)
    assert re.search("It will cost .*<del>1.2<.*<ins>1.4<.* million crowns a year", facts)


@pytest.mark.usefixtures("changed")
def test_the_api_tells_the_facts_with_their_places(client: FlaskClient) -> None:
    (fact,) = json.loads(client.get(URL).text)["facts"]
    block, start, end = fact["new_at"]
    version = json.loads(client.get("/api/v1/stories/library/versions/2").text)
    text = version["content"]["overview"][block]
    assert text[start:end] == fact["new"] == "1.4 million crowns"


@pytest.mark.usefixtures("changed")
def test_other_forms_by_the_api(client: FlaskClient) -> None:
    patch = client.get(f"{URL}/text", query_string={"format": "unified"})
    assert patch.content_type == "text/plain; charset=utf-8"
    assert patch.text.startswith("--- library 1\n+++ library 2\n@@ ")
    redline = client.get(f"{URL}/text", query_string={"format": "markdown"})
    assert redline.content_type == "text/markdown; charset=utf-8"
    assert "[-<del>1\\.2</del>-]{+<ins>1\\.4</ins>+}" in redline.text
    assert "max-age=300" in redline.headers["Cache-Control"]
    refused = client.get(f"{URL}/text", query_string={"format": "x"})
    assert refused.status_code == 400
    assert json.loads(refused.text)["errors"][0]["field"] == "format"
