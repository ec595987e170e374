"""HTML's elements: what each is, and in words what cannot be kept of it."""

import re
from collections.abc import Mapping

from repo_store.markdown import Style
from service.conversion.parsing import WHOLE_PAGE, Element

UNSHOWN = {"link", "meta", "base", "col", "colgroup", "area", "param"}
"""Nothing of it is on a page."""

_DROPPED: Mapping[str, str] = {
    "title": "title of the page",
    "script": "script",
    "style": "style sheet",
    "template": "template",
    "noscript": "content for browsers without scripts",
    "svg": "drawing",
    "canvas": "drawing",
    "map": "image map",
    **dict.fromkeys(
        ("button", "input", "select", "textarea", "datalist", "meter", "progress", "output"),
        "form control",
    ),
    "form": "form",
    "dialog": "closed dialog",
    "frameset": "frame",
    "applet": "applet",
}
HIDDEN_CLASSES = frozenset({"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden"})

PREFORMATTED = {"pre", "listing", "xmp", "plaintext"}
HEADINGS = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
OTHER_LEVELS = {"h1", "h5", "h6"}
LISTS = {"ul", "ol", "menu", "dir"}
BLOCKS = {
    *HEADINGS,
    *LISTS,
    *(
        "#document",
        "html",
        "body",
        "article",
        "aside",
        "section",
        "main",
        "nav",
        "header",
        "footer",
    ),
    *("hgroup", "search", "div", "center", "p", "address", "blockquote", "pre", "listing", "xmp"),
    *(
        "plaintext",
        "li",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "figure",
        "figcaption",
        "fieldset",
        "dialog",
    ),
    *("legend", "form", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "hr"),
    *("iframe", "video", "audio", "object", "embed", "amp-iframe", "amp-video", "amp-audio"),
    *("noframes", "marquee", "optgroup", "option"),
}
SOURCES = {"source", "track", "param", "embed"}
"""What a player plays; all else in it is for browsers that have none."""
CUSTOM_IMAGES = {"amp-img", "amp-anim"}
IMAGES = {"img", *CUSTOM_IMAGES}
PLAYERS = {"iframe", "video", "audio", "object", "embed", "amp-iframe", "amp-video", "amp-audio"}

STRONG = {"b", "strong"}
EMPHASIS = {"i", "em", "dfn", "var", "cite"}
CODE = {"code", "kbd", "samp", "tt"}
LOST_STYLES: Mapping[str, str] = {
    "u": "underline",
    "ins": "mark of an insertion",
    **dict.fromkeys(("del", "s", "strike"), "strikethrough"),
    "small": "smaller type",
    "mark": "highlight",
    **dict.fromkeys(("font", "big", "basefont", "center"), "font or alignment"),
    "bdo": "direction of text",
    "math": "formula (its text stays)",
    "marquee": "moving text",
    "details": "part that opens and closes (shown open)",
    "dl": "list of terms (became paragraphs)",
    **dict.fromkeys(PREFORMATTED, "preformatted text (its lines became paragraphs)"),
}
SCRIPTS = {
    "sup": (str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"), "superscript"),
    "sub": (str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"), "subscript"),
}
"""Unicode has these characters raised and lowered: 10 to the 6th must not become 106."""

POSTS = frozenset(
    {
        *("twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "fb-post"),
        *(
            "bluesky-embed",
            "mastodon-embed",
            "reddit-embed-bq",
            "text-post-media",
            "imgur-embed-pub",
        ),
    }
)
"""Classes of a quotation that a script of another site replaces by what it quotes."""
EMBEDS = frozenset({"wp-block-embed__wrapper", "wp-block-embed"})
"""Classes of an element whose text is the address of what is embedded."""
CARDS = frozenset({"kg-bookmark-container"})
"""Classes of a link that is a card with another page's title and picture."""
EMOJI = frozenset({"emoji", "wp-smiley"})


_DECLARATION = re.compile(r"(?:^|;)\s*([a-z-]+)\s*:\s*([^;]*)", re.IGNORECASE)
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_WEIGHT = re.compile(
    r"(?:^|;)\s*font-weight\s*:\s*(?:(bold|[6-9]00)|normal|lighter|[1-5]00)", re.IGNORECASE
)
_SLANT = re.compile(r"(?:^|;)\s*font-style\s*:\s*(?:(italic|oblique)|normal)", re.IGNORECASE)


def left_out(element: Element) -> str:
    """In words, what an element is that is left out with all that is in it, or nothing."""
    around_a_page = element.tag == "form" and element.paragraphs >= WHOLE_PAGE
    is_open = element.tag == "dialog" and "open" in element.attributes
    return "" if around_a_page or is_open else _DROPPED.get(element.tag, "")


def is_hidden(element: Element) -> bool:
    if "hidden" in element.attributes or not HIDDEN_CLASSES.isdisjoint(element.classes):
        return True
    return _HIDING.search(element.get("style")) is not None


def styled(element: Element, style: Style) -> Style:
    """The style of what is within an element, `style` being the one around it. What its own
    `style` declares wins: an editor's <b style="font-weight: normal"> is not strong.
    """
    tag, declared = element.tag, element.get("style")
    weight = _WEIGHT.search(declared) if declared else None
    slant = _SLANT.search(declared) if declared else None
    strong = weight[1] is not None if weight else style.strong or tag in STRONG
    emphasis = slant[1] is not None if slant else style.emphasis or tag in EMPHASIS
    return style._replace(strong=strong, emphasis=emphasis, code=style.code or tag in CODE)


def has_other_styling(element: Element) -> bool:
    """Whether an element declares more than is kept: colours, sizes, alignment."""
    if not element.attributes:
        return False
    if element.get("align"):
        return True
    names = _DECLARATION.findall(element.get("style"))
    return any(not re.fullmatch("font-(?:weight|style)", name, re.IGNORECASE) for name, _ in names)
