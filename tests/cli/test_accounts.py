"""`token …`."""

import json
import re

import pytest

from tests.cli.conftest import Run

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_tokens_are_created_listed_and_revoked(run: Run) -> None:
    made = run("token", "create", "--role", "editor", "--name", "Dara Voss", "--days", "30")
    assert made.returncode == 0
    assert len(made.stdout.strip()) == 43
    [token] = json.loads(run("token", "list", "--json").stdout)
    assert (token["name"], token["role"], token["state"]) == ("Dara Voss", "editor", "active")
    assert token["person"] == {"id": token["id"], "name": "Dara Voss"}
    for name in ("created_at", "expires_at"):
        assert re.fullmatch(TIME, token[name])
    assert "sha256" not in token
    assert run("token", "revoke", token["id"]).stdout == (
        f"{token['id']}: the token of Dara Voss is revoked\n"
    )
    listed = run("token", "list").stdout
    assert "revoked  Dara Voss  (never used, ends " in listed
    assert made.stdout.strip() not in listed


def test_a_token_is_a_person_s_by_name_or_as_told(run: Run) -> None:
    for arguments in (("Dara Voss",), ("DARA VOSS",), ("Laptop", "--person", "dara voss")):
        run("token", "create", "--role", "editor", "--name", *arguments)
    tokens = json.loads(run("token", "list", "--json").stdout)
    assert {token["name"] for token in tokens} == {"Dara Voss", "DARA VOSS", "Laptop"}
    [person] = {tuple(token["person"].values()) for token in tokens}
    assert person[1] == "Dara Voss"
    listed = run("token", "list").stdout
    assert "Dara Voss, “Laptop”  (never used; person " in listed
    refused = run("token", "create", "--role", "editor", "--name", "Laptop", "--person", "Mika")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "person: there is no person “Mika”" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "create", "--role", "king", "--name", "x"),
        ("token", "create", "--role", "editor", "--name", "a<b"),
        ("token", "create", "--role", "editor", "--name", "x", "--days", "0"),
        ("token", "revoke", "nothing"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    run("token", "create", "--role", "editor", "--name", "First")
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("story-history: ")
