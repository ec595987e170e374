"""Run in a mount namespace of its own: a small disk that fills up, then takes no writes at all.

Prints what the application answered, as JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from repo_store.archive import Archive
from service.app import create_app
from service.config import Settings
from service.wiring import now
from tests.samples import new_token, story
from tests.small_disk import mount, remount

PARAGRAPH = "".join(f"{number:x} " for number in range(4_000))[:19_000]


def main(disk: Path) -> None:
    mount(disk, "16m")
    archive_path = disk / "archive"
    client = create_app(Settings(archive_path)).test_client()
    token = new_token(archive_path, now=now())
    headers = {"Authorization": f"Bearer {token}"}
    answers: dict[str, Any] = {}
    base = 0

    def post(text: str) -> Any:
        body = {
            "content": story(overview=[text]),
            "state": "published",
            "note": "Told.",
            "base_version": base or None,
        }
        return client.post("/api/v1/stories/library/revisions", json=body, headers=headers)

    def reads() -> list[int]:
        paths = ("/", "/stories/library", f"/stories/library/versions/{base}", "/?q=council")
        return [client.get(path).status_code for path in paths]

    def readiness() -> list[Any]:
        answer = client.get("/readyz")
        return [answer.status_code, answer.text]

    def problem(answer: Any) -> dict[str, Any]:
        return {
            "status": answer.status_code,
            "type": answer.content_type,
            "problem": answer.get_json(),
            "retry": answer.headers.get("Retry-After"),
        }

    def verified() -> list[str]:
        with_own = Archive.open(archive_path, now)
        try:
            return [str(finding) for finding in with_own.verify().findings]
        finally:
            with_own.close()

    for number in range(1_000):
        answer = post(f"{number} {PARAGRAPH[::-1]}{number}")
        if answer.status_code != 201:
            break
        base += 1
        if number == 10:
            (disk / "ballast").write_bytes(b"x" * 5_000_000)
    answers["stored"] = base
    answers["full"] = problem(answer)
    answers["reads when full"] = reads()
    answers["ready when full"] = readiness()
    answers["live when full"] = client.get("/api/v1/stories/library").get_json()["version"]
    (disk / "ballast").unlink()
    after = post("there is room")
    answers["with room"] = after.status_code
    answers["ready with room"] = readiness()
    base += 1
    answers["verified with room"] = verified()

    services = client.application.extensions["story_history"]
    services.archive.close()
    services._database.close()
    remount(disk, "ro")
    answers["read-only"] = problem(post("no writes"))
    answers["reads when read-only"] = reads()
    answers["ready when read-only"] = readiness()
    reopened = create_app(Settings(archive_path)).test_client()
    answers["opened read-only"] = reopened.get("/stories/library").status_code
    answers["token read-only"] = reopened.get(
        "/api/v1/stories/library/revisions", headers=headers
    ).status_code
    remount(disk, "rw")
    answers["writable again"] = post("writes again").status_code
    base += 1
    answers["verified at last"] = verified()
    answers["version at last"] = client.get("/api/v1/stories/library").get_json()["version"]
    answers["versions"] = base
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
