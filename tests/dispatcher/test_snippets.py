"""What receivers are told to paste really verifies what is sent."""

from __future__ import annotations

import json
import shlex
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

PHP = """<?php
require $argv[1];
$given = json_decode(file_get_contents("php://stdin"), true);
echo json_encode(verify($given["secret"], $given["headers"], $given["body"]));
"""
RUBY = """
require "json"
require ARGV[0]
given = JSON.parse(STDIN.read)
puts JSON.generate(verify(given["secret"], given["headers"], given["body"]))
"""
GO = """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"snippet/webhook"
)

func main() {
	var given struct {
		Secret, Body string
		Headers      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	header := http.Header{}
	for name, value := range given.Headers {
		header.Set(name, value)
	}
	fmt.Println(webhook.Verify(given.Secret, header, []byte(given.Body)))
}
"""
# By language: the program, the file of the code, the file that calls it, and what that says.
PROGRAMS = {
    "python": (sys.executable, "verify.py", "call.py", PYTHON),
    "javascript": ("node", "verify.js", "call.js", NODE),
    "php": ("php", "verify.php", "call.php", PHP),
    "ruby": ("ruby", "verify.rb", "call.rb", RUBY),
    "go": ("go", "webhook/verify.go", "main.go", GO),
}


def run(language, folder, **given):
    program, code_name, call_name, call = PROGRAMS[language]
    code = folder / code_name
    code.parent.mkdir(exist_ok=True)
    code.write_text(CODE[language], encoding="utf-8")
    (folder / call_name).write_text(call, encoding="utf-8")
    command = [program, call_name, str(code)]
    if language == "go":
        (folder / "go.mod").write_text("module snippet\n\ngo 1.19\n")
        command = [program, "run", "."]
    given = json.dumps({"secret": SECRET, "body": BODY.decode(), **given})
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(done.stdout)


def signed(secrets=(SECRET,), *, age=0, body=BODY):
    made = signing.headers(
        secrets=secrets, message_id="m-1", timestamp=int(time.time()) - age, body=body
    )
    return dict(made)


@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.parametrize(
    ("made", "accepted"),
    [
        pytest.param(signed, True, id="genuine"),
        pytest.param(lambda: signed([signing.new_secret(), SECRET]), True, id="while-rotating"),
        pytest.param(lambda: signed([signing.new_secret()]), False, id="another-secret"),
        pytest.param(lambda: signed(body=b"{}"), False, id="another-body"),
        pytest.param(lambda: signed(age=3600), False, id="too-old"),
        pytest.param(lambda: signed() | {"webhook-signature": "v1"}, False, id="nonsense"),
        pytest.param(lambda: signed() | {"webhook-signature": "v1,ÿ"}, False, id="no-ascii"),
        pytest.param(lambda: signed() | {"webhook-timestamp": "now"}, False, id="no-time"),
        pytest.param(dict, False, id="no-headers"),
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
