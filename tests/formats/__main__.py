"""Validates what is written, and the samples, against the standards' own schemas, which IPTC
publishes and we do not copy:

    python -m tests.formats ninjs-schema_3.1.json NewsML-G2_2.35-spec-All-Power.xsd

The second needs `xml.xsd` beside it, as IPTC's release has it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator
from lxml import etree

from service.formats import WRITERS, Item, Status
from tests.formats.samples import FOLDER, ITEM
from tests.formats.test_writing import HOSTILE, PLAIN


def written() -> Iterator[Item]:
    for content in (ITEM.content, HOSTILE, PLAIN):
        for status in Status:
            yield replace(ITEM, content=content, status=status)
            yield replace(ITEM, content=content, status=status, embargo=ITEM.at, note="")


def _elsewhere(address: str) -> dict[str, Any]:
    """Places on the map, which are not written, have their schema elsewhere on the web."""
    return {}


def main(ninjs: str, newsml: str) -> None:
    checked = 0
    json_schema = Draft202012Validator(
        json.loads(Path(ninjs).read_text()), validate_formats=True, retriever=_elsewhere
    )
    values = [json.loads(WRITERS["ninjs"](each).data) for each in written()]
    for value in values + json.loads((FOLDER / "wire.ninjs.json").read_text()):
        json_schema.validate(value)
        checked += 1
    xml_schema = etree.XMLSchema(etree.parse(newsml))
    documents = [etree.fromstring(WRITERS["newsml"](each).data) for each in written()]
    for document in [*documents, etree.parse(FOLDER / "wire.newsml.xml").getroot()]:
        xml_schema.assertValid(document)
        checked += 1
    print(f"{checked} documents are valid")


if __name__ == "__main__":
    main(*sys.argv[1:])
