"""Filling in the forms on the admin pages of postbacks, and what they then show."""

from __future__ import annotations

from django.urls import reverse


def text(answer):
    return answer.content.decode()


def add(console, model, **values):
    return console.post(reverse(f"admin:postbacks_{model}_add"), values, follow=True)


def change(console, row, **values):
    return console.post(page_of(row), values, follow=True)


def page_of(row):
    return reverse(f"admin:postbacks_{row._meta.model_name}_change", args=[row.pk])


def errors_of(answer):
    return answer.context["adminform"].form.errors
