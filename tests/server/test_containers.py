"""docs/compose.yaml and the Dockerfile, as far as they can be checked without Docker's engine."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.nginx import CONF

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docs" / "compose.yaml"
_PINNED = re.compile(r"[a-z0-9./-]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}")


@pytest.fixture
def described() -> dict[str, Any]:
    found = yaml.safe_load(COMPOSE.read_text())
    assert isinstance(found, dict)
    return found


def test_every_foreign_image_is_pinned_by_digest(described: dict[str, Any]) -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M)
    services = described["services"].values()
    images = [service["image"] for service in services if "build" not in service]
    assert bases
    assert images
    assert [image for image in (*bases, *images) if not _PINNED.fullmatch(image)] == []


def test_what_is_mounted_exists(described: dict[str, Any]) -> None:
    for name, service in described["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (COMPOSE.parent / source).is_file(), (name, source)
            else:
                assert source in described["volumes"], (name, source)
        if build := service.get("build"):
            assert (COMPOSE.parent / build / "Dockerfile").is_file()


def test_only_the_proxy_is_reached_from_outside(described: dict[str, Any]) -> None:
    server, proxy = described["services"]["server"], described["services"]["proxy"]
    assert server["command"][-4:] == ["--host", "127.0.0.1", "--port", "8000"]
    assert proxy["network_mode"] == "service:server"
    assert "server 127.0.0.1:8000;" in CONF.read_text()
    assert "listen 80;" in CONF.read_text()
    published = {
        name: service["ports"]
        for name, service in described["services"].items()
        if "ports" in service
    }
    assert published == {"server": ["80:80"]}
    assert server["environment"]["STORY_HISTORY_PROXIES"] == "1"


def test_the_proxy_reads_what_its_configuration_names(described: dict[str, Any]) -> None:
    mounted = [volume.split(":")[1] for volume in described["services"]["proxy"]["volumes"]]
    named = re.findall(r"^\s*(?:include|proxy_cache_path) (/\S+)", CONF.read_text(), re.M)
    assert len(named) == 2
    for path in named:
        assert any(path.startswith(f"{folder}/") for folder in mounted), path


def test_the_upkeep_does_what_the_timers_do_except_the_backup(described: dict[str, Any]) -> None:
    units = (ROOT / "docs" / "systemd").glob("story-history-*.service")
    started = {re.findall(r"^ExecStart=\S+/(.*)$", unit.read_text(), re.M)[0] for unit in units}
    [backup] = {line for line in started if line.startswith("story-history backup")}
    script = described["services"]["upkeep"]["command"][-1]
    assert set(re.findall(r"story-history .*", script)) == started - {backup}
    subprocess.run(["sh", "-n", "-c", script.replace("$$", "$")], check=True)
    manual = (ROOT / "docs" / "deploy.md").read_text()
    assert re.search(r"^    docker compose .* upkeep story-history backup /\S+$", manual, re.M)
