"""The interface's messages in templates."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from service import messages


def _in_template(translate: Callable[..., str]) -> Callable[..., str]:
    """A message's values are escaped unless they are mark-up; the messages are ours."""

    @pass_eval_context
    def translated(context: EvalContext, *message: Any, **values: object) -> str:
        if not context.autoescape:
            return translate(*message, **values)
        safe = {
            name: value if isinstance(value, int) else escape(value)
            for name, value in values.items()
        }
        return Markup(translate(*message, **safe))  # noqa: S704 see above

    return translated


def _joining(join: Callable[[list[str]], str]) -> Callable[..., str]:
    @pass_eval_context
    def joined(context: EvalContext, items: Iterable[str]) -> str:
        if not context.autoescape:
            return join(list(items))
        return Markup(join([str(escape(item)) for item in items]))  # noqa: S704 as above

    return joined


IN_TEMPLATES: Mapping[str, Callable[..., object]] = {
    "_": _in_template(messages.gettext),
    "gettext": _in_template(messages.gettext),
    "ngettext": _in_template(messages.ngettext),
    "pgettext": _in_template(messages.pgettext),
    "listed": _joining(messages.listed),
    "strung": _joining(messages.strung),
    "interface": messages.current,
}
"""What a template calls: `_("…", name=value)`, `interface().tag`."""
