"""Counts the system calls that a request costs the thread that serves it."""

import collections
import re
import subprocess

COMMAND = ["strace", "-f", "--decode-pids=comm", "-s", "8"]
# Threads that serve requests. The access log's thread writes many requests' lines at once.
SERVING = re.compile(r"\d+<worker-\d+>\s+(?P<resumed><\.\.\. )?(?P<of>\w+)(\(| resumed>)(?P<rest>.*)")
READS = {"read", "readv", "recvfrom", "recvmsg"}
# The first request fetches the token and connects to the upstream.
WARM_UP = 2


def why_not():
    """Why calls cannot be traced here, or None."""
    try:
        tried = subprocess.run([*COMMAND, "-o", "/dev/null", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no strace"
    return None if tried.returncode == 0 else f"strace does not work: {tried.stderr.strip() or tried.returncode}"


def per_request(path, method, count):
    """The calls from the read of one request to that of the next as most requests make them, and the names of all that any made.

    Some requests pay for a timer that has come, too: how many depends on the pace of the requests.
    """
    requests = []
    with open(path, errors="replace") as lines:
        for line in lines:
            # An interrupted call is counted when it begins; what it has read shows when it is resumed.
            if not (call := SERVING.match(line)):
                continue
            if call["of"] in READS and re.match(rf'(\d+, )?"{method} ', call["rest"]):
                requests.append(collections.Counter())
            if requests and not call["resumed"]:
                requests[-1][call["of"]] += 1
    if len(requests) != count:
        raise SystemExit(f"{len(requests)} requests in the trace of the worker threads, not {count}")
    # The last one's calls are followed by those that end the gateway.
    kept = requests[WARM_UP:-1]
    usual = collections.Counter(frozenset(request.items()) for request in kept).most_common(1)[0][0]
    return dict(usual), set().union(*kept)
