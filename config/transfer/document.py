"""The file: YAML, with texts as they were written and secrets by name."""

from __future__ import annotations

from typing import Any

import yaml

VERSION = 1
MAX_SIZE = 64 * 1024 * 1024

_HEAD = """\
# The configuration of this service, by `manage.py config export`. Secrets are not in it:
# {secret: NAME} stands for one, whose value is in the file that is given with --secrets.
"""

Document = dict[str, Any]
"""`version`, then a section for each kind of row: documents by key."""


class FormatError(ValueError):
    """The file is no configuration; the message says why, and where."""


class _Dumper(yaml.CSafeDumper if hasattr(yaml, "CSafeDumper") else yaml.SafeDumper):  # type: ignore[misc]
    """Texts of several lines as they are, everything else in YAML's plain form."""


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):  # type: ignore[misc] # either of two classes
    """Refuses what stands in a mapping twice: YAML would silently take the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise FormatError(f"“{key}” is there twice, again in line {line}. Remove one.")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def write(document: Document) -> str:
    """The document as YAML text; the same document always gives the same text."""
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return _HEAD + body


def read(text: str) -> Document:
    """The document of a file. Raises FormatError, which says what to correct."""
    if len(text) > MAX_SIZE:
        raise FormatError("This file is larger than 64 MiB.")
    try:
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise FormatError(f"This is not YAML: {error.problem}{place}.") from None
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        raise FormatError(f"This is not YAML that can be read: {type(error).__name__}.") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise FormatError(f"This is no configuration: it must begin with “version: {VERSION}”.")
    return document
