"""The settings: the only module that reads the environment; see docs/deploy.md."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from service.accounts import Gate
from service.messages import LANGUAGES

DEFAULT_ARCHIVE = Path("archive")
OWN_ADDRESSES = frozenset(
    {
        *("api", "corrections", "corrections.atom", "desk", "embed", "healthz", "history.atom"),
        *("log", "oembed", "patterns", "readyz", "robots.txt", "sitemap", "sitemap.xml", "static"),
        *("stories", "timegate", "timemap"),
    }
)
"""How the service's own paths begin. A prefix that began so could not be told from them."""
_PREFIX = r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*"
"""Segments of which no client has more than one spelling."""


class ConfigError(Exception):
    """An invalid setting; the message names it."""


@dataclass(frozen=True)
class Settings:
    """`archive`: the data directory. `workers`: server processes, each with `threads` threads.

    `proxies`: how many trusted proxies are in front of the server. `url`: the public URL, such as
    “https://history.example.org” or “https://paper.example/history”, without a slash at the end; if
    empty, that of each request. `articles`: where the publisher's own site has the article of a
    story, such as “https://paper.example/{story}”; may be empty. `cache`: the size of each
    process's response cache in MiB. `metrics`: the address that Prometheus scrapes, such as
    “127.0.0.1:9464”. `patience`: the seconds that a client may take to send a request or read an
    answer, and more for long ones. `reads_per_minute`: answers made anew for one address;
    `sign_ins_per_minute`: its failed attempts; `writes_per_minute`: by one person; 0 is no limit.
    `static`: the folder for public answers that a web server sends as files, of `static_mib` MiB
    together, if there are to be any. `access_log`: whether each request is logged. `key`: the file
    of the log's signing key. `authorities`: the RFC 3161 time-stamping authorities.
    `pdf_certificate`: the file that signs reports in PDF, if they are to be signed. `two_persons`:
    whether a removal needs two editors. `daily_mib`: MiB that a person may store in a day;
    `open_drafts`: how many of their drafts may wait for review; 0: any number. `gate`: how versions
    that change facts without explaining them are treated, unless a token says otherwise.

    The paper's own look: its `name`; files with its `logo` and with a style sheet (`style`); its
    `colour`, one for light pages and perhaps another for dark ones, separated by a space; the text
    and the links (label and address) at the foot of each page.
    `language`: of the interface, one of `LANGUAGES`; if empty, that of each reader. `zone`: in
    which pages tell times.

    `patterns`: whether there is a page of all patterns of the public pages, for developers.
    """

    archive: Path
    workers: int = 2
    threads: int = 4
    proxies: int = 0
    url: str = ""
    articles: str = ""
    cache: int = 64
    static: Path | None = None
    static_mib: int = 1_024
    patience: int = 20
    reads_per_minute: int = 1_200
    sign_ins_per_minute: int = 10
    writes_per_minute: int = 1_200
    metrics: tuple[str, int] | None = None
    access_log: bool = True
    key: Path | None = None
    authorities: tuple[str, ...] = ()
    pdf_certificate: Path | None = None
    two_persons: bool = False
    daily_mib: int = 200
    open_drafts: int = 1_000
    gate: Gate = Gate.HOLD
    name: str = "Story history"
    logo: Path | None = None
    colour: str = ""
    style: Path | None = None
    footer: str = ""
    links: tuple[tuple[str, str], ...] = ()
    language: str = ""
    zone: tzinfo = UTC
    patterns: bool = False

    @property
    def signing_key(self) -> Path:
        """Next to the archive, never in it: a backup of the archive must not contain the key."""
        archive = self.archive.absolute()
        return self.key or archive.with_name(f"{archive.name}.key")

    @property
    def origin(self) -> str:
        """Of the public URL, the scheme and host; empty if there is none."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if self.url else ""

    @property
    def prefix(self) -> str:
        """Of the public URL, the path that all addresses begin with, such as “/history”."""
        return urlsplit(self.url).path

    @property
    def log_name(self) -> str:
        """What the signing key is called when it is created: the log's origin line."""
        return f"{urlsplit(self.url).netloc or 'localhost'}{self.prefix}/story-history"

    @property
    def worth_noting(self) -> dict[str, str]:
        """What a backup notes: the settings that an archive restored elsewhere needs, too."""
        values = {
            "STORY_HISTORY_URL": self.url,
            "STORY_HISTORY_ARTICLES": self.articles,
            "STORY_HISTORY_TIMESTAMPS": " ".join(self.authorities),
            "STORY_HISTORY_PDF_CERTIFICATE": str(self.pdf_certificate or ""),
            "STORY_HISTORY_TWO_PERSONS": "1" if self.two_persons else "",
            "STORY_HISTORY_GATE": "" if self.gate is Gate.HOLD else self.gate,
            "STORY_HISTORY_NAME": "" if self.name == type(self).name else self.name,
            "STORY_HISTORY_LOGO": str(self.logo or ""),
            "STORY_HISTORY_COLOUR": self.colour,
            "STORY_HISTORY_STYLE": str(self.style or ""),
            "STORY_HISTORY_FOOTER": self.footer,
            "STORY_HISTORY_LINKS": " | ".join(f"{label}={url}" for label, url in self.links),
            "STORY_HISTORY_LANGUAGE": self.language,
            "STORY_HISTORY_ZONE": "" if self.zone is UTC else str(self.zone),
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def read(
        cls,
        archive: Path | None = None,
        default: Path = DEFAULT_ARCHIVE,
        environ: Mapping[str, str] = os.environ,
    ) -> "Settings":
        """From the environment. `archive` takes precedence; without either, `default` is used."""
        named = archive or Path(environ.get("STORY_HISTORY_ARCHIVE") or default)
        return cls(
            archive=named,
            workers=_count(environ, "STORY_HISTORY_WORKERS", cls.workers),
            threads=_count(environ, "STORY_HISTORY_THREADS", cls.threads),
            proxies=_count(environ, "STORY_HISTORY_PROXIES", cls.proxies, least=0),
            url=_url(environ, "STORY_HISTORY_URL"),
            articles=_articles(environ, "STORY_HISTORY_ARTICLES"),
            cache=_count(environ, "STORY_HISTORY_CACHE", cls.cache, least=0, most=100_000),
            static=_static(environ, "STORY_HISTORY_STATIC"),
            static_mib=_count(
                environ, "STORY_HISTORY_STATIC_MIB", cls.static_mib, least=16, most=1_000_000
            ),
            patience=_count(environ, "STORY_HISTORY_PATIENCE", cls.patience),
            reads_per_minute=_limit(environ, "STORY_HISTORY_READS", cls.reads_per_minute),
            sign_ins_per_minute=_limit(environ, "STORY_HISTORY_SIGN_INS", cls.sign_ins_per_minute),
            writes_per_minute=_limit(environ, "STORY_HISTORY_WRITES", cls.writes_per_minute),
            metrics=_address(environ, "STORY_HISTORY_METRICS"),
            access_log=_count(environ, "STORY_HISTORY_ACCESS_LOG", 1, least=0, most=1) == 1,
            key=_path(environ, "STORY_HISTORY_KEY"),
            pdf_certificate=_path(environ, "STORY_HISTORY_PDF_CERTIFICATE"),
            authorities=_authorities(environ, "STORY_HISTORY_TIMESTAMPS"),
            two_persons=_count(environ, "STORY_HISTORY_TWO_PERSONS", 0, least=0, most=1) == 1,
            daily_mib=_count(
                environ, "STORY_HISTORY_DAILY_MIB", cls.daily_mib, least=0, most=1_000_000
            ),
            open_drafts=_count(
                environ, "STORY_HISTORY_OPEN_DRAFTS", cls.open_drafts, least=0, most=1_000_000
            ),
            gate=_gate(environ, "STORY_HISTORY_GATE"),
            name=_line(environ, "STORY_HISTORY_NAME", most=80) or cls.name,
            logo=_path(environ, "STORY_HISTORY_LOGO"),
            colour=_colour(environ, "STORY_HISTORY_COLOUR"),
            style=_path(environ, "STORY_HISTORY_STYLE"),
            footer=_line(environ, "STORY_HISTORY_FOOTER", most=600),
            links=_links(environ, "STORY_HISTORY_LINKS"),
            language=_language(environ, "STORY_HISTORY_LANGUAGE"),
            zone=_zone(environ, "STORY_HISTORY_ZONE"),
            patterns=_count(environ, "STORY_HISTORY_PATTERNS", 0, least=0, most=1) == 1,
        )


def given_sockets(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a socket that systemd listens on was passed to this process (sd_listen_fds(3))."""
    return environ.get("LISTEN_PID") == str(os.getpid())


def set_variable(name: str, value: str) -> None:
    """Set a variable that a library reads, for this process and its children."""
    os.environ[name] = value


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(text) if (text := environ.get(name)) else None


def _static(environ: Mapping[str, str], name: str) -> Path | None:
    folder = _path(environ, name)
    if folder and not environ.get("STORY_HISTORY_URL"):
        raise ConfigError(
            f"{name}: needs STORY_HISTORY_URL, as a file has the same addresses in it for whoever"
            " asked"
        )
    return folder


def _count(
    environ: Mapping[str, str], name: str, default: int, least: int = 1, most: int = 1_000
) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise ConfigError(f"{name}: must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _limit(environ: Mapping[str, str], name: str, default: int) -> int:
    return _count(environ, name, default, least=0, most=1_000_000)


def _gate(environ: Mapping[str, str], name: str) -> Gate:
    text = environ.get(name) or Gate.HOLD
    if text not in list(Gate):
        raise ConfigError(f"{name}: must be {', '.join(Gate)}, not {text!r}")
    return Gate(text)


def _language(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if text and text not in LANGUAGES:
        raise ConfigError(f"{name}: must be one of {', '.join(LANGUAGES)}, not {text!r}")
    return text


def _zone(environ: Mapping[str, str], name: str) -> tzinfo:
    text = environ.get(name) or "UTC"
    if text == "UTC":  # also where the system has no zones
        return UTC
    if text not in available_timezones():
        raise ConfigError(f"{name}: must be a time zone such as Europe/Berlin, not {text!r}")
    return ZoneInfo(text)


def _authorities(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(environ.get(name, "").split()))
    for url in urls:
        if not _is_address(url):
            raise ConfigError(
                f"{name}: must be addresses such as https://timestamp.example/tsr, separated by"
                f" spaces, not {url!r}"
            )
    return urls


def _url(environ: Mapping[str, str], name: str) -> str:
    given = environ.get(name, "")
    if not given:
        return ""
    text = given.removesuffix("/")
    usable = _is_address(text) and "?" not in text
    if not usable or not re.fullmatch(_PREFIX, path := urlsplit(text).path):
        raise ConfigError(
            f"{name}: must be like https://history.example.org or https://paper.example/history,"
            f" not {given!r}"
        )
    if (first := path[1:].partition("/")[0]) in OWN_ADDRESSES:
        raise ConfigError(
            f"{name}: its path must not begin with /{first}, as the service's own addresses do,"
            f" not {given!r}"
        )
    return text


def _articles(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    site, mark, rest = text.partition("{story}")
    if text and not (mark and site.count("/") > 2 and _is_address(f"{site}0{rest}")):
        raise ConfigError(f"{name}: must be like https://paper.example/{{story}}, not {text!r}")
    return text


def _line(environ: Mapping[str, str], name: str, most: int) -> str:
    text = environ.get(name, "").strip()
    if len(text) > most or not text.isprintable():
        raise ConfigError(f"{name}: must be one line of at most {most} characters, not {text!r}")
    return text


def _colour(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "").strip()
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}( #[0-9a-fA-F]{6})?", text):
        raise ConfigError(
            f"{name}: must be like #1d4e6b, or two such, for light pages and for dark ones,"
            f" not {text!r}"
        )
    return text


def _links(environ: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    text = environ.get(name, "")
    links = []
    for each in text.split("|") if text.strip() else []:
        label, _, url = (part.strip() for part in each.partition("="))
        if not label or not label.isprintable() or len(label) > 80 or not _is_target(url):
            raise ConfigError(
                f"{name}: must be like Corrections policy=https://paper.example/policy |"
                f" Contact=mailto:desk@paper.example, not {each.strip()!r}"
            )
        links.append((label, url))
    return tuple(links)


def _is_target(url: str) -> bool:
    """Whether a link may lead there: a page on the web, one of this site (“/about”), a mailbox."""
    page, _, fragment = url.partition("#")
    if not re.fullmatch(r"[!-~]*", fragment) or set(fragment) & set('"<>\\^`{|}#'):
        return False
    if re.match(r"/(?!/)", page):
        return _is_address(f"https://paper.example{page}")
    return _is_address(page) or bool(re.fullmatch(r"mailto:[\w.+-]+@[\w.-]+", page, re.ASCII))


def _is_address(text: str) -> bool:
    """Of a site or a page on the web, without a user or a fragment."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}#')
    return bool(usable and plain) and "@" not in parts.netloc


def _address(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    text = environ.get(name, "")
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 <= int(port[:9]) <= 65_535):
        raise ConfigError(f"{name}: must be like 127.0.0.1:9464, not {text!r}")
    return host.strip("[]"), int(port)
