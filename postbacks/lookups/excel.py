"""Excel workbooks (.xlsx): the first sheet's rows, read and written one at a time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError

from django.core.exceptions import ValidationError
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

_MAX_UNPACKED = 400 * 1024 * 1024
_HEAD = 4_096  # bytes of each part in which a document type would stand
_COLUMNS = 12  # read of each row: enough to say that there are too many
# What openpyxl raises for a file that only looks like a workbook.
_DAMAGE = (
    zipfile.BadZipFile, InvalidFileException, ParseError,
    KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError,
)  # fmt: skip


def is_workbook(content: bytes) -> bool:
    """Whether it is a ZIP archive, as every .xlsx is."""
    return content.startswith(b"PK\x03\x04")


def is_old_workbook(content: bytes) -> bool:
    """Whether it is of the kind that .xls files are."""
    return content.startswith(b"\xd0\xcf\x11\xe0")


def read(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Numbered rows of the first sheet as text; formulas give what Excel last computed.

    Raises ValidationError on `file` for what is no workbook, also while it is read.
    """
    try:
        _check_archive(content)
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        for number, row in enumerate(sheet.iter_rows(max_col=_COLUMNS, values_only=True), start=1):
            yield number, [_text(value) for value in row]
    except _DAMAGE:
        _refuse("This Excel file cannot be read. Open it in Excel and save it as .xlsx again.")


def _check_archive(content: bytes) -> None:
    """Refuse what would fill the memory: Excel itself never writes a document type."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            _refuse("This Excel file is too large. Save its two columns as CSV.")
        for entry in entries:
            with archive.open(entry) as part:
                if b"<!DOCTYPE" in part.read(_HEAD):
                    _refuse("This Excel file holds a document type. Save it with Excel again.")


def _text(value: Any) -> str:
    """A cell as a person reads it: 12 and not 12.0, a date without midnight."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def write(rows: Iterable[tuple[str, str]], *, headings: tuple[str, str]) -> bytes:
    """A workbook whose cells are all text, so that no key loses its zeros and nothing is run."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Lookup")
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 44
    for row in (headings, *rows):
        cells = [WriteOnlyCell(sheet, value=text) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _refuse(message: str) -> NoReturn:
    raise ValidationError({"file": message}) from None
