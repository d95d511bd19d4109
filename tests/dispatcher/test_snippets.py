"""What receivers are told to paste really verifies what is sent."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time

import pytest

from dispatcher import signing
from dispatcher.console.snippets import LANGUAGES, as_curl, verifying
from dispatcher.models import Request

SECRET = signing.new_secret()
BODY = '{"order": "Größe"}'.encode()
CODE = {snippet.name: snippet.code for snippet in verifying()}

PYTHON = """
import json, sys
exec(open(sys.argv[1]).read())
given = json.load(sys.stdin)
print(json.dumps(bool(verify(given["secret"], given["headers"], given["body"].encode()))))
"""
NODE = """
const { verify } = require(process.argv[2]);
const given = JSON.parse(require("node:fs").readFileSync(0));
console.log(JSON.stringify(verify(given.secret, given.headers, Buffer.from(given.body))));
"""


def run(language, folder, **given):
    given = json.dumps({"secret": SECRET, "body": BODY.decode(), **given})
    code = folder / ("verify.js" if language == "javascript" else "verify.py")
    code.write_text(CODE[language], encoding="utf-8")
    harness = folder / "harness"
    harness.write_text(NODE if language == "javascript" else PYTHON)
    program = "node" if language == "javascript" else sys.executable
    command = [program, str(harness), str(code)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def signed(secrets=(SECRET,), *, age=0, body=BODY):
    made = signing.headers(
        secrets=secrets, message_id="m-1", timestamp=int(time.time()) - age, body=body
    )
    return dict(made)


@pytest.fixture(params=["python", "javascript"])
def language(request):
    if request.param == "javascript" and not shutil.which("node"):
        pytest.skip("Node is not installed.")
    return request.param


@pytest.mark.parametrize(
    ("made", "accepted"),
    [
        pytest.param(signed, True, id="genuine"),
        pytest.param(lambda: signed([signing.new_secret(), SECRET]), True, id="while-rotating"),
        pytest.param(lambda: signed([signing.new_secret()]), False, id="another-secret"),
        pytest.param(lambda: signed(body=b"{}"), False, id="another-body"),
        pytest.param(lambda: signed(age=3600), False, id="too-old"),
        pytest.param(lambda: signed() | {"webhook-signature": "v1"}, False, id="nonsense"),
    ],
)
def test_a_snippet_accepts_what_is_genuine_and_nothing_else(tmp_path, language, made, accepted):
    assert run(language, tmp_path, headers=made()) is accepted


def test_there_are_five_languages():
    assert set(CODE) == set(LANGUAGES) == {"python", "javascript", "php", "ruby", "go"}


def test_a_curl_command_holds_the_same_request():
    request = Request(method="PUT", url="https://x.example/?a=1&b='2'", body='it\'s "so"')

    command = as_curl(request, "m-1", [("X-Shop", "42")])

    words = shlex.split(command.replace("\\\n", " "))
    assert words[:4] == ["curl", "-X", "PUT", request.url]
    assert words[4:] == [
        "-H", "webhook-id: m-1", "-H", "X-Shop: 42", "--data-binary", request.body
    ]  # fmt: skip
