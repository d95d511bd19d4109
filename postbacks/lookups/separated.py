"""Comma separated files as people have them: any separator, any usual encoding."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NoReturn

from django.core.exceptions import ValidationError

_SEPARATORS: Final = {";": "semicolon", "\t": "tab", ",": "comma", "|": "vertical bar"}
_LOOKED_AT = 50  # lines, to find the separator


def read(content: bytes, notes: list[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with the line that each begins in; how the file was read is added to `notes`.

    Raises ValidationError on `file` when it is no text, or no table.
    """
    text = _decode(content, notes)
    separator, text = _separator(text)
    if separator != ",":
        notes.append(f"Columns are separated by a {_SEPARATORS[separator]}.")
    return _rows(text, separator)


def _decode(content: bytes, notes: list[str]) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                _refuse("The file is damaged: it is not the text that it says it is.")
    if b"\x00" in content:
        _refuse("This is neither a CSV nor an Excel file (.xlsx). Choose another one.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        notes.append(
            "The file is not UTF-8; it was read as Latin-1 (Windows). Check letters as ä and é."
        )
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _separator(text: str) -> tuple[str, str]:
    """The separator by which most of the first rows have two columns, and the text to read."""
    if text[:4].lower() == "sep=" and text[4:5] in _SEPARATORS:  # how Excel is told; a line kept
        return text[4], "\n" + text.partition("\n")[2]
    start = text[:100_000]
    found = {separator: _score(start, separator) for separator in _SEPARATORS}
    best = max(found, key=lambda separator: found[separator])
    if found[best] == (0, 0):
        _refuse(
            "No two columns were found. Each line needs a key and a value, separated by a comma, "
            "semicolon or tab."
        )
    return best, text


def _score(text: str, separator: str) -> tuple[int, int]:
    """How many of the first rows have exactly two columns, and how many have more."""
    pairs = wider = 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ):
            pairs += len(cells) == 2
            wider += len(cells) > 2
            if number >= _LOOKED_AT:
                break
    except csv.Error:
        pass  # said, with its line, when it is read
    return pairs, wider


def _rows(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        _refuse(f"Line {line:,} cannot be read: a quotation mark that begins there has no end.")


def write(rows: Iterable[tuple[str, str]], *, headings: tuple[str, str]) -> bytes:
    """Comma separated, UTF-8 with its mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _refuse(message: str) -> NoReturn:
    raise ValidationError({"file": message}) from None
