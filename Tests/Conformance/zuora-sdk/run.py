"""Runs Zuora's Python SDK against the gateway and the sandbox, with only the base URL changed.

The SDK requests a token first, which the gateway must issue itself. Then cancel, get and submit must work, with and without a configured
caller.
"""

import sys

import zuora_sdk
from zuora_sdk.zuora_client import ZuoraClient

import calls
import services
from expectations import expect, finish


def client(base: str, identifier: str, secret: str) -> ZuoraClient:
    configuration = zuora_sdk.Configuration(host=base)
    return ZuoraClient(identifier, secret, None, configuration)


def exercise(name: str, made: ZuoraClient, sandbox: str):
    """Cancel, get and submit, of both kinds of query."""
    made.initialize()
    queries = zuora_sdk.AggregateQueriesApi(made.api_client)

    job = queries.get_batch_query_job("executing.sdk")
    expect(f"{name}: get tells a job's status", (job.id, job.status), ("executing.sdk", "executing"))

    answer = queries.delete_batch_query_job_with_http_info("executing.sdk", zuora_track_id="sdk-cancel")
    expect(f"{name}: cancel answers 200", answer.status_code, 200)
    expect(f"{name}: the outcome is told", answer.headers.get("Gateway-Outcome"), "cancelled")
    expect(f"{name}: the track id comes back", answer.headers.get("Zuora-Track-Id"), "sdk-cancel")
    expect(f"{name}: the job is cancelled", queries.get_batch_query_job("executing.sdk").status, "cancelled")

    submitted = queries.create_batch_query(zuora_sdk.CreateBatchQueryJobRequest(
        name="executing=10s", format="csv",
        queries=[{"name": "accounts", "query": "select Id from Account", "type": "zoqlexport"}]))
    expect(f"{name}: submit gives an id", bool(submitted.id), True)
    cancelled = queries.delete_batch_query_job(submitted.id)
    expect(f"{name}: what was submitted can be cancelled", cancelled.status, "cancelled")

    data = zuora_sdk.DataQueriesApi(made.api_client)
    query = data.post_data_query_job(zuora_sdk.SubmitDataQueryRequest(
        query="select 1 /* executing=10s */", output={"target": "s3"}, output_format="JSON", compression="NONE"))
    expect(f"{name}: a data query can be submitted", bool(query.data.id), True)
    # The SDK takes ids of 64 characters alone here, which the ids that Zuora gives are not.
    cancelled = data.delete_data_query_job("executing.".ljust(64, "s"))
    expect(f"{name}: and one cancelled", cancelled.data.query_status, "cancelled")

    # What the SDK does by itself every ten minutes, with its old token in Authorization.
    made.refresh_token()
    expect(f"{name}: still served after a refresh", queries.get_batch_query_job("done").status, "completed")

    tokens = [call for call in calls.book(sandbox) if call["path"] == "/oauth/token"]
    expect(f"{name}: Zuora was asked for one token, by the gateway", len(tokens), 1)
    print(f"        ({len(calls.book(sandbox))} calls reached Zuora)")


def refused(name: str, made: ZuoraClient, status: int):
    try:
        zuora_sdk.OAuthApi(made.api_client).create_token(made.client_id, made.client_secret, "client_credentials")
    except zuora_sdk.ApiException as error:
        expect(name, error.status, status)
    else:
        expect(name, 200, status)


def main() -> int:
    unnamed = "00000000-0000-0000-0000-000000000000"
    with services.sandbox() as zuora, services.gateway(zuora) as base:
        exercise("without callers", client(base, unnamed, "anything"), zuora)

    key, line = services.new_key()
    other, other_line = services.new_key()
    callers = f"[callers.billing]\n{line}\n[callers.reports]\n{other_line}\n"
    # The SDK sends client ids of 36 characters alone.
    billing = "billing".ljust(36, "-")
    with services.sandbox() as zuora, services.gateway(zuora, callers) as base:
        exercise("as billing", client(base, billing, key), zuora)
        refused("another caller's key is refused", client(base, billing, other), 401)
        refused("an unknown key is rejected", client(base, billing, "x" * 42), 401)

    return finish()


if __name__ == "__main__":
    sys.exit(main())
