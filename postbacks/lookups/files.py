"""Two-column files, CSV and Excel: read row by row with what is wrong in each, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from django.core.exceptions import ValidationError

from postbacks.lookups import excel, separated
from postbacks.lookups.values import MAX_ROWS, clean, flaws, normal_field

MAX_BYTES = 30 * 1024 * 1024
BAD_KEPT = 1_000  # bad rows that are told one by one; the others are counted

_HEADINGS = frozenset({"key", "from", "code", "id", "lookup", "value", "to", "name", "result"})
_DANGEROUS = re.compile(r"'*[=+\-@]")  # what Excel takes for a formula
_QUOTED = re.compile(r"'+[=+\-@]")
_EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


class BadRow(NamedTuple):
    """A row that cannot be imported: where it is in the file, why, and how it begins."""

    line: int
    message: str
    text: str


@dataclass(slots=True)
class FileRows:
    """What a file holds: the good rows in its order, the bad ones, and how it was read."""

    rows: dict[str, str] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    bad_count: int = 0
    notes: list[str] = field(default_factory=list)

    def refuse(self, line: int, message: str, text: str) -> None:
        """Count a bad row, and keep it while there is room."""
        self.bad_count += 1
        if len(self.bad) < BAD_KEPT:
            self.bad.append(BadRow(line, message, text[:80]))


def read_file(content: bytes, *, field_name: str, has_heading: bool | None = None) -> FileRows:
    """Read a CSV or Excel file. `has_heading` None: found out by the first row's words.

    Raises ValidationError on `file` for one that cannot be read at all.
    """
    if len(content) > MAX_BYTES:
        _refuse(f"The file is larger than {MAX_BYTES // 1024**2} MiB. Import it in parts.")
    if not content.strip():
        _refuse("The file is empty. Choose another one.")
    found = FileRows()
    if excel.is_workbook(content):
        lines = excel.read(content)
    elif excel.is_old_workbook(content):
        _refuse("This is an old Excel file (.xls). Save it as .xlsx or CSV, then import that.")
    else:
        lines = separated.read(content, found.notes)
    read_lines(found, _after_heading(lines, field_name, has_heading, found.notes))
    if not found.rows and not found.bad_count:
        _refuse("The file holds no rows. Choose another one.")
    return found


def read_lines(found: FileRows, lines: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Sort numbered rows of cells into good and bad."""
    first_lines: dict[str, int] = {}
    for line, cells in lines:
        filled = _without_empty_end(cells)
        if not filled:
            continue
        message = _take(found, first_lines, line, filled)
        if message:
            found.refuse(line, message, " | ".join(filled))


def _take(
    found: FileRows, first_lines: dict[str, int], line: int, cells: Sequence[str]
) -> str | None:
    """Keep a good row; otherwise what is wrong with it."""
    if len(cells) > 2:
        return f"It has {len(cells)} columns; a key and a value are needed."
    key, value = clean(_unescape(cells[0]), _unescape(cells[1]) if len(cells) > 1 else "")
    if key in _EXCEL_ERRORS or value in _EXCEL_ERRORS:
        return "It holds an error of Excel. Correct the formula there."
    wrong = flaws(key, value)
    if wrong:
        return " ".join(wrong.values())
    if key in first_lines:
        return f"The key is in line {first_lines[key]:,} already."
    if len(first_lines) >= MAX_ROWS:
        _refuse(f"The file has more than {MAX_ROWS:,} rows, which is the most a table can hold.")
    first_lines[key] = line
    found.rows[key] = value
    return None


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    if end == 1 and len(cells) > 1:
        return cells[:2]  # a key whose value is empty
    return cells[:end]


def _after_heading(
    lines: Iterator[tuple[int, Sequence[str]]],
    field_name: str,
    has_heading: bool | None,  # noqa: FBT001 - three states
    notes: list[str],
) -> Iterator[tuple[int, Sequence[str]]]:
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if has_heading or (has_heading is None and _is_heading(cells, field_name)):
            shown = "” and “".join(cell.strip()[:40] for cell in cells[:2])
            notes.append(f"The first row was taken for headings: “{shown}”.")
        else:
            yield line, cells
        break
    yield from lines


def _is_heading(cells: Sequence[str], field_name: str) -> bool:
    """Both cells are words of headings, or the first is the table's own field."""
    words = [normal_field(cell).casefold() for cell in cells[:2]]
    if words[0] == field_name.casefold():
        return True
    return len(words) == 2 and all(word in _HEADINGS for word in words)


def write_csv(rows: Iterable[tuple[str, str]], *, field_name: str) -> bytes:
    """UTF-8 with its mark, so that Excel shows every letter; formulas are made harmless."""
    return separated.write(_escaped(rows), headings=(field_name, "value"))


def write_excel(rows: Iterable[tuple[str, str]], *, field_name: str) -> bytes:
    """A workbook of one sheet in which every cell is text."""
    return excel.write(_escaped(rows), headings=(field_name, "value"))


def _escaped(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((_escape(key), _escape(value)) for key, value in rows)


def _escape(text: str) -> str:
    """An apostrophe in front of what Excel would run; reading takes it off again."""
    if _DANGEROUS.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _unescape(text: str) -> str:
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text


def _refuse(message: str) -> NoReturn:
    raise ValidationError({"file": message})
