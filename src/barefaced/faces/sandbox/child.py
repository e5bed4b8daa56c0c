"""The process that decodes: `python -m barefaced.faces.sandbox.child`, started by `reading`, locked up by `sandbox`.

It reads one JSON object a line from standard input and writes, for each, eight bytes of length and a `wire` message to
what was its standard output. It ends with its input: when whoever started it is gone.
"""

import json
import os
import sys
from typing import BinaryIO

from barefaced.faces.sandbox.landlock import no_changes
from barefaced.faces.sandbox.lockdown import limit_memory, limit_time, no_network_or_programs, no_writing


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    # Before the libraries: they start threads.
    rules = {"network": no_network_or_programs(), "writing": no_writing(), "changing files": no_changes()}
    settings = json.loads(sys.stdin.buffer.readline())
    import cv2

    from barefaced.config.media import PrepareSettings
    from barefaced.errors import InputError
    from barefaced.faces.face_finder import load_finder
    from barefaced.faces.sandbox import wire
    from barefaced.faces.sandbox.reading import read_here
    from barefaced.values.json_codec import record

    cv2.setNumThreads(1)
    made = record(PrepareSettings, settings["prepare"], "settings")
    finder = load_finder(made.finder, settings["threads"])
    rules["memory"] = limit_memory(settings["memory"])
    rules["time"] = limit_time(settings["seconds"])
    _send(answers, wire.note(json.dumps(rules)))
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limit_time(settings["seconds"])
        try:
            answer = wire.packed(read_here(asked["path"], made, finder, asked["keep"]))
        except InputError as e:
            answer = wire.refusal(e)
        except (MemoryError, cv2.error) as e:
            answer = wire.refusal(wire.astray(asked["path"], f"one that takes more memory than is allowed ({e})"))
        _send(answers, answer)


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(len(message).to_bytes(8, "little"))
    stream.write(message)
    stream.flush()


if __name__ == "__main__":
    main()
