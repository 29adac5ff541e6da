"""Compares every response with the sandbox's book: the calls that reached it, and their effects."""

import asyncio
import collections
import json
import urllib.request

# The final states of the jobs that exist by their names.
FINISHED = {"done": "already-finished", "cancelled": "already-cancelled", "unknown": "unknown-job"}
# Effects after which a cancel may have these outcomes, although the job was executing.
CAUSES = {
    # Also when the job was then seen to go on, whatever the refusal had said.
    "rejected": {"lock", "400", "404", "wrong-entity", "429-bare", "temporary"},
    "wrong-entity": {"wrong-entity"},
    "unknown-job": {"404"},
}
# Upstream calls for one request at most: four attempts, one repeat for a race, a fresh token, and as many verifications of the job.
MOST_CALLS = 12


class Asked:
    """One request, and what its caller got."""

    __slots__ = ("track", "tenant", "kind", "job", "status", "outcome", "body", "fields", "left", "cut", "ended")

    def __init__(self, track, tenant, kind, job):
        self.track, self.tenant, self.kind, self.job = track, tenant, kind, job
        self.status = self.outcome = None
        self.body, self.fields = b"", {}
        self.left = self.cut = False
        self.ended = 0.0

    @property
    def problem(self):
        if self.fields.get(b"content-type") != b"application/problem+json":
            return None
        return json.loads(self.body)

    def __str__(self):
        kind = self.problem["type"].rsplit(":", 1)[-1] if self.problem else ""
        return f"{self.kind} {self.job} of {self.tenant} ({self.track}): {self.status} {self.outcome or ''} {kind}"


class Truth:
    def __init__(self, control, digests):
        self.control = control
        self.digests = digests
        self.since = 0
        self.calls = {}
        self.by_track = collections.defaultdict(dict)
        self.cancelled = {}
        self.waiting = []
        self.failures = []
        self.checked = collections.Counter()
        self.faults = collections.Counter()

    def add(self, asked):
        self.waiting.append(asked)

    def _fetch(self):
        with urllib.request.urlopen(f"{self.control}/book?limit=1000000&since={self.since}", timeout=30) as answer:
            return json.load(answer)

    async def follow(self, now, patience):
        """Reads the book on, and checks what ended at least `patience` seconds ago."""
        book = await asyncio.to_thread(self._fetch)
        if self.since and book["calls"] and book["calls"][0]["call"] > self.since + 1:
            self.failures.append(f"the book has forgotten calls after {self.since}")
        last = self.since
        for call in book["calls"]:
            track = next((value for name, value in call["fields"] if name.lower() == "zuora-track-id"), None)
            if track and track.startswith("soak-"):
                if "fault" in call:
                    # A rule's name begins with its effect.
                    call["fault"] = call["fault"].partition("@")[0]
                    if call["call"] not in self.by_track[track]:
                        self.faults[call["fault"]] += 1
                self.by_track[track][call["call"]] = call
            last = max(last, call["call"])
        for change in book["changes"]:
            if change["to"] == "cancelled":
                self.cancelled[change["job"]] = change["call"]
        # What was under way is read once more, when its end is known.
        open_calls = [call["call"] for call in book["calls"] if "finished_ms" not in call and last - call["call"] < 20000]
        self.since = min([last, *(number - 1 for number in open_calls)])
        still = []
        for asked in self.waiting:
            if now - asked.ended < patience:
                still.append(asked)
                continue
            calls = [self.by_track[asked.track][number] for number in sorted(self.by_track[asked.track])]
            complaint = self._complaint(asked, calls)
            if complaint:
                story = " ".join(f"{call['method'][0]}{call['status']}{'!' if call['acted'] else ''}({call.get('fault', '')})" for call in calls)
                detail = (asked.problem or {}).get("detail", "") if asked.status else ""
                self.failures.append(f"{asked}: {complaint} [{story}] {detail}")
            self.checked[asked.kind] += 1
            del self.by_track[asked.track]
        self.waiting = still

    def _complaint(self, asked, calls):
        """What is wrong with a response, or None."""
        for call in calls:
            # An expired token belongs to no tenant.
            if call["status"] == 401:
                call["acted"] = False
            elif call.get("tenant") not in (None, asked.tenant):
                return f"reached tenant {call.get('tenant')}"
        if len(calls) > MOST_CALLS:
            return f"{len(calls)} upstream calls"
        problem = asked.problem if asked.status else None
        if problem and problem.get("may_have_reached_zuora") is False and any(call["acted"] for call in calls):
            return "says that Zuora did not get it, but Zuora acted"
        if problem and "may_have_reached_zuora" not in problem and any(call["acted"] and call["method"] != "GET" for call in calls):
            return "was rejected, but Zuora acted"
        # What each call met; a rejected token or a quota counts too.
        met = {call["fault"] for call in calls if call.get("fault")} | {"token" for call in calls if call["status"] == 401}
        return getattr(self, "_" + asked.kind)(asked, calls, met, problem)

    def _cancel(self, asked, calls, met, problem):
        name = asked.job.partition(".")[0]
        is_cancelled = asked.job in self.cancelled if name == "executing" else name == "cancelled"
        if asked.left or asked.status is None:
            deletes = [call for call in calls if call["method"] == "DELETE"]
            if name == "executing" and deletes and not met and not is_cancelled:
                return "was sent, had no trouble, and is not done"
            return None if asked.left else "no answer"
        outcome = asked.outcome
        if outcome is None:
            if problem is None:
                return "no Gateway-Outcome"
            return "rejected without an outcome, but sent" if any(call["method"] == "DELETE" for call in calls) else None
        if outcome == "unknown":
            return None if met or not calls else "nothing went wrong, and the outcome is unknown"
        if outcome == "cancelled":
            if not is_cancelled:
                return "says cancelled, and the book does not"
            # After a lost response there is no telling who cancelled it.
            if name == "cancelled" and not met:
                return "was cancelled before"
            if asked.status != 200 or b'"cancelled"' not in asked.body:
                return "says cancelled, and its status or body does not"
            return None
        if name == "executing":
            if is_cancelled:
                return "the job was cancelled"
            return None if met & CAUSES.get(outcome, set()) else "not what the faults can have led to"
        return None if outcome == FINISHED[name] or met & CAUSES.get(outcome, set()) else "not the job's state"

    def _get(self, asked, calls, met, problem):
        if asked.left:
            return None
        if asked.cut:
            return None if met & {"truncate", "bad-gzip"} else "cut without a reason"
        if asked.status == 200:
            if not any(call["status"] == 200 and call["acted"] for call in calls):
                return "answered without a good answer of Zuora's"
            body = json.loads(asked.body)
            return None if body.get("status") == "executing" and body.get("id") == asked.job else "not the job's state"
        return None if met or not calls else "failed without a reason"

    def _submit(self, asked, calls, met, problem):
        made = [call for call in calls if call["method"] == "POST" and call["acted"]]
        if len(made) > 1:
            return f"carried out {len(made)} times"
        if asked.left:
            return None
        if asked.status == 200:
            if not made:
                return "says done, and nothing was done"
            if b'"id"' not in asked.body:
                return "no id"
            return None
        return None if met or not calls else "failed without a reason"

    def _file(self, asked, calls, met, problem):
        if asked.left:
            return None
        if asked.status == 200 and not asked.cut:
            return None if asked.body == self.digests[asked.job] else "not the file's content"
        return None if met or not calls else "failed without a reason"

    def _refused(self, asked, calls, met, problem):
        if calls:
            return "reached Zuora"
        return None if asked.left or asked.status in (400, 403, 404) else "not refused"
