"""Widgets that several pages share."""

from __future__ import annotations

from django import forms


class EditorWidget(forms.Textarea):
    """A text area for code: monospaced, with line numbers; Tab indents (Esc, Tab leaves it)."""

    template_name = "admin/postbacks/widgets/editor.html"
