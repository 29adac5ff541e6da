"""Counts the system calls of a request with strace."""

import collections
import re
import subprocess

COMMAND = ["strace", "-f", "--decode-pids=comm", "-s", "8"]
# The threads that serve requests. The access log's thread is left out, because it writes the lines of many requests at once.
SERVING = re.compile(r"\d+<worker-\d+>\s+(?P<resumed><\.\.\. )?(?P<of>\w+)(\(| resumed>)(?P<rest>.*)")
READS = {"read", "readv", "recvfrom", "recvmsg"}
# The first request fetches the token and connects to the upstream.
WARM_UP = 2


def why_not():
    """The reason why system calls cannot be traced on this machine, or None."""
    try:
        tried = subprocess.run([*COMMAND, "-o", "/dev/null", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no strace"
    return None if tried.returncode == 0 else f"strace does not work: {tried.stderr.strip() or tried.returncode}"


def per_request(path, method, count):
    """The system calls from the read of a request to that of the next: those of most requests, and the names of all that occurred.

    A few requests have additional calls, because a timer fired. How many depends on the pace of the requests.
    """
    requests = []
    with open(path, errors="replace") as lines:
        for line in lines:
            # A call that another thread interrupts has two lines: it is counted on the first, and its data is on the second.
            if not (call := SERVING.match(line)):
                continue
            if call["of"] in READS and re.match(rf'(\d+, )?"{method} ', call["rest"]):
                requests.append(collections.Counter())
            if requests and not call["resumed"]:
                requests[-1][call["of"]] += 1
    if len(requests) != count:
        raise SystemExit(f"{len(requests)} requests in the trace of the worker threads, not {count}")
    # The last request is followed by the shutdown.
    kept = requests[WARM_UP:-1]
    usual = collections.Counter(frozenset(request.items()) for request in kept).most_common(1)[0][0]
    return dict(usual), set().union(*kept)
