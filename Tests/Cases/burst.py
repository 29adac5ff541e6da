#!/usr/bin/env python3
"""A thousand simultaneous callers of a tenant without a token share one token call, even if it takes half a second. Each of them is served,
with its own track id.
"""

import time

from support import Gateway, Upstream, check, finish, in_background


def slow_token(request, number):
    time.sleep(0.5)


def call(track):
    responses[track] = gateway.call(track=track, timeout=25)


responses = {}
upstream = Upstream(token_script=slow_token)
gateway = Gateway(upstream)
for thread in [in_background(call, f"track-{number}") for number in range(1000)]:
    thread.join()

failed = [response.status for response in responses.values() if response.status != 200]
check("all are served", len(responses) == 1000 and not failed, (len(responses), len(failed), failed[:5]))
foreign = [(track, response.get("zuora-track-id")) for track, response in responses.items() if response.get("zuora-track-id") != track]
check("each gets its own track id", not foreign, foreign[:5])
check("there is one token call", upstream.token_calls == 1, upstream.token_calls)
finish()
