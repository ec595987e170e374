"""The main ways through the History in Firefox."""

from collections.abc import Iterator

import pytest

from tests.firefox import Firefox, firefox

FLOOD = "stories/river-lind-flood"
BRIDGE = "stories/harbour-bridge-closure"


@pytest.fixture(scope="module")
def fox() -> Iterator[Firefox]:
    with firefox() as found:
        yield found


@pytest.fixture(params=[(1200, 900), (390, 844)], ids=["wide", "phone"])
def sized(fox: Firefox, request: pytest.FixtureRequest) -> Firefox:
    fox.size(*request.param)
    return fox


def _title(fox: Firefox, old: int, new: int) -> None:
    title = f"What changed from version {old} to version {new}"
    fox.wait(f"document.querySelector('.what-changed')?.textContent === '{title}'")


def _open_list(fox: Firefox) -> None:
    if fox.run("document.querySelector('.pager .open').checkVisibility()"):
        fox.click(".pager .open")
        fox.wait("document.querySelector('.rail').matches(':popover-open')")


def _fits(fox: Firefox) -> bool:
    return bool(fox.run("document.documentElement.scrollWidth <= innerWidth"))


def test_from_the_article_to_what_changed_last(sized: Firefox, demo: str) -> None:
    sized.goto(f"{demo}{FLOOD}")
    assert _fits(sized)
    sized.click(".dates a")
    _title(sized, 39, 40)
    assert _fits(sized)


def test_a_tap_on_a_row_and_back(sized: Firefox, demo: str) -> None:
    sized.goto(f"{demo}{FLOOD}/diff/19..20")
    _open_list(sized)
    sized.click("[data-version='18'] .number")
    _title(sized, 17, 18)
    assert sized.run("location.pathname") == f"/{FLOOD}/diff/17..18"
    sized.back()
    _title(sized, 19, 20)


def test_two_taps_compare(sized: Firefox, demo: str) -> None:
    sized.goto(f"{demo}{FLOOD}/diff/19..20")
    _open_list(sized)
    sized.click("[data-compare='19']")
    sized.wait("document.querySelector('[data-compare=\"19\"]').ariaPressed === 'true'")
    sized.click("[data-compare='17']")
    _title(sized, 17, 19)
    assert sized.run("document.querySelectorAll('.brought').length > 0")


def test_the_slider_and_the_keys(sized: Firefox, demo: str) -> None:
    sized.goto(f"{demo}{FLOOD}/diff/19..20")
    sized.run("document.querySelector('[data-timeline] input[type=range]').focus()")
    sized.press("ArrowLeft")
    _title(sized, 18, 19)
    sized.goto(f"{demo}{BRIDGE}/diff/1..4")
    sized.press("n")
    sized.press("n")
    sized.wait("document.querySelector('[data-position]').textContent === '2 of 10'")
    top = "document.activeElement.getBoundingClientRect().top"
    assert sized.run(
        f"document.querySelector('.steps-bar').getBoundingClientRect().bottom <= {top}"
    )
    sized.press("?")
    sized.wait("document.querySelector('#keys').open")
    sized.press("Escape")
    sized.wait("!document.querySelector('#keys').open")


def test_without_scripts_links_and_forms_do_the_same(demo: str) -> None:
    with firefox(scripts=False) as fox:
        fox.size(390, 844)
        fox.goto(f"{demo}{FLOOD}/history")
        assert fox.run("document.querySelector('.rail').checkVisibility()")
        fox.click("a[data-step-version=older]")
        _title(fox, 38, 39)
        fox.click("[data-compare='38']")
        fox.wait("location.search === '?compare=38'")
        fox.click("[data-compare='35']")
        _title(fox, 35, 38)
