import re

import pytest

from dispatcher.console import documents


def text_of(html):
    return re.sub(r"<[^>]+>", "", html)


def test_json_is_indented_without_changing_its_numbers_and_keys():
    laid_out = documents.pretty('{"a":1.10,"b":[],"c":{"d":[true,null]},"a":2}')

    assert text_of(laid_out) == (
        "{\n  &quot;a&quot;: 1.10,\n  &quot;b&quot;: [],\n  &quot;c&quot;: {\n"
        "    &quot;d&quot;: [\n      true,\n      null\n    ]\n  },\n  &quot;a&quot;: 2\n}"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a": "<script>alert(1)</script>"}', id="json"),
        pytest.param("<order><script>alert(1)</script></order>", id="xml"),
        pytest.param("<script>alert(1)</script> & more", id="neither"),
    ],
)
def test_markup_in_a_document_is_text(text):
    assert "<script>" not in documents.pretty(text)


def test_xml_is_indented():
    assert documents.pretty("<a><b>1</b></a>") == ("&lt;a&gt;\n  &lt;b&gt;1&lt;/b&gt;\n&lt;/a&gt;")


def test_a_document_that_is_too_long_is_cut_on_the_page():
    shown = documents.pretty("x" * (documents.SHOWN + 1))

    assert len(shown) < documents.SHOWN + 100
    assert "cut here" in shown


def test_an_entity_bomb_is_shown_as_it_is():
    bomb = '<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>'

    assert "boom&quot;" in documents.pretty(bomb)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param(r'{"shop":"Studio N\u00f8rre"}', "Studio Nørre", id="letter"),
        pytest.param(r'{"shop":"\ud83d\ude00"}', "😀", id="two-halves"),
        pytest.param(r'{"N\u00f8rre":1}', "Nørre", id="key"),
        pytest.param(r'{"a":"\\u00f8"}', r"\\u00f8", id="escaped-backslash"),
        pytest.param(r'{"a":"\ud83d"}', r"\ud83d", id="half-a-character"),
        pytest.param(r'{"a":"\u202e\u0007"}', r"\u202e\u0007", id="what-cannot-be-seen"),
        pytest.param(r'{"a":"\u0022\u005c"}', r"\u0022\u005c", id="what-ends-a-text"),
        pytest.param(r'{"a":"\u003cb\u003e"}', "&lt;b&gt;", id="markup"),
        pytest.param('{"b":9007199254740993,"a":1.50}', "9007199254740993", id="large-number"),
        pytest.param('{"b":9007199254740993,"a":1.50}', "1.50", id="zeros"),
    ],
)
def test_escapes_are_shown_as_what_they_stand_for_and_nothing_else_changes(written, shown):
    assert shown in text_of(documents.pretty(written)).replace("&#x27;", "'")


def test_what_is_compared_or_edited_keeps_its_escapes():
    assert r"N\u00f8rre" in documents.laid_out(r'{"shop":"N\u00f8rre"}')
