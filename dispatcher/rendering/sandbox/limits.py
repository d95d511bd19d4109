"""How much a template may use. Each is far above what a real document needs."""

from __future__ import annotations

MIB = 1024 * 1024

# Inside the render: these give an error that names the template's line.
MAX_SOURCE = 256 * 1024  # characters of a template
MAX_XSD = 256 * 1024  # characters
MAX_JSON_SCHEMA = 64 * 1024  # characters; to check so many takes about a second
MAX_PAYLOAD = MIB + 4096  # characters; the API refuses bodies over 1 MiB before
MAX_ITERATIONS = 100_000  # of all loops together
MAX_CALLS = 10_000  # of macros, functions and methods together
MAX_NESTED_LOOPS = 20  # in each other; compiling takes four times as long for twice as many
MAX_DEPTH = 40  # macros that call macros
MAX_TEXT = MIB  # characters of the output, or of any one text on the way to it
MAX_TEXT_TOTAL = 16 * MIB  # characters produced on the way, all together
MAX_WIDTH = 1_000  # of padding, indentation, number formats
MAX_INTEGER_BITS = 1_024
MAX_NESTING = 200  # of a value turned into JSON
MAX_PARENT_CALLS = 1_000  # of functions the application registered, such as lookups()
MAX_WARNINGS = 50

# Around the process: what stands when something above has a hole.
ADDRESS_SPACE = 192 * MIB
OPEN_FILES = 16
CPU_SECONDS = 3  # a job; the kernel counts whole seconds
