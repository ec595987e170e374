"""Word documents read back: by the standard's meaning of tracked changes, and by LibreOffice."""

import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Literal

from lxml import etree

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMES = {"w": _W}
Verb = Literal["Accept", "Reject"]
VERBS: tuple[Verb, ...] = ("Accept", "Reject")
_GONE: Mapping[Verb, frozenset[str]] = {
    "Accept": frozenset([f"{{{_W}}}del", f"{{{_W}}}moveFrom"]),
    "Reject": frozenset([f"{{{_W}}}ins", f"{{{_W}}}moveTo"]),
}
_CHARACTERS = {f"{{{_W}}}tab": "\t", f"{{{_W}}}br": "\n"}


def part(document: bytes, name: str = "word/document.xml") -> etree._Element:
    return etree.fromstring(zipfile.ZipFile(BytesIO(document)).read(name))


def lines(document: bytes, verb: Verb) -> list[str]:
    """The text of each paragraph and of each row of a table once all changes are accepted, or
    rejected, as ISO/IEC 29500-1, section 17.13.5, says it.
    """
    gone, found, before = _GONE[verb], [], ""
    for block in part(document)[0]:
        if block.tag == f"{{{_W}}}p":
            before += _text(block, gone)
            if not _is_in(block.iterfind("w:pPr/w:rPr/*", _NAMES), gone):
                found.append(before)
                before = ""
        for row in block.iterfind("w:tr", _NAMES):
            assert not before, "the end of a paragraph before a table cannot go"
            if not _is_in(row.iterfind("w:trPr/*", _NAMES), gone):
                found.append(
                    "\t".join(_text(cell, gone) for cell in row.iterfind(".//w:p", _NAMES))
                )
    return found


def found_in(document: bytes, path: str, name: str = "word/document.xml") -> list[str]:
    """The attributes, or the texts of the elements, at a path of one of its parts."""
    found = part(document, name).xpath(path, namespaces=_NAMES)
    assert isinstance(found, list)
    return [
        "".join(map(str, each.itertext())) if isinstance(each, etree._Element) else str(each)
        for each in found
    ]


def _is_in(elements: Iterator[etree._Element], tags: frozenset[str]) -> bool:
    return any(element.tag in tags for element in elements)


def _text(element: etree._Element, gone: frozenset[str]) -> str:
    if element.tag in gone:
        return ""
    if element.tag in (f"{{{_W}}}t", f"{{{_W}}}delText"):
        return element.text or ""
    character = _CHARACTERS.get(str(element.tag), "")
    return character + "".join(_text(each, gone) for each in element)


_MACRO = """
Sub Settle(folder As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Dim form(0) As New com.sun.star.beans.PropertyValue
  form(0).Name = "FilterName"
  form(0).Value = "MS Word 2007 XML"
  dispatcher = createUnoService("com.sun.star.frame.DispatchHelper")
  names = ""
  found = Dir(folder & "/*.docx")
  Do While found <> ""
    names = names & "|" & found
    found = Dir
  Loop
  For Each item In Split(Mid(names, 2), "|")
    For Each verb In Array("Accept", "Reject")
      file = ConvertToURL(folder & "/" & item)
      document = StarDesktop.loadComponentFromURL(file, "_blank", 0, hidden())
      frame = document.CurrentController.Frame
      dispatcher.executeDispatch(frame, ".uno:" & verb & "AllTrackedChanges", "", 0, Array())
      document.storeToURL(ConvertToURL(folder & "/" & verb & "/" & item), form())
      document.close(True)
    Next
  Next
  StarDesktop.terminate()
End Sub
"""
_BASIC = "http://openoffice.org/2000"


def settled(documents: Mapping[str, bytes], folder: Path) -> dict[tuple[str, Verb], bytes]:
    """Each document as LibreOffice saves it once all changes are accepted, and once rejected."""
    office = shutil.which("soffice")
    assert office, "LibreOffice is missing: `make test` installs it"
    profile = folder / "profile"
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    subprocess.run([*command, "--terminate_after_init"], capture_output=True, timeout=120)
    library = profile / "user/basic/Standard"
    library.mkdir(parents=True, exist_ok=True)
    macro = _MACRO.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (library.parent / "script.xlc").write_text(
        f'<library:libraries xmlns:library="{_BASIC}/library" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" '
        'xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" library:link="false"/>'
        "</library:libraries>"
    )
    (library / "script.xlb").write_text(
        f'<library:library xmlns:library="{_BASIC}/library" library:name="Standard">'
        '<library:element library:name="Module1"/></library:library>'
    )
    (library / "Module1.xba").write_text(
        f'<script:module xmlns:script="{_BASIC}/script" script:name="Module1" '
        f'script:language="StarBasic">{macro}</script:module>'
    )
    for verb in VERBS:
        (folder / verb).mkdir()
    for name, document in documents.items():
        (folder / f"{name}.docx").write_bytes(document)
    call = f'macro:///Standard.Module1.Settle("{folder}")'
    done = subprocess.run([*command, call], capture_output=True, timeout=300, text=True)
    assert done.returncode == 0, done.stderr
    return {
        (name, verb): (folder / verb / f"{name}.docx").read_bytes()
        for name in documents
        for verb in VERBS
    }
