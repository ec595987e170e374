"""Tiles as https://c2sp.org/tlog-tiles has them, by its examples and those of Go's tlog package."""

import pytest

from repo_store import log_files


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (0, 1, 256, "tile/0/001"),
        (0, 1, 5, "tile/0/001.p/5"),
        (5, 123_456_078, 256, "tile/5/x123/x456/078"),
        (5, 123_456_078, 2, "tile/5/x123/x456/078.p/2"),
        (0, 3_057_500, 256, "tile/0/x003/x057/500"),
        ("entries", 3_057_500, 255, "tile/entries/x003/x057/500.p/255"),
        (63, 0, 1, "tile/63/000.p/1"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(
    level: int | str, number: int, width: int, path: str
) -> None:
    assert log_files.path_of(level, number, width) == path
    assert log_files.PATH.fullmatch(path)


@pytest.mark.parametrize(
    "path",
    [
        *("tile/5/123/456/078", "tile/-1/x123/x456/078", "tile/64/000", "tile/00/000"),
        *("tile/0/1", "tile/0/0001", "tile/0/x001", "tile/0/x001/x234", "tile/0/x001/0067"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/05", "tile/0/000.p/", "tile/0/000.p"),
        *("tile/data/000", "tile/entries/", "tile/0/٠٠٠", "tile/0/000\n", "/tile/0/000"),
        *("tile/0/../000", "tile/0/x001//067", "tile/0/X001/067", "tile/0/000/../../../keys"),
    ],
)
def test_no_other_path_is_a_tile_s(path: str) -> None:
    assert log_files.PATH.fullmatch(path) is None


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        (0, []),
        (1, [(0, 1)]),
        (255, [(0, 255)]),
        (256, [(1, 0), (0, 1)]),
        (70_000, [(273, 112), (1, 17), (0, 1)]),
    ],
)
def test_a_tree_has_the_tiles_of_the_specification(
    size: int, levels: list[tuple[int, int]]
) -> None:
    assert [log_files.widths(size, level) for level in range(len(levels))] == levels
    assert log_files.widths(size, len(levels)) == (0, 0)
    made = list(log_files.changed(0, size))
    assert made == [
        (level, number, width)
        for level, (full, partial) in enumerate(levels)
        for number, width in [*((each, 256) for each in range(full)), (full, partial)]
        if width
    ]
