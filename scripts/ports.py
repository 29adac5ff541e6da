#!/usr/bin/env python3
"""Free ports of 127.0.0.1, for every script that starts servers.

    ports.py    prints one
"""

import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """Different ports that are free now. Another process may take one before it is used, which is unlikely: the kernel chooses them at
    random."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def free_port() -> int:
    return free_ports(1)[0]


if __name__ == "__main__":
    print(free_port())
