"""Starts commands quickly: a process that has imported everything forks one child a command, which is a real process.

It reads one JSON object a line: {"argv": [..], "env": {..}, "out": PATH, "err": PATH, "limit": BYTES} starts a command
and prints its process id; {"wait": PID} prints its exit status, that of a signal being negative. Nothing is computed
before a fork, so that no library has started threads that a child would miss.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn


def become(order: dict[str, Any]) -> NoReturn:
    """Run the command in this process and end with its status."""
    for name, target in (("out", 1), ("err", 2)):
        handle = os.open(order[name], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(handle, target)
    os.environ.update(order.get("env", {}))
    if "limit" in order:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    status = 70
    try:
        if order.get("told"):
            status = told(order["argv"])
        else:
            from interfaces.cli import main

            main(order["argv"], standalone_mode=True)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def told(argv: list[str]) -> int:
    """Ingest (home, path) and write how many items progress has told of, a line each time."""
    from service.pipeline import ingest
    from service.wiring import open_home

    home = open_home(Path(argv[0]))
    ingest(home, [argv[1]], progress=lambda n, _: os.write(1, f"{n}\n".encode()) and None)
    home.close()
    return 0


def main() -> None:
    """Take orders until the input ends."""
    import interfaces.cli.ingest
    import interfaces.cli.search  # noqa: F401
    import models.encoder
    import models.langid
    import models.registry  # noqa: F401
    from nlp.gazetteer import default_gazetteer

    default_gazetteer()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            become(order)
        print(pid, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
