"""Text on its way to blocks: what stands between two borders of blocks is one of them."""

from repo_store.markdown import PLAIN, Link, Style, is_web, writing
from repo_store.sameness import looks_alike
from service.conversion import vocabulary
from service.conversion.entries import Entry, Listed, Picture, Quoted, Written
from service.conversion.losses import Losses
from service.conversion.place import Figure, Place
from service.conversion.text import apart, collapsed


class Writer:
    """Takes text as it is read, with the place of each, and notes blocks as entries. `shown` counts
    what a reader sees.
    """

    def __init__(self, losses: Losses) -> None:
        self.entries: list[Entry] = []
        self.shown = 0
        self._losses = losses
        self._runs: list[writing.Styled] = []
        self._place = Place()
        self._breaks = 0

    def line_break(self) -> None:
        self._breaks += bool(self._runs)

    def text(self, text: str, place: Place) -> None:
        if place.script and text.strip():
            characters, lost = vocabulary.SCRIPTS[place.script]
            if all(ord(each) in characters or each.isspace() for each in text):
                text = text.translate(characters)
            else:
                self._losses.add(lost)
        lines = text.split("\n") if place.preformatted else [text]
        for at, line in enumerate(lines):
            if at:
                self.line_break()
            self.run(line, place)

    def run(self, text: str, place: Place) -> None:
        if text.strip(" \t\n\f\r"):
            self.apply_breaks(place)
            self.add(text, place)
        elif self._runs:
            self._runs.append((text, place.style))

    def add(self, text: str, place: Place) -> None:
        if not self._runs:
            self._place = place
        self._runs.append((text, place.style))
        self.shown += 1

    def apply_breaks(self, place: Place) -> None:
        """Line breaks that stand before something: they end a paragraph, where there may be one."""
        if not self._breaks:
            return
        if place.in_one_line:
            self._losses.add("line break that became a space", 0 if place.preformatted else 1)
            self._runs.append((" ", PLAIN))
        else:
            single = self._breaks == 1 and not place.preformatted
            self._losses.add("line break that became a paragraph", single)
            self.flush()
        self._breaks = 0

    def flush(self) -> None:
        """Make a block of what was read since the last one."""
        if not self._runs:
            return
        place, runs = self._place, collapsed(self._runs, self._losses)
        self._runs, self._breaks = [], 0
        before, text, after = apart(runs)
        if place.collector is not None:
            self._collect(place.collector, runs if before or text else [])
        elif place.item and place.quotation is None and text:
            self._list_item(place.item, runs)
        else:
            self._pictures(before, place)
            if text:
                self._block(text, place)
            self._pictures(after, place)

    def _block(self, runs: list[writing.Styled], place: Place) -> None:
        said = "".join([text for text, _ in runs])
        if not looks_alike(said).strip():
            return
        if place.embed and is_web(said):
            self.embed(said, place)
        elif place.quotation is not None:
            self._losses.add_intricate(runs, writing.quote)
            self.entries.append(Quoted(writing.quote(runs), place.quotation))
        elif place.heading:
            self._losses.add_intricate(runs, writing.heading)
            self.entries.append(Written(writing.heading(place.heading, runs)))
        else:
            self._paragraph(runs)

    def _paragraph(self, runs: list[writing.Styled]) -> None:
        self._losses.add_intricate(runs, writing.paragraph)
        self.entries.append(Written(writing.paragraph(runs)))

    def _collect(self, collector: list[writing.Styled], runs: list[writing.Styled]) -> None:
        if collector and runs:
            self._losses.add("border between paragraphs of a table or caption")
            collector.append((" ", PLAIN))
        collector += runs

    def _list_item(self, item: Listed, runs: list[writing.Styled]) -> None:
        if not item.runs:
            item.runs = runs
            self.entries.append(item)
        elif self.entries[-1] is item:
            self._losses.add("border between paragraphs of a list item")
            item.runs += [(" ", PLAIN), *runs]
        else:
            self._losses.add("paragraph of a list item that left the list")
            self._paragraph(runs)

    def _pictures(self, images: list[writing.Styled], place: Place) -> None:
        for alt, style in images:
            if style.image:
                self._losses.add("link of an image", style.link is not None)
                self._losses.add("image in a quotation (outside it)", place.quotation is not None)
                self.entries.append(Picture(style.image.href, alt))

    def embed(self, address: str, place: Place) -> None:
        if place.collector is not None:
            self._losses.add("embed in a table or caption (became a link)")
            self.add(address, place._replace(style=Style(link=Link(address))))
            return
        self._losses.add("embed in a quotation (outside it)", place.quotation is not None)
        self.entries.append(Written(address))

    def caption(self, figure: Figure) -> None:
        """Put what a caption says where it belongs."""
        count = len(self.entries) - figure.first
        last = self.entries[-1] if count else None
        picture = last if count == 1 else None
        if isinstance(picture, Picture) and not picture.caption:
            picture.caption = "".join([text for text, _ in figure.caption])
            styles = {style for _, style in figure.caption}
            self._losses.add("link in a caption", len({style.link for style in styles} - {None}))
            self._losses.add(
                "formatting in a caption", any(each._replace(link=None) != PLAIN for each in styles)
            )
        else:
            self._losses.add("caption that became a paragraph")
            if isinstance(last, Quoted):
                self._losses.add_intricate(figure.caption, writing.quote)
                self.entries.append(Quoted(writing.quote(figure.caption), last.quotation))
            else:
                self._paragraph(figure.caption)
