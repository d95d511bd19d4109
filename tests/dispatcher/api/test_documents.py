from __future__ import annotations

import pytest

from dispatcher import documents


def test_a_member_keeps_its_text_as_it_was_received():
    text = '{"price": 1.10, "big": 9007199254740993, "s": "\\u00e9\\/", "z": [1,  2]}'

    found = documents.read(f'{{ "type":"t" ,\n "payload" :{text} , "id": null }}'.encode())

    assert found.text("payload") == text
    assert found["type"] == "t"
    assert found["payload"]["price"] == 1.1


def test_each_object_of_a_list_keeps_its_texts():
    first, second = documents.read(b'[{"payload": {"a": 1.0}}, {"payload":{"a":  2}}]')

    assert (first.text("payload"), second.text("payload")) == ('{"a": 1.0}', '{"a":  2}')
    assert second.source == '{"payload":{"a":  2}}'


@pytest.mark.parametrize(
    "value",
    ["[]", "{}", "[[], {}]", '{"a": "\\\\u0000"}', '"\\ud83d\\ude00"', '\ufeff{"a": 1}'],
    ids=["list", "object", "nested", "escaped-backslash", "emoji-in-two-halves", "byte-order-mark"],
)
def test_what_is_json_is_read(value):
    documents.read(value.encode())


def test_as_deep_as_allowed_is_read():
    deep = "[" * documents.MAX_DEPTH + "]" * documents.MAX_DEPTH

    documents.read(f'{{"payload": {deep}}}'.encode())


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        pytest.param(b"", "", "empty", id="nothing"),
        pytest.param(b"{", "", "line 1, column 2", id="cut-off"),
        pytest.param(b'{"a": 1,}', "", "double quotes", id="trailing-comma"),
        pytest.param(b'{"a" 1}', "", "colon", id="no-colon"),
        pytest.param(b'{"a": 1} x', "", "behind the end", id="more-behind"),
        pytest.param(b'{"a": nope}', "a", "not valid JSON", id="no-value"),
        pytest.param(b'{"a": "\xff"}', "", "UTF-8 at byte 7", id="invalid-utf-8"),
        pytest.param(b'{"a": {"b": NaN}}', "a", "NaN", id="nan"),
        pytest.param(b'{"a": -Infinity}', "a", "Infinity", id="infinity"),
        pytest.param(b'{"a": 1e999}', "a", "too large", id="number-beyond-floats"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "a", "too many digits", id="5000-digits"),
        pytest.param(b'{"a": 1, "a": 2}', "a", "twice", id="name-twice"),
        pytest.param(b'{"a": {"b": 1, "b": 2}}', "a", "twice", id="name-twice-inside"),
        pytest.param(b'{"a": "x\x00"}', "a", "control character", id="raw-nul"),
        pytest.param(b'{"a": {"b": ["x\\u0000"]}}', "a.b[0]", "NUL", id="nul"),
        pytest.param(b'{"a": {"\\u0000": 1}}', "a", "NUL", id="nul-in-a-name"),
        pytest.param(b'{"a": "\\ud800"}', "a", "half a character", id="lone-surrogate"),
        pytest.param(b'[{}, {"a": nope}]', "[1]", "not valid JSON", id="no-value-in-a-list"),
        pytest.param(b'[{"a": NaN}, {"a": 1,}]', "[1]", "not valid JSON", id="comma-in-a-list"),
        pytest.param(b'[{"a": NaN, nope}]', "[0]", "not valid JSON", id="two-errors-in-an-item"),
        pytest.param(b'[{"a": "\xff"}]', "", "UTF-8", id="invalid-utf-8-in-a-list"),
        pytest.param(b'{"a": ' + b"[" * 65 + b"]" * 65 + b"}", "a", "64 levels", id="too-deep"),
        pytest.param(b'{"a": ' + b"[" * 200_000, "a", "64 levels", id="deeper-than-the-stack"),
    ],
)
def test_what_is_not_json_is_refused_by_name(text, field, words):
    with pytest.raises(documents.DocumentError) as refused:
        documents.read(text)

    assert refused.value.field == field
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        pytest.param(b'{"a": {"b": "\\u0000"}}', "a.b", "NUL", id="nul"),
        pytest.param(b'{"a": "\\uDC00"}', "a", "half", id="lone-surrogate"),
        pytest.param(b'{"\\uDC00": 1}', "", "half", id="lone-surrogate-in-a-name"),
        pytest.param(b'{"a": NaN}', "a", "NaN", id="nan"),
        pytest.param(b"-Infinity", "", "Infinity", id="bare-infinity"),
        pytest.param(b'{"a": 1e999}', "a", "too large", id="number-beyond-floats"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "a", "too many digits", id="5000-digits"),
        pytest.param(b'{"a": 1, "a": {"b": [1]}}', "a", "twice", id="name-twice"),
        pytest.param(b'{"a": {"b": 1, "b": 2}}', "a", "twice", id="name-twice-inside"),
        pytest.param(b'{"a": ' + b"[" * 65 + b"]" * 65 + b"}", "a", "64 levels", id="too-deep"),
    ],
)
def test_an_item_that_cannot_be_taken_does_not_keep_the_others_out(item, field, words):
    before, refused, after = documents.read(b'[{"n": 1}, ' + item + b' , {"n": 2}]')

    assert (before.text("n"), after.text("n")) == ("1", "2")
    assert isinstance(refused, documents.DocumentError)
    assert refused.field == field
    assert words in str(refused)
