"""The templates of templates/: one way of reading them, so that all fail alike on a name that nobody gave."""

from pathlib import Path

import jinja2

ROOT = Path(__file__).resolve().parents[1] / "templates"


def environment(*folders: str, escape: bool) -> jinja2.Environment:
    """Templates of `folders` below templates/, looked for in that order.

    Args:
        escape: for HTML; source code takes its strings through filters of its language.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([ROOT / folder for folder in folders]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
