"""CSV files of conversions: new statuses read, whatever program wrote them; conversions written."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from django.core.exceptions import ValidationError

from dispatcher import checks
from offers.documents import amount
from offers.models import Conversion, ConversionStatus
from offers.values import AMOUNTS, MAX_TRANSACTION, SUB_IDS

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 200_000
_SEPARATORS: Final = ",;\t|"
_NAMES: Final = {
    "transaction_id": "transaction_id", "transactionid": "transaction_id",
    "transaction": "transaction_id", "status": "status", "offer": "offer", "goal": "goal",
}  # fmt: skip
_STATUSES: Final = {
    **{name: name for name in ConversionStatus.values},
    "approved": "done", "paid": "done", "confirmed": "done", "declined": "rejected",
    "open": "pending",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says; offer and goal are reference IDs, empty where the file has none."""

    number: int
    transaction_id: str
    status: str
    offer: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that says nothing that could be done, and why."""

    number: int
    message: str


def read_statuses(content: bytes) -> Iterator[Line | BadLine]:
    """The lines of a file, one by one. Raises ValidationError on `file` for one without a table.

    The first line names the columns: transaction_id, status, and perhaps offer and goal.
    """
    if len(content) > MAX_BYTES:
        _refuse(f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB. Send it in parts.")
    text = _decode(content)
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    columns = _columns(next(reader, []))
    return _lines(reader, columns)


def _decode(content: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\x00" in content:
        _refuse("This is no CSV file. Save the table as CSV, then choose that file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _columns(heading: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for number, cell in enumerate(heading):
        known = _NAMES.get("_".join(cell.strip().lower().replace("-", " ").split()))
        if known and known not in columns:
            columns[known] = number
    missing = [name for name in ("transaction_id", "status") if name not in columns]
    if missing:
        _refuse(
            f"The first line must name the columns. Missing: {', '.join(missing)}. "
            "Begin the file with a line such as transaction_id,status."
        )
    return columns


def _lines(reader: Iterator[list[str]], columns: Mapping[str, int]) -> Iterator[Line | BadLine]:
    number = 1
    try:
        for cells in reader:
            number = reader.line_num  # type: ignore[attr-defined] # csv's reader has it
            if number > MAX_LINES:
                yield BadLine(number, f"Only the first {MAX_LINES:,} lines are read.")
                return
            if any(cell.strip() for cell in cells):
                yield _line(number, cells, columns)
    except csv.Error as error:
        yield BadLine(number + 1, f"From here on the file cannot be read: {error}.")


def _line(number: int, cells: list[str], columns: Mapping[str, int]) -> Line | BadLine:
    values = {
        name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()
    }
    given = values["transaction_id"]
    if not given:
        return BadLine(number, "There is no transaction ID.")
    if len(given) > MAX_TRANSACTION or not all(checks.is_storable(one) for one in values.values()):
        return BadLine(number, "The transaction ID is too long, or holds what cannot be stored.")
    status = _STATUSES.get(values["status"].lower())
    if status is None:
        known = ", ".join(ConversionStatus.values)
        shown = checks.quote(values["status"])
        return BadLine(number, f"{shown} is no status. Write one of {known}.")
    return Line(number, given, status, values.get("offer", ""), values.get("goal", ""))


COLUMNS = (
    "id", "offer", "affiliate", "goal", "status", "transaction_id", "click_id", *SUB_IDS,
    *AMOUNTS, "currency", "source", "country", "ip", "created_at", "status_changed_at",
)  # fmt: skip


def write_conversions(rows: Iterable[Conversion]) -> Iterator[str]:
    """A CSV file, line by line; no cell is taken for a formula. Read them with their relations."""
    yield _csv_line(COLUMNS)
    for row in rows:
        yield _csv_line(map(_safe, _cells(row)))


def _cells(row: Conversion) -> list[str]:
    related = {
        "offer": row.offer.reference_id,
        "affiliate": row.affiliate.reference_id,
        "goal": row.goal.reference_id if row.goal else "",
        "created_at": row.created_at.isoformat(timespec="seconds"),
        "status_changed_at": row.status_changed_at.isoformat(timespec="seconds"),
        **{name: amount(getattr(row, name)) or "" for name in AMOUNTS},
    }
    return [str(related.get(name, getattr(row, name)) or "") for name in COLUMNS]


def _safe(cell: str) -> str:
    """What a spreadsheet would calculate is text, as OWASP says: a quote before it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _refuse(message: str) -> NoReturn:
    raise ValidationError({"file": message}) from None
