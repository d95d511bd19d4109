"""How the application and its rendering process talk.

Down: length-prefixed `marshal` (fast; the sender is trusted). Up: plain bytes and JSON only, since
what comes up was made by a process that runs strangers' templates.
"""

from __future__ import annotations

import struct

WINDOW = struct.Struct("<I")  # length of what follows
# kind, number of outputs, length of the JSON report, length of everything after this header
RESULT = struct.Struct("<BHII")
LENGTH = struct.Struct("<I")
ANSWER = struct.Struct("<I")
PROGRESS = struct.Struct("<IdI")  # number of the job at work, CPU seconds when it began, phase
NO_JOB = 0xFFFFFFFF
TEMPLATE = 0  # phases of a job
SCHEMA = 1

READY = 0  # the process is up
RENDERED = 1
CALL = 2  # a template calls a function of the application: JSON [name, args, kwargs]
