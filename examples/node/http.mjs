// Node's http and https: submits a job, reads it and cancels it; with an argument, only cancels that job.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const { GATEWAY_SOCKET, GATEWAY_KEY, GATEWAY_CA, GATEWAY_CERTIFICATE, GATEWAY_CERTIFICATE_KEY } = process.env;
const url = new URL(process.env.GATEWAY_URL ?? "http://127.0.0.1:8080");
const library = url.protocol === "https:" ? https : http;
const agent = new library.Agent({
    keepAlive: true,
    ...(GATEWAY_CA && {
        ca: readFileSync(GATEWAY_CA), cert: readFileSync(GATEWAY_CERTIFICATE), key: readFileSync(GATEWAY_CERTIFICATE_KEY),
    }),
});
const key = GATEWAY_KEY ? { "X-Gateway-Key": GATEWAY_KEY } : {};

function send(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        // Node has no time limit of its own; the gateway itself may take 130 s.
        const signal = AbortSignal.timeout(140_000);
        const where = GATEWAY_SOCKET ? { socketPath: GATEWAY_SOCKET } : { host: url.hostname, port: url.port };
        const request = library.request({ ...where, agent, method, path, signal, headers: { ...key, ...headers } });
        request.on("response", async (response) => {
            try {
                const content = Buffer.concat(await response.toArray()).toString();
                resolve({ status: response.statusCode, headers: response.headers, content });
            } catch (error) {
                reject(error);
            }
        });
        request.on("error", (error) => reject(Object.assign(error, { reusedSocket: request.reusedSocket })));
        request.end(body);
    });
}

// Sends a GET or a cancel, and once more if the gateway closed the kept connection: Node does not do that by itself.
async function repeatable(...request) {
    try {
        return await send(...request);
    } catch (error) {
        if (!error.reusedSocket || error.name === "AbortError") throw error;
        return send(...request);
    }
}

function json({ status, content }) {
    if (status !== 200) throw new Error(`${status} ${content}`);
    return JSON.parse(content);
}

async function submit() {
    const job = { name: "accounts", format: "csv", queries: [{ name: "accounts", query: "select Id from Account" }] };
    const headers = { "Content-Type": "application/json" };
    return json(await send("POST", "/v1/batch-query", { headers, body: JSON.stringify(job) })).id;
}

async function status(job) {
    return json(await repeatable("GET", `/v1/batch-query/jobs/${job}`)).status;
}

async function cancel(job) {
    const headers = { "Zuora-Track-Id": `http-${randomUUID()}` };
    const response = await repeatable("DELETE", `/v1/batch-query/jobs/${job}`, { headers });
    const outcome = response.headers["gateway-outcome"];
    console.log(`${response.status} ${outcome}, track id ${response.headers["zuora-track-id"]}`);
    return ["cancelled", "already-cancelled"].includes(outcome);
}

let job = process.argv[2];
if (!job) {
    job = await submit();
    console.log(`submitted ${job}`);
    console.log(`read ${job}: ${await status(job)}`);
}
process.exitCode = (await cancel(job)) ? 0 : 1;
agent.destroy();
