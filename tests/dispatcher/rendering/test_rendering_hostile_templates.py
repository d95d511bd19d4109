"""No template hangs, fills memory, or sees anything but its payload."""

# ruff: noqa: E501 - a template in a table is one line

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dispatcher.rendering import Job, Renderer, Template

GROWTH = {
    "nested loops to a billion": "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
    "loops over range of 10**5 squared": "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
    "range too large": "{% for a in range(10**9) %}{% endfor %}",
    "range of big integers": "{{ range(10**30) | list }}",
    "range as a list, many times": "{% for a in range(1000) %}{% set x = range(100000) | list %}{% endfor %}",
    "macro recursion": "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
    "macro doubling": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(35) }}",
    "caller recursion": "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
    "recursive loop": "{% for x in [range(1000)] recursive %}{{ loop(range(100000)) }}{% endfor %}",
    "recursive loop without end": "{% set l = [1] %}{% for x in l recursive %}{{ loop(l) }}{% endfor %}",
    "text times a billion": "{{ 'x' * 10**9 }}",
    "a billion times text": "{{ 10**9 * 'x' }}",
    "list times a billion": "{{ [1] * 10**9 }}",
    "text doubled in a loop": "{% set ns = namespace(s='xxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "text added to itself": "{% set ns = namespace(s='xxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "list added to itself": "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "lists of lists shown": "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "lists of lists compared": "{% set a = namespace(s=[1]) %}{% set b = namespace(s=[1]) %}{% for i in range(60) %}{% set a.s = [a.s, a.s] %}{% set b.s = [b.s, b.s] %}{% endfor %}{{ a.s == b.s }}",
    "deep list": "{% set ns = namespace(s=[]) %}{% for i in range(90000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
    "deep list compared": "{% set a = namespace(s=[]) %}{% set b = namespace(s=[]) %}{% for i in range(50000) %}{% set a.s = [a.s] %}{% set b.s = [b.s] %}{% endfor %}{{ a.s == b.s }}",
    "format with a width": "{{ '{:>1000000000}'.format(1) }}",
    "format with a width inside": "{{ '{:>{w}}'.format(1, w=10**9) }}",
    "format with a precision": "{{ '{:.1000000000f}'.format(1.5) }}",
    "printf with a width": "{{ '%1000000000d' % 1 }}",
    "printf with a precision": "{{ '%.1000000000f' % 1 }}",
    "printf with a star": "{{ '%*d' % (10**9, 1) }}",
    "printf filter": "{{ '%1000000000s' | format('x') }}",
    "printf with many arguments": "{{ ('%s' * 1000) % (('x' * 100000,) * 1000) }}",
    "ljust": "{{ 'x'.ljust(10**9) }}",
    "rjust": "{{ 'x'.rjust(10**9) }}",
    "center method": "{{ 'x'.center(10**9) }}",
    "center filter": "{{ 'x' | center(10**9) }}",
    "zfill": "{{ 'x'.zfill(10**9) }}",
    "indent": "{{ 'x\ny' | indent(10**9) }}",
    "indent with text": "{{ ('x\n' * 10000) | indent('y' * 100000) }}",
    "wordwrap": "{{ ('x' * 1000000) | wordwrap(1) }}",
    "tojson indent": "{{ [[1]] | tojson(10**9) }}",
    "batch": "{{ [1] | batch(10**9, 'x') | list }}",
    "slice filter": "{{ [1] | slice(10**9) | list }}",
    "replace growth": "{{ ('x' * 100000) | replace('x', 'y' * 100000) }}",
    "replace method growth": "{{ ('x' * 100000).replace('', 'y' * 100000) }}",
    "join growth": "{{ range(10000) | join('x' * 100000) }}",
    "join method growth": "{{ ('x' * 100000).join(['a'] * 10000) }}",
    "power": "{{ 10**(10**8) }}",
    "power of power": "{{ 10**10**8**10 }}",
    "power in steps": "{% set ns = namespace(n=10) %}{% for i in range(60) %}{% set ns.n = ns.n * ns.n %}{% endfor %}{{ ns.n }}",
    "shifted by multiplication": "{{ (10**300) * (10**300) }}",
    "lipsum": "{{ lipsum(n=100000000) }}",
    "output of many megabytes": "{% for i in range(90000) %}" + "x" * 1000 + "{% endfor %}",
    "set block of many megabytes": "{% set x %}{% for i in range(90000) %}" + "x" * 1000 + "{% endfor %}{% endset %}",
    "filter block of many megabytes": "{% filter upper %}{% for i in range(90000) %}" + "x" * 1000 + "{% endfor %}{% endfilter %}",
    "cubed filters": "{% for i in range(300) %}{{ range(100000) | list | sort | join }}{% endfor %}",
    "sorted again and again": "{% set l = range(50000) | list %}{% for i in range(9000) %}{% set x = l | reverse | sort %}{% endfor %}",
    "search in text again and again": "{% set s = 'a' * 500000 %}{% for i in range(90000) %}{% if 'aaab' * 1000 in s %}{% endif %}{% endfor %}",
    "urlencode again and again": "{% set s = '\u00e9' * 100000 %}{% for i in range(90000) %}{% set x = s | urlencode %}{% endfor %}",
    "map map map": "{{ [range(1000) | list] * 1000 | map('join') | list }}",
    "numbers as text": "{{ ('9' * 100000) | int }}",
    "long number": "{{ " + "9" * 5000 + " }}",
    "float overflow": "{{ 1e308 * 10 ** 10 / 1e-300 }}",
    "shift of dates": "{{ now() | shift(days=10**30) }}",
    "strftime width": "{{ now().strftime('%1000000000Y') }}",
    "decimal exponent": "{{ ('1e999999999' | float) + 1.5 }}",
    "round exponent": "{{ '1e999999' | round(2) }}",
    "nested parentheses": "{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
    "nested lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "nested ifs": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "nested loops in source": "{% for x in [1] %}" * 200 + "{% endfor %}" * 200,
    "long expression": "{{ 1" + " + 1" * 40000 + " }}",
    "long chain": "{{ a" + ".b" * 60000 + " }}",
    "many filters": "{{ 'a'" + " | upper" * 20000 + " }}",
    "many tags": "{{ a }}" * 37000,
    "source of a megabyte": "x" * 1_000_000,
    "comment bomb": "{#" * 100000,
    "raw bomb": "{% raw %}" * 20000,
}  # fmt: skip

ESCAPES = {
    "class of text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class by subscript": "{{ ''['__class__']['__mro__'] }}",
    "class by attr": "{{ '' | attr('__class__') | attr('__mro__') }}",
    "class by map": "{{ [''] | map(attribute='__class__') | map(attribute='__name__') | join }}",
    "class by deep map": "{{ [''] | map(attribute='__class__.__name__') | join }}",
    "class by sum": "{{ [''] | sum(attribute='__class__') }}",
    "class by groupby": "{{ [''] | groupby('__class__') }}",
    "class by sort": "{{ ['', ''] | sort(attribute='__class__.__name__') | join }}",
    "class by join": "{{ [''] | join(',', '__class__') }}",
    "class by selectattr": "{{ [''] | selectattr('__class__') | join }}",
    "class by concatenation": "{{ ''['__cla' ~ 'ss__'] }}",
    "format of an attribute (CVE-2016-10745)": "{{ '{0.__class__.__init__.__globals__}'.format(x) }}",
    "format_map (CVE-2019-10906)": "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "indirect format (CVE-2024-56326)": "{{ ['{0.__class__}'] | map('format', 1) | join }}",
    "format by reference": "{% set f = '{0.__class__}'.format %}{{ f(1) }}",
    "format by attr (CVE-2025-27516)": "{{ ('{0.__class__}' | attr('format'))(1) }}",
    "format of a captured block": "{% set s %}{0.__class__}{% endset %}{{ s.format(1) }}",
    "format with an index": "{{ '{0[__class__]}'.format(x) }}",
    "cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "joiner": "{{ joiner.__init__.__globals__ }}",
    "namespace": "{{ namespace.__init__.__globals__ }}",
    "namespace instance": "{% set n = namespace() %}{{ n.__class__ }}{{ n._values }}",
    "lipsum globals": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "self": "{{ self.__init__.__globals__ }}{{ self._TemplateReference__context }}",
    "request": "{{ request.application.__globals__ }}",
    "config": "{{ config.__class__.from_envvar }}{{ settings.SECRET_KEY }}",
    "loop": "{% for x in [1] %}{{ loop.__init__.__globals__ }}{{ loop._iterator }}{{ loop._undefined }}{% endfor %}",
    "macro": "{% macro m() %}{% endmacro %}{{ m.__call__.__globals__ }}{{ m._environment }}{{ m._func }}",
    "caller": "{% macro m() %}{{ caller.__globals__ }}{{ caller._func.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "generator frame": "{{ (x | map('upper')).gi_frame.f_globals }}{{ (x | select).gi_code }}",
    "coroutine frame": "{{ x.cr_frame }}{{ x.ag_frame }}",
    "now": "{{ now.__globals__ }}{{ now._function }}{{ now().__class__ }}{{ now()._bound }}",
    "bound method": "{{ 'a'.upper.__self__ }}{{ 'a'.upper._function.__globals__ }}",
    "dict method": "{{ {'a': 1}.items.__self__ }}{{ {}.__class__.__base__ }}",
    "environment": "{{ environment.filters }}{{ context.environment }}{{ __builtins__ }}",
    "names of the compiled code": "{{ attribute }}{{ subscript }}{{ P0 }}{{ iterate }}{{ absent }}",
    "internal names": "{{ _loop_vars }}{{ l_0_x }}{{ resolve }}{{ undefined }}{{ missing }}",
    "import": "{% import 'os' as os %}{{ os }}",
    "from import": "{% from 'os' import system %}{{ system('id') }}",
    "include": "{% include '/etc/passwd' %}",
    "extends": "{% extends '/etc/passwd' %}",
    "block": "{% block a %}{{ super.__class__ }}{% endblock %}",
    "autoescape off": "{% autoescape false %}{{ x }}{% endautoescape %}",
    "undefined class": "{{ nothing.__class__.__init__.__globals__ }}",
    "undefined place": "{{ nothing.place }}{{ nothing.holder }}{{ nothing.origin() }}",
    "number class": "{{ (1).__class__ }}{{ (1.5).as_integer_ratio }}{{ 1.5.text }}",
    "payload changed": "{{ x.append(1) }}{{ x.clear() }}{{ payload.update({}) }}",
    "assignment to the payload": "{% set payload.a = 1 %}",
    "tojson of a function": "{{ now | tojson }}",
    "call of text": "{{ 'os.system'('id') }}",
    "keyword smuggling": "{{ dict(_loop_vars={'x': 1}) }}{{ now(_block_vars=1) }}",
    "braces in a name": "{{ x['{0.__class__}'] }}",
}  # fmt: skip

TELLTALES = ("<class", "<function", "<module", "<built-in", "__globals__", "subclasses", "root:", "uid=", "object at 0x")  # fmt: skip


@pytest.fixture(scope="module")
def hostile_renderer():
    with Renderer() as renderer:
        yield renderer


def _render(renderer, source):
    payload = '{"x": ["a"], "secret": "kept"}'
    started = time.monotonic()
    rendered = renderer.render(Job((Template("text", source),), payload))
    return rendered, time.monotonic() - started


def _peak_megabytes(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@pytest.mark.parametrize("source", [pytest.param(s, id=name) for name, s in GROWTH.items()])
def test_a_template_that_grows_ends_in_time_and_the_next_one_renders(hostile_renderer, source):
    rendered, seconds = _render(hostile_renderer, source)

    assert seconds < 3
    assert rendered.errors or len(rendered.output) <= 1024 * 1024
    assert all(problem.message for problem in rendered.errors)
    following, _ = _render(hostile_renderer, "{{ secret }}")
    assert following.output == "kept"
    assert _peak_megabytes(hostile_renderer.pid) < 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nested loops to a billion", "loops more than 100,000 times"),
        ("recursive loop", "loops more than 100,000 times"),
        ("lists of lists shown", "loops more than 100,000 times"),
        ("sorted again and again", "loops more than 100,000 times"),
        ("macro doubling", "makes more than 10,000 calls"),
        ("macro recursion", "more than 40 levels deep"),
        ("text times a billion", "A text grew over"),
        ("text doubled in a loop", "A text grew over"),
        ("text added to itself", "A text grew over"),
        ("join growth", "A text grew over"),
        ("replace growth", "A text grew over"),
        ("indent with text", "A text grew over"),
        ("set block of many megabytes", "A text grew over"),
        ("urlencode again and again", "too much text on the way"),
        ("output of many megabytes", "The output is longer"),
        ("list times a billion", "A list grew too long"),
        ("power", "a number that is too large"),
        ("power in steps", "a number that is too large"),
        ("ljust", "between 0 and 1,000"),
        ("format with a width", "A width of more than 1000"),
        ("printf with a width", "A width of more than 1000"),
        ("range too large", "100,000 numbers at most"),
        ("lipsum", "`lipsum` is not available"),
        ("nested parentheses", "nested too deeply"),
        ("nested loops in source", "nested too deeply"),
        ("source of a megabyte", "longer than 256 KiB"),
        ("lists of lists compared", "takes too long"),
    ],
)
def test_each_budget_speaks_for_itself(hostile_renderer, name, words):
    """The limits of the process stand behind all of these: only the words show which one held."""
    rendered, _ = _render(hostile_renderer, GROWTH[name])

    assert [words in problem.message for problem in rendered.errors] == [True]


@pytest.mark.parametrize("source", [pytest.param(s, id=name) for name, s in ESCAPES.items()])
def test_a_template_sees_nothing_but_its_payload(hostile_renderer, source):
    rendered, seconds = _render(hostile_renderer, source)

    assert seconds < 3
    shown = rendered.output
    assert not any(telltale in shown for telltale in TELLTALES), shown
    following, _ = _render(hostile_renderer, "{{ secret }}")
    assert following.output == "kept"


def test_the_corpus_is_large_enough():
    assert len(GROWTH) + len(ESCAPES) > 100
