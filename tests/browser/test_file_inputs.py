"""Files are chosen without the theme's script stumbling over our inputs."""

from __future__ import annotations

import factories
import pytest
from django.urls import reverse

PAGES = {
    "configuration": lambda: reverse("configuration"),
    "lookup import": lambda: reverse(
        "admin:postbacks_lookuptable_import", args=[factories.lookup_table().pk]
    ),
    "conversions import": lambda: reverse("admin:offers_conversion_import"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_chosen_file_is_named_by_its_input_and_by_no_other(name, open_console, tmp_path):
    file = tmp_path / "chosen.yaml"
    file.write_text("version: 1\n")
    page = open_console()
    page.goto(PAGES[name](), wait_until="load")

    page.set_input_files("input[type=file]", str(file))  # an error of a script fails the test

    assert page.eval_on_selector("input[type=file]", "one => one.files[0].name") == "chosen.yaml"
    written = "document.querySelectorAll('input[type=text][value=\"chosen.yaml\"]').length"
    assert page.evaluate(written) == 0
