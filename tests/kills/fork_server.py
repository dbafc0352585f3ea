"""The packaged app in a Python that has nothing else, handling each line of events in a process of its own.

    python -I -S fork_server.py FOLDER    the unpacked package

The app is imported once; each process is a fork, so that one costs milliseconds and can be killed without a loss. A line
of standard input is a JSON list of events; what is said of it are two lines: the process's id, and, when it has ended,
its status (as of `os.waitpid`) and the function's answers. What the function logs goes to standard error.
"""

import json
import os
import sys
from typing import Any


class Context:
    """What Lambda tells a function about its invocation, as far as ours looks."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = "vestibule-api"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:vestibule-api"


def main() -> None:
    """Handle lines until there are no more."""
    sys.path[:0] = [sys.argv[1]]
    import app  # noqa: PLC0415 (the package's)

    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            answers = [app.app(event, Context()) for event in json.loads(line)]
            with os.fdopen(writing, "w") as answered:
                json.dump(answers, answered)
            sys.stdout.flush()
            os._exit(0)
        os.close(writing)
        _say(said, pid)
        with os.fdopen(reading) as answered:
            text = answered.read()
        _, status = os.waitpid(pid, 0)
        _say(said, {"status": status, "answers": json.loads(text or "[]")})


def _say(where: Any, what: object) -> None:
    where.write(json.dumps(what) + "\n")
    where.flush()


if __name__ == "__main__":
    main()
