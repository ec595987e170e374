"""Structured logs: JSON, one object a line on standard error, with the id of the request.

Whatever a request or a file says, a line is one line, and paints nothing on a terminal.
"""

import json
import logging
import time
from contextvars import ContextVar
from typing import Any

from repo_store import printable

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread is handling."""
ACCESS = "story_history.access"


class JsonFormatter(logging.Formatter):
    """Adds the record's `fields`, if it has any, to the object."""

    def format(self, record: logging.LogRecord) -> str:
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        value: dict[str, Any] = {
            "time": f"{second}.{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            value["request"] = request
        value |= record.__dict__.get("fields", {})
        if record.exc_info:
            value["exception"] = self.formatException(record.exc_info)
        return printable(json.dumps(value, ensure_ascii=False))


def configuration(access: bool) -> dict[str, Any]:
    """For `logging.config.dictConfig`; covers gunicorn's own loggers."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
            ACCESS: {"level": "INFO" if access else "WARNING"},
        },
    }
