"""Finds and reads the templates of languages and tasks; an undefined variable in one is an error."""

from pathlib import Path

import jinja2

from sdkgen.tasks.base import Task

ROOT = Path(__file__).resolve().parents[1] / "templates"


def environment(*folders: str, escape: bool, task: Task | None = None) -> jinja2.Environment:
    """Make an environment that searches `folders` below templates/ in that order.

    Args:
        escape: for HTML; strings in source code pass through filters of the language.
        task: whose templates for the language, which is the first folder, have names that begin with "task/".
    """
    loaders: list[jinja2.BaseLoader] = [jinja2.FileSystemLoader([ROOT / folder for folder in folders])]
    if task is not None:
        loaders.append(jinja2.PrefixLoader({"task": jinja2.FileSystemLoader(task_folder(folders[0], task))}))
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def template(environment: jinja2.Environment, name: str) -> jinja2.Template:
    """Return the task's template `name`, which usually extends the language's of the same name; else the language's.

    Raises:
        jinja2.TemplateNotFound: neither has it.
    """
    return environment.select_template([f"task/{name}", name])


def task_folder(language: str, task: Task) -> Path:
    """Return the folder of a task's templates and runtime sources in one language."""
    return ROOT / language / "tasks" / task.kind if task.templates is None else task.templates / language


def source(name: str, *folders: Path) -> str:
    """Return the text of the file `name` in the first of `folders` that contains it."""
    return next(folder / name for folder in folders if (folder / name).is_file()).read_text(encoding="utf-8")
