"""Reports as PDF: printed by Chromium, and signed if there is a certificate to sign with."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from repo_store import durable

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class PdfSettings(NamedTuple):
    """`certificate`: the file with the key and the certificates to sign with, if any;
    `authorities`: the URLs of RFC 3161 authorities, of which the first that can be reached stamps
    the signature.
    """

    certificate: Path | None = None
    authorities: tuple[str, ...] = ()


UNSIGNED = PdfSettings()


def browser() -> str | None:
    """The path of a Chromium that can print, if one is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def make_pdf(page: bytes, settings: PdfSettings) -> bytes:
    """A page as PDF. Raises OSError if it cannot be printed, BadKey if it cannot be signed."""
    printed = _print(page)
    if settings.certificate is None:
        return printed
    # Imported here: pyHanko takes longer to load than most commands to run.
    from service.audit.export.pdf_signing import sign

    return sign(printed, settings.certificate, settings.authorities)


def check_pdf_settings(settings: PdfSettings) -> None:
    """Raises BadKey if there is a certificate to sign with, and it cannot be used."""
    if settings.certificate is not None:
        from service.audit.export.pdf_signing import load

        load(settings.certificate)


def _print(page: bytes) -> bytes:
    chromium = browser()
    if chromium is None:
        raise OSError("there is no Chromium here to print with")
    with durable.errors_of_temporary_files(), tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_bytes(page)
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)  # noqa: S603 a path of ours
        if done.returncode or not target.exists():
            raise OSError(f"Chromium could not print: exit code {done.returncode}")
        return target.read_bytes()
