"""Outputs held against the schema of their template, in the confined process."""

from __future__ import annotations

import json

import pytest

from dispatcher.rendering import Job, Renderer, Template

ORDER = {
    "type": "object",
    "required": ["id", "sku"],
    "properties": {
        "id": {"type": "string"},
        "sku": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"quantity": {"type": "integer", "minimum": 1}},
                "additionalProperties": False,
            },
        },
    },
}
XSD = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{before}
  <xs:element name="order"><xs:complexType><xs:sequence>
    <xs:element name="quantity" type="{type}"/>
  </xs:sequence><xs:attribute name="id" type="xs:string" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>"""


def xsd(*, before="", type="xs:integer"):  # noqa: A002
    return XSD.format(before=before, type=type)


@pytest.fixture
def against(render):
    """Where a document does not fit a JSON Schema, and why: (line, column, message) rows."""

    def check(document, schema):
        text = schema if isinstance(schema, str) else json.dumps(schema)
        return [(p.line, p.column, p.message) for p in render(document, schema=text).errors]

    return check


@pytest.fixture
def only(against):
    """The message of the only error."""

    def check(document, schema):
        ((_, _, message),) = against(document, schema)
        return message.removeprefix("the output does not fit the schema: ")

    return check


def test_what_fits_is_as_without_a_schema(render):
    source = '{"id": "{{ id }}", "sku": "a"}'

    rendered = render(source, {"id": "o-1"}, schema=json.dumps(ORDER))

    assert (rendered.output, rendered.errors) == ('{"id": "o-1", "sku": "a"}', [])


def test_each_error_names_its_field_and_stands_at_its_line(against):
    document = '{"id": 7,\n "items": [{"quantity": 2},\n   {"quantity": 0, "size": 4}]}'

    errors = against(document, ORDER)

    start = "the output does not fit the schema: "
    assert errors == [
        (1, 1, start + "the document lacks the field `sku`"),
        (1, 8, start + "`id` should be text, but is 7"),
        (3, 17, start + "`items[1].quantity` should be at least 1, but is 0"),
        (3, 4, start + "`items[1]` has the field `size`, which the schema does not allow"),
    ]


@pytest.mark.parametrize(
    ("document", "schema", "words"),
    [
        ("{}", {"required": ["a", "b"]}, "the document lacks the fields `a`, `b`"),
        ('"2"', {"type": "integer"}, 'should be a whole number, but is "2"; leave out the quotes'),
        ("null", {"type": ["string", "array"]}, "should be text or a list, but is null"),
        ('"x"', {"enum": ["a", 1]}, 'should be one of "a", 1, but is "x"'),
        ("1", {"const": 2}, "should be 2, but is 1"),
        ("5", {"exclusiveMaximum": 5}, "should be less than 5, but is 5"),
        ('"abc"', {"maxLength": 2}, "should have at most 2 characters, but has 3"),
        ("[]", {"minItems": 1}, "should have at least 1 items, but has 0"),
        ("[1, 1]", {"uniqueItems": True}, "has the same item more than once"),
        ('"a"', {"pattern": "^[0-9]+$"}, 'should match the pattern "^[0-9]+$", but is "a"'),
        ("1", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "fits none of the possibilities"),
        ("1", {"oneOf": [{}, True]}, "fits more than one of the possibilities"),
        ("1", {"not": {"type": "integer"}}, "is just what the schema does not allow"),
        ('{"a-b": {"c": 1}}', {"properties": {"a-b": {"maxProperties": 0}}}, '`["a-b"]` should'),
        ("1", False, "schema"),
    ],
)  # fmt: skip
def test_plain_words_say_what_was_expected_and_what_is_there(only, document, schema, words):
    assert words in only(document, schema)


def test_whole_numbers_of_any_size_are_compared_exactly(against):
    schema = {"maximum": 9007199254740993}

    assert against("9007199254740993", schema) == []
    assert len(against("9007199254740994", schema)) == 1


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ('{"type": "objekt"}', '`type` should be one of "array", "boolean"'),
        ('{"properties": {"a": {"pattern": "(("}}}', "`properties.a.pattern` should be a valid"),
        ('{"type": ', "The schema is not valid JSON"),
        ("[]", "A JSON Schema is an object"),
        ('{"$schema": "https://example.com/mine"}', "names a draft that is not known"),
        ('{"$ref": "https://example.com/s.json"}', "refers to `https://example.com/s.json`"),
        ('{"$ref": "file:///etc/passwd"}', "Nothing is fetched"),
        ('{"items": {"$ref": "#/$defs/none"}}', "refers to `/$defs/none`"),
        ("[" * 50_000, "nested too deeply"),
        ('{"not":' * 5_000 + "{}" + "}" * 5_000, "nested too deeply"),
        ('{"title": "' + "x" * 70_000 + '"}', "longer than 64 KiB"),
    ],
)
def test_a_schema_that_is_none_is_said_to_be(shared_renderer, schema, words):
    (problem,) = shared_renderer.check_syntax(Template("json", "{}", schema=schema))

    assert words in problem.message
    assert problem.where == "schema"


def test_a_bad_schema_is_shown_at_its_line(shared_renderer):
    schema = '{"properties": {\n  "a": {"minimum": "1"}}}'

    (problem,) = shared_renderer.check_syntax(Template("json", "{}", schema=schema))

    assert (problem.line, problem.column) == (2, 20)


@pytest.mark.parametrize(
    "schema",
    [
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "definitions": {"t": {"maximum": 3, "exclusiveMaximum": True}},
            "properties": {"a": {"$ref": "#/definitions/t"}},
        },
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"t": {"exclusiveMaximum": 3}},
            "properties": {"a": {"$ref": "#/definitions/t"}},
        },
        {
            "$id": "https://example.com/root.json",
            "properties": {"a": {"$ref": "part.json"}},
            "$defs": {"t": {"$id": "part.json", "exclusiveMaximum": 3}},
        },
        {
            "$defs": {"t": {"$anchor": "t", "exclusiveMaximum": 3}},
            "properties": {"a": {"$ref": "#t"}},
        },
    ],
    ids=["draft-4", "draft-7", "own-id", "anchor"],
)  # fmt: skip
def test_drafts_and_references_within_the_schema_are_honoured(against, only, schema):
    assert against('{"a": 2}', schema) == []
    assert "but is 3" in only('{"a": 3}', schema)


def test_a_pattern_without_end_is_stopped_and_said_to_be_the_schema(shared_renderer):
    schema = json.dumps({"properties": {"a": {"pattern": "^(a+)+$"}}})
    template = Template("json", json.dumps({"a": "a" * 40 + "!"}), schema=schema)
    good = Job((Template("json", "1"),), "{}")

    before, bad, after = shared_renderer.render_many([good, Job((template,), "{}"), good])

    (problem,) = bad.errors
    assert problem.message.startswith("The template's schema takes too long")
    assert "`pattern`" in problem.message
    assert problem.where == "schema"
    assert before.ok
    assert after.ok


def test_a_schema_that_doubles_at_each_step_is_stopped(only, against):
    steps = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
        for n in range(40)
    }
    schema = {"$defs": steps | {"d40": True}, "$ref": "#/$defs/d0"}

    assert "takes too long" in only("1", schema)
    assert against("1", {}) == []


def test_a_schema_that_refers_to_itself_is_refused(only):
    assert "refers to itself without end" in only("1", {"$ref": "#"})


def test_a_schema_that_needs_much_of_all_ends_its_own_render_only(against, only):
    schema = {"items": {"anyOf": [{"const": number} for number in range(2_000)]}}

    assert "The template's schema" in only(json.dumps(["x"] * 10_000), schema)
    assert against("[1]", schema) == []


def test_the_schema_of_an_output_that_cannot_be_read_is_not_asked(only):
    assert "not valid JSON" in only("{", {"type": "string"})


def test_a_document_that_fits_its_xsd_is_sent(render):
    rendered = render(
        '<order id="{{ id }}"><quantity>2</quantity></order>',
        {"id": 1}, format="xml", schema=xsd(),
    )  # fmt: skip

    assert rendered.ok


def test_a_document_that_does_not_fit_its_xsd_says_where(render):
    rendered = render(
        "<order>\n <quantity>two</quantity>\n <size/></order>", format="xml", schema=xsd()
    )

    start = "the output does not fit the schema: "
    assert [(p.line, p.message) for p in rendered.errors] == [
        (1, start + "`order`: The attribute 'id' is required but missing"),
        (2, start + "`quantity`: 'two' is not a valid value of the type 'integer'"),
        (3, start + "`size`: This element is not expected"),
    ]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("<order/>", "An XML Schema begins with"),
        ("<xs:schema", "The schema is not valid XML"),
        (xsd(type="xs:integr"), "'integr' does not resolve"),
        (xsd(before='<xs:include schemaLocation="file:///etc/passwd"/>'), "has an include"),
        (xsd(before='<xs:redefine schemaLocation="http://127.0.0.1/"/>'), "has an redefine"),
        (xsd(before='<xs:import namespace="urn:x" schemaLocation="a.xsd"/>'), "has an import"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xsd(), "has a DOCTYPE"),
        ("<!--" + "x" * 270_000 + "-->" + xsd(), "longer than 256 KiB"),
    ],
)
def test_an_xsd_that_is_none_or_reads_files_is_refused(shared_renderer, schema, words):
    (problem,) = shared_renderer.check_syntax(Template("xml", "<a/>", schema=schema))

    assert words in problem.message
    assert problem.where == "schema"


def test_a_file_that_the_document_names_is_not_read(render, tmp_path):
    elsewhere = tmp_path / "other.xsd"
    elsewhere.write_text(xsd(type="xs:date").replace('name="order"', 'name="other"'))
    hint = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="file://{elsewhere}"'

    kept = render(
        f'<order id="1" {hint}><quantity>2</quantity></order>', format="xml", schema=xsd()
    )
    other = render(f'<other id="1" {hint}><quantity>2000-01-01</quantity></other>',
                   format="xml", schema=xsd())  # fmt: skip

    assert kept.ok
    assert hint in kept.output
    assert "No matching global" in other.errors[0].message


@pytest.mark.parametrize("kind", ["text", "html", "url"])
def test_only_documents_have_a_schema(shared_renderer, kind):
    (problem,) = shared_renderer.check_syntax(Template(kind, "x", schema="{}"))

    assert problem.message == "Only JSON and XML documents can have a schema."


def test_a_schema_is_compiled_once():
    with Renderer() as own:
        jobs = [Job((Template("json", "1", schema=json.dumps(ORDER)),), "{}")] * 70
        own.render_many(jobs)
        pid = own.pid

        results = own.render_many(jobs)

        assert own.pid == pid
        assert len({one.errors[0].message for one in results}) == 1
        assert len(own.slots._numbers) == 1
