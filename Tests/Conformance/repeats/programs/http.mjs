// GET /first, then METHOD /second: http.mjs BASE METHOD.
import http from "node:http";
import { setTimeout } from "node:timers/promises";

const [base, method] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

function send(method, path) {
    return new Promise((resolve, reject) => {
        const request = http.request(base + path, { agent, method }, (response) => response.resume().on("end", resolve));
        request.on("error", reject).end(method === "POST" ? "x" : undefined);
    });
}

await send("GET", "/first");
await setTimeout(100);
await send(method, "/second");
agent.destroy();
