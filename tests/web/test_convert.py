"""HTML in: converted to look at, and in place of a part of a content."""

import json
from typing import Any

import pytest

from tests.web.conftest import Writer, error_fields, read

PAGE = "<p>It shut <b>today</b>: <a href='/plan'>plan</a>.<script>x()</script></p>"
BLOCK = "It shut **today**: [plan](https://paper.example/plan)."


def article(**fields: Any) -> dict[str, Any]:
    return {"shape": "article", "title": "Bridge shut", "url": "https://paper.example/a", **fields}


def converted(editor: Writer, **body: Any) -> Any:
    return editor.client.post("/api/v1/convert", json=body, headers=editor.headers)


def test_html_is_converted_and_nothing_is_stored(editor: Writer) -> None:
    answer = converted(editor, html=PAGE, url="https://paper.example/a")
    assert read(answer) == {"blocks": [BLOCK], "dropped": [{"what": "script", "count": 1}]}
    assert read(converted(editor, html="")) == {"blocks": [], "dropped": []}
    assert read(editor.client.get("/api/v1/stories"))["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "html"),
        ({"html": 1}, "html"),
        ({"html": "a", "url": "/b"}, "url"),
        ({"html": "<i>" * 100_001}, "html"),
        ({"html": "a", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_converted_is_refused(
    editor: Writer, body: dict[str, Any], field: str
) -> None:
    answer = converted(editor, **body)
    assert (answer.status_code, error_fields(answer)) == (422, [field])


def test_html_may_stand_in_place_of_a_markdown_text(editor: Writer) -> None:
    answer = editor.post(content=article(body_html=PAGE))
    assert answer.status_code == 201
    assert read(answer)["dropped"] == [{"what": "script", "count": 1}]
    assert read(editor.get(answer.location))["content"] == article(body=[BLOCK])
    again = read(editor.post(content=article(body_html=PAGE), note=""))
    assert (again["unchanged"], again["dropped"][0]["what"]) == (True, "script")
    assert "dropped" not in read(editor.post("other", content=article(body_html="<p>a")))


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (article(body_html="a", body=["a"]), ["body_html"]),
        (article(body_html=["a"]), ["body_html"]),
        (article(body_html="<i>" * 100_001), ["body_html"]),
        (article(summary_html="a"), ["summary_html"]),
        (article(body_html="<p>a<p>" + "b" * 20_001), ["body_html"]),
        ({"title": "A", "overview_html": "a"}, None),
        ({"shape": "none", "body_html": "a"}, ["shape"]),
        ({"shape": [], "body_html": "a"}, ["shape"]),
        ([], ["content"]),
    ],
)
def test_errors_name_what_was_sent(editor: Writer, content: Any, fields: list[str] | None) -> None:
    answer = editor.post(content=content)
    assert answer.status_code == 422
    assert fields is None or error_fields(answer) == fields


def test_an_error_of_the_converted_text_says_where_it_is(editor: Writer) -> None:
    answer = editor.post(content=article(body_html=f"<p>a</p><p><b>Long</b> {'b' * 20_000}</p>"))
    (error,) = json.loads(answer.data)["errors"]
    begins = f"**Long** {'b' * 31}"
    assert error["field"] == "body_html"
    assert error["message"] == f"block 2, “{begins}…”, is longer than 20000 characters"
    many = editor.post(content=article(body_html="<p>a" * 1_001))
    assert json.loads(many.data)["errors"][0]["message"] == "has 1001 entries, more than 1000"


def test_the_openapi_document_has_html_in_place_of_markdown_only(editor: Writer) -> None:
    document = read(editor.client.get("/api/v1/openapi.json"))
    sent = {
        (shape, name): schema["properties"][name]
        for shape, schema in document["components"]["schemas"].items()
        for name in schema.get("properties", {})
        if name.endswith("_html")
    }
    assert list(sent) == [("ArticleContent", "body_html")]
    assert sent["ArticleContent", "body_html"]["writeOnly"]
