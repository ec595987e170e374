"""What was corrected in all stories: the page, its feed, and figures."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urljoin

from babel.dates import format_skeleton
from feedgenerator import Atom1Feed
from flask import Blueprint, Response, render_template, request, url_for

from repo_store import CORRECTING, Correction, CorrectionFilter
from service.messages import current, gettext
from service.present.corrections import FiguresView, Step, figures_view, kind_label
from service.present.times import readable
from service.usecases.corrections import BOUNDS, Figures, ListedCorrection, Period
from service.web.http.access import public
from service.web.http.addresses import takes
from service.web.http.headers import cached
from service.web.http.links import ATOM, absolute
from service.web.http.params import A_DAY_OR_TIME, correction_filter, query_time
from service.web.http.response_cache import VALIDATOR, DependsOn
from service.web.http.services import services
from service.web.public.tag_uris import tag_uri

blueprint = Blueprint("corrections", __name__)

PAGE = 20
_NEVER = datetime.fromtimestamp(0, UTC)
_FILTERS = ("kind", "q", "section", "since", "until")


class _Feed(Atom1Feed):  # type: ignore[misc]  # it has no types
    def latest_post_date(self) -> datetime:
        """Without entries the beginning of time, not now: nothing has changed since."""
        return max((item["updateddate"] for item in self.items), default=_NEVER)


@blueprint.get("/corrections")
@public
@cached(DependsOn.ARCHIVE)
@takes("cursor", *_FILTERS)
def listing() -> str:
    """What was corrected or explained in all stories, newest first."""
    given = {name: request.args.get(name, "").strip() for name in _FILTERS}
    found = services().corrections.listed(
        correction_filter(services().settings.zone),
        given["q"],
        request.args.get("cursor", ""),
        PAGE,
    )
    return render_template(
        "corrections.html",
        given=given,
        filtered={name: value for name, value in given.items() if value},
        kinds={kind.value: kind_label(kind) for kind in CORRECTING},
        sections=services().corrections.sections(),
        listing=found,
        label=kind_label,
        address=_address,
    )


@blueprint.get("/corrections/figures")
@public
@cached(DependsOn.ARCHIVE)
@takes("since", "until")
def figures() -> str:
    """How many corrections there were, of which kind, and how fast."""
    corrections = services().corrections
    given = {name: request.args.get(name, "").strip() for name in ("since", "until")}
    period = corrections.period(
        *[query_time(name, A_DAY_OR_TIME, services().settings.zone) for name in given]
    )
    found = corrections.figures(period)
    if found.held is None:
        # Nothing would say when it can be read again.
        request.environ.pop(VALIDATOR, None)
    return render_template(
        "corrections_figures.html",
        period=period,
        years=corrections.years(),
        given=given,
        ends=_ends(period),
        view=_view(found),
    )


@blueprint.get("/corrections.atom")
@public
@cached(DependsOn.ARCHIVE)
def feed() -> Response:
    """The newest corrections of all stories."""
    atom = _Feed(
        title=gettext("Corrections"),
        link=absolute(".listing"),
        description=gettext("What was corrected or explained in all stories."),
        feed_url=absolute(".feed"),
        feed_guid=tag_uri("corrections"),
    )
    for each in services().corrections.listed(CorrectionFilter(), limit=PAGE).items:
        correction = each.correction
        atom.add_item(
            title=gettext(
                "%(kind)s: %(title)s", kind=kind_label(correction.kind), title=each.title
            ),
            link=urljoin(absolute(".feed"), _address(each)),
            description=None,
            content=render_template("feed_correction.html", each=each),
            author_name=correction.author,
            unique_id=tag_uri("stories", correction.story, "corrections", *_part(correction)),
            updateddate=correction.at,
            pubdate=correction.at,
        )
    return Response(atom.writeString("utf-8"), content_type=f"{ATOM}; charset=utf-8")


def _address(each: ListedCorrection) -> str:
    """Where a reader sees what changed, or the version that the words are about."""
    story, version = each.correction.story, each.correction.version
    if each.comparable:
        return url_for("pages.diff", story=story, old=version - 1, new=version)
    return url_for("pages.version", story=story, version=version)


def _part(correction: Correction) -> Iterator[str]:
    """Which of a story's corrections it is, by numbers that count nothing of drafts."""
    yield str(correction.version)
    if correction.added:
        yield str(correction.position)


def _ends(period: Period) -> tuple[str, str]:
    """The first and the last month or day of a period; the times where it is of neither."""
    if any(each.time() != time() for each in (period.since, period.until)):
        return readable(period.since), readable(period.until)
    whole = period.since.day == period.until.day == 1
    first, last = (
        format_skeleton("yMMMM" if whole else "yMMMMd", each.date(), locale=current().locale)
        for each in (period.since, period.until - timedelta(days=1))
    )
    return first, last


def _view(found: Figures) -> FiguresView:
    steps = [Step(*_labels(found.period, each)) for each in found.period.begins]
    return figures_view(found.counts, found.held, steps, BOUNDS)


def _labels(period: Period, begin: datetime) -> tuple[str, str]:
    """Of a step, in a table and below a plot."""
    if period.years:
        return str(begin.year), str(begin.year)
    locale = current().locale
    long, short = (format_skeleton(each, begin.date(), locale=locale) for each in ("yMMM", "MMM"))
    return long, short
