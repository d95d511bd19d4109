"""The JSON document of each of the ten events: its schema, a sample, and how it is built."""

from notifications.documents.build import build
from notifications.documents.samples import sample, sample_payload
from notifications.documents.schemas import SCHEMAS, component_name, schema

__all__ = [
    "SCHEMAS",
    "build",
    "component_name",
    "sample",
    "sample_payload",
    "schema",
]
