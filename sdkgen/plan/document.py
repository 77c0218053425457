"""`python -m sdkgen.plan.document`: writes the table of docs/operators.md from the rows that the families declare."""

from collections.abc import Iterable
from pathlib import Path

from sdkgen.files import write_text
from sdkgen.plan.aten import DocumentRow, aten_operators, document_rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators.md"
HEAD = "| PyTorch | ATen | plan | notes |\n|---|---|---|---|\n"


def table() -> str:
    """Return the table in Markdown: a line per declared row, in the order of the plan's kinds."""
    return HEAD + "".join(_line(row) for row in document_rows())


def rewritten(page: str) -> str:
    """Return `page` with its table replaced and the rest unchanged."""
    begin = page.index(HEAD)
    end = begin + len(HEAD)
    while page.startswith("|", end):
        end = page.index("\n", end) + 1
    return page[:begin] + table() + page[end:]


def main() -> None:
    write_text(PAGE, rewritten(PAGE.read_text(encoding="utf-8")))


def _line(row: DocumentRow) -> str:
    operators = [name for name, operator in aten_operators().items() if operator.row is row]
    cells = (row.pytorch, _code(operators), _code(kind.name for kind in row.kinds), row.notes)
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|\n"


def _code(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
