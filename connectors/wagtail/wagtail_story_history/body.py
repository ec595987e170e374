"""Rich text and StreamFields as the HTML that readers get, with whole addresses."""

import re
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from django.utils.safestring import SafeString
from wagtail.blocks import StreamValue
from wagtail.embeds.blocks import EmbedValue
from wagtail.images.models import AbstractImage
from wagtail.images.shortcuts import get_rendition_or_not_found
from wagtail.rich_text import RichText, expand_db_html

from wagtail_story_history import conf

_EMBED = re.compile(r"<embed\b[^>]*\bembedtype=\"media\"[^>]*>", re.I)
_URL = re.compile(r"\burl=\"([^\"]*)\"", re.I)
_ADDRESS = re.compile(r"(<[a-z][^>]*?\s(?:href|src)\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.I)


def is_html(value: Any) -> bool:
    """Whether it is the value of a rich text or a StreamField, or marked as safe."""
    return isinstance(value, RichText | StreamValue | SafeString)


def html_of(value: Any, base: str) -> str:
    """`base`: what relative addresses begin at. An embed is a frame of the address that the editor
    gave: what its provider makes of it may change with every look, and asking takes time.
    """
    if value is None:
        return ""
    return _whole(_html(value), base)


def _html(value: Any) -> str:
    if isinstance(value, StreamValue):
        return "\n".join(_block(each) for each in value)
    if isinstance(value, RichText):
        return str(expand_db_html(_EMBED.sub(_framed, value.source)))
    return str(value) if is_html(value) else _paragraphs(str(value))


def _block(child: Any) -> str:
    """One block of a StreamField: as its template shows it, if it has one."""
    value = child.value
    if isinstance(value, EmbedValue):
        return _frame(value.url)
    if isinstance(value, RichText):
        return _html(value)
    if isinstance(value, AbstractImage) and not getattr(child.block.meta, "template", None):
        rendition = get_rendition_or_not_found(value, conf.image_filter())
        alt = getattr(value, "contextual_alt_text", None) or getattr(
            value, "default_alt_text", value.title
        )
        decorative = getattr(value, "decorative", False)
        return f'<img src="{escape(rendition.url)}" alt="{"" if decorative else escape(alt)}">'
    rendered = child.render()
    if is_html(rendered):
        return str(rendered)
    # A plain text; that it is a heading is known from its name alone.
    return (
        f"<h2>{escape(rendered)}</h2>" if "heading" in child.block_type else _paragraphs(rendered)
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in text.splitlines() if each.strip())


def _framed(embed: re.Match[str]) -> str:
    found = _URL.search(embed[0])
    return _frame(unescape(found[1])) if found else ""


def _frame(url: str) -> str:
    return f'<iframe src="{escape(url)}"></iframe>'


def _whole(html: str, base: str) -> str:
    """With addresses that need no page to be relative to; those within the page stay."""

    def joined(found: re.Match[str]) -> str:
        address = unescape(found[2] if found[2] is not None else found[3])
        if not address.startswith("#"):
            address = urljoin(base, address)
        return f'{found[1]}"{escape(address)}"'

    return _ADDRESS.sub(joined, html) if base else html
