// Node's fetch: submits a job, reads it and cancels it; with an argument, only cancels that job.
//
// fetch has no Unix sockets and no client certificates without the package undici; http.mjs has both.
import { randomUUID } from "node:crypto";

const url = process.env.GATEWAY_URL ?? "http://127.0.0.1:8080";
const key = process.env.GATEWAY_KEY ? { "X-Gateway-Key": process.env.GATEWAY_KEY } : {};

function send(path, { headers = {}, ...options } = {}) {
    // fetch has no time limit of its own before five minutes; the gateway itself may take 130 s.
    return fetch(url + path, { ...options, headers: { ...key, ...headers }, signal: AbortSignal.timeout(140_000) });
}

// Sends a GET or a cancel, and once more if the gateway closed the connection: fetch does not do that by itself.
async function repeatable(path, options) {
    try {
        return await send(path, options);
    } catch (error) {
        if (!["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(error.cause?.code)) throw error;
        return send(path, options);
    }
}

async function json(response) {
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
}

async function submit() {
    const job = { name: "accounts", format: "csv", queries: [{ name: "accounts", query: "select Id from Account" }] };
    const headers = { "Content-Type": "application/json" };
    return (await json(await send("/v1/batch-query", { method: "POST", headers, body: JSON.stringify(job) }))).id;
}

async function status(job) {
    return (await json(await repeatable(`/v1/batch-query/jobs/${job}`))).status;
}

async function cancel(job) {
    const headers = { "Zuora-Track-Id": `fetch-${randomUUID()}` };
    const response = await repeatable(`/v1/batch-query/jobs/${job}`, { method: "DELETE", headers });
    const outcome = response.headers.get("Gateway-Outcome");
    await response.arrayBuffer(); // so that the connection can be used again
    console.log(`${response.status} ${outcome}, track id ${response.headers.get("Zuora-Track-Id")}`);
    return ["cancelled", "already-cancelled"].includes(outcome);
}

let job = process.argv[2];
if (!job) {
    job = await submit();
    console.log(`submitted ${job}`);
    console.log(`read ${job}: ${await status(job)}`);
}
process.exitCode = (await cancel(job)) ? 0 : 1;
