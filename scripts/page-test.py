#!/usr/bin/env python3
"""Tests the status page in headless Chromium, with a gateway that has served a known mix of requests: its figures match the requests, it fits
every width in light and dark mode, its text is legible, and it logs nothing to the console and only connects to the gateway.

    scripts/page-test.py [--program PATH] [--shots DIRECTORY]

Screenshots are written to the directory, by default .build/page-test.
"""

import argparse
import collections
import json
import os
import pathlib
import socket

import scene
from browser import Browser, pixels
from scene import Failure, eventually

CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "127.0.0.1:{admin}"

[limits]
body = "{body}"

[callers.billing]
key_sha256 = ["{key}"]
tenants = ["acme", "globex", "initech", "umbrella", "hooli"]
routes = ["aqua.cancel", "aqua.get", "files.get"]

[tenants.acme]
upstream = "http://127.0.0.1:{sandbox}"
client_id = "{acme[0]}"
client_secret = "{acme[1]}"
entity = "{entity}"
routes = {routes}
breaker = false
retry = {{ attempts = 3, base = "1ms", cap = "2ms", budget = "100%" }}

[tenants.globex]
upstream = "http://127.0.0.1:{sandbox}"
client_id = "{globex[0]}"
client_secret = "{globex[1]}"
routes = {routes}
concurrency = 4

[tenants.initech]
upstream = "http://127.0.0.1:{sandbox}"
client_id = "{acme[0]}"
client_secret = "not-the-secret"
entity = "{entity}"
routes = {routes}

[tenants.umbrella]
upstream = "http://127.0.0.1:{closed}"
token = {{ file = "{directory}/token" }}
routes = {routes}
retry = {{ attempts = 1 }}
breaker = {{ failures = "50%", minimum = 3, open = "60s" }}

[tenants.hooli]
gateway = "http://127.0.0.1:{closed}"
routes = {routes}
"""
KEY = "gwk_page-test-page-test-page-test-page-test"

JOBS = "/v1/batch-query/jobs"
# How often, tenant, method, path, status, outcome.
MIX = [
    (40, "acme", "GET", f"{JOBS}/executing", 200, "relayed"),
    (25, "acme", "DELETE", f"{JOBS}/executing.$N", 200, "cancelled"),
    (6, "acme", "DELETE", f"{JOBS}/done", 200, "already-finished"),
    (2, "acme", "DELETE", f"{JOBS}/fault-500.$N", 500, "unknown"),
    (9, "globex", "GET", f"{JOBS}/executing", 200, "relayed"),
    (4, "globex", "GET", "/v1/files/file-64KiB", 200, "relayed"),
    (1, "globex", "DELETE", f"{JOBS}/unknown-not-found", 404, "unknown-job"),
    (2, "globex", "POST", "/v1/batch-query", 403, "denied"),
    (3, "initech", "DELETE", f"{JOBS}/executing.$N", 503, "failed"),
    (3, "umbrella", "DELETE", f"{JOBS}/executing.$N", 502, "failed"),
    (2, "umbrella", "DELETE", f"{JOBS}/executing.$N", 503, "refused"),
    (1, "hooli", "DELETE", f"{JOBS}/executing.$N", 503, "failed"),
]
# Legal as a track id, and markup to a page that does not take care.
HOSTILE = "<img src=x onerror=alert(1)>"

CARDS = """Object.fromEntries([...document.querySelectorAll("#tenants .card")].map((card) => [
  card.querySelector("h3").textContent,
  {
    state: card.querySelector(".pill").textContent,
    rows: Object.fromEntries([...card.querySelectorAll(".row")].map((row) => [...row.children].map((cell) => cell.textContent))),
    chips: Object.fromEntries([...card.querySelectorAll(".chips li")].map(
      (chip) => [chip.firstChild.textContent, Number(chip.querySelector("b").textContent.replace(/,/g, ""))])),
    meters: [...card.querySelectorAll('[role="meter"]')].map((meter) => [meter.ariaLabel, Number(meter.ariaValueNow)]),
    missing: [...card.querySelectorAll(".missing li")].map((line) => line.textContent),
  },
]))"""
TOTALS = """Object.fromEntries([...document.querySelectorAll("#totals > div")].map(
  (box) => [box.querySelector("dt").textContent, box.querySelector("dd").textContent]))"""
TIMES_SEEN = '[...document.querySelectorAll("#errors .times-seen")].map((node) => node.textContent)'
TRACK_IDS = '[...document.querySelectorAll("#errors code")].map((code) => code.textContent)'
# Text that is smaller than 12 pixels, or stands out less than WCAG 2.1 asks for (1.4.3), or does not fit.
FLAWS = """(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [0.2126 * r, 0.7152 * g, 0.0722 * b].reduce((sum, part, i) => {
    const share = [r, g, b][i] / 255;
    return sum + [0.2126, 0.7152, 0.0722][i] * (share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  }, 0);
  const backOf = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const flaws = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!node.checkVisibility() || node.closest("script, style, noscript")) continue;
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    const [a, b] = [light(parse(style.color)), light(backOf(node))].sort((x, y) => y - x);
    const what = node.tagName + " " + node.textContent.slice(0, 40) + ": ";
    if ((a + 0.05) / (b + 0.05) < 4.5) flaws.push(what + "contrast " + ((a + 0.05) / (b + 0.05)).toFixed(2));
    if (parseFloat(style.fontSize) < 12) flaws.push(what + style.fontSize);
    if (box.right > innerWidth + 1 || box.left < -1) flaws.push(what + "beyond the edge");
  }
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth) flaws.push("the page is " + page.scrollWidth + " wide");
  return flaws;
})()"""


def expect(found, expected, what):
    if found != expected:
        raise Failure(f"{what}: {found!r}, not {expected!r}")


class Sender:
    def __init__(self, gateway):
        self.gateway, self.number, self.sent = gateway, 0, collections.defaultdict(collections.Counter)
        # By what makes errors equal: the last track id, and how many there were; the last one first.
        self.errors = {}

    def send(self, tenant, method, path, status, outcome, track=None):
        self.number += 1
        track = track or f"page-{self.number}"
        path = path.replace("$N", str(self.number))
        fields = {"X-Gateway-Key": KEY, "X-Zuora-Tenant": tenant, "Zuora-Track-Id": track}
        found, _, body = scene.request(self.gateway.port, method, path, fields=fields)
        if found != status:
            raise Failure(f"{method} {path} for {tenant}: {found} {body[:300]}")
        self.sent[tenant][outcome] += 1
        if b"urn:problem-type" in body:
            problem = json.loads(body)
            self.fail((tenant, method, problem["type"], status), track)

    def fail(self, what, track):
        _, count = self.errors.pop(what, (None, 0))
        self.errors = {what: (track, count + 1)} | self.errors

    def send_mix(self):
        for count, *item in MIX:
            for _ in range(count):
                self.send(*item)
        self.send("acme", "DELETE", f"{JOBS}/..", 400, "denied", HOSTILE)
        # One without a tenant.
        self.number += 1
        status, _, _ = scene.request(self.gateway.port, "GET", f"{JOBS}/executing", fields={"X-Gateway-Key": KEY, "Zuora-Track-Id": "nobody"})
        expect(status, 400, "a request without a tenant")
        self.fail("nobody", "nobody")


def check_log(gateway, sender):
    lines = eventually(lambda: len(found := gateway.lines()) >= sender.number and found, "the access log")
    counts = collections.defaultdict(collections.Counter)
    for line in lines:
        if "tenant" in line:
            counts[line["tenant"]][line["outcome"]] += 1
    expect(len(lines), sender.number, "lines of the access log")
    expect({tenant: dict(each) for tenant, each in counts.items()}, {tenant: dict(each) for tenant, each in sender.sent.items()}, "log")
    expect(sum("tenant" not in line for line in lines), 1, "lines without a tenant")


def check_metrics(gateway, sender):
    metrics = gateway.metrics()
    expected = {(tenant, outcome): count for tenant, each in sender.sent.items() for outcome, count in each.items()}
    expected["(none)", "denied"] = 1
    counted = {key: count for key, count in metrics.by("requests_total", "tenant", "outcome").items() if count}
    expect(counted, expected, "requests_total")
    expect(metrics["access_log_dropped_lines_total"], 0, "dropped lines")
    print("metrics:", "promtool content" if metrics.lint() else "no promtool here")


def check_page(browser, sender):
    browser.until(f'({TOTALS})["Requests in total"] === "{sender.number}"', f"{sender.number} requests")
    cards = browser.evaluate(CARDS)
    expect(sorted(cards), sorted(sender.sent), "cards")
    for tenant, card in cards.items():
        chips = {name: count for name, count in card["chips"].items() if name not in ("retries", "token failures")}
        outcomes = {outcome.replace("-", " "): count for outcome, count in sender.sent[tenant].items()}
        expect(chips, outcomes, f"outcomes of {tenant}")
    expect(cards["acme"]["chips"]["retries"], 4, "retries of acme")
    expect(cards["acme"]["rows"]["Requests in flight"], "0 of 20", "acme in flight")
    expect(cards["acme"]["state"], "ready", "acme")
    expect(cards["initech"]["state"], "not ready", "initech")
    expect(cards["umbrella"]["state"], "breaker open", "umbrella")
    expect(cards["hooli"]["rows"], {"Upstream": "a hub", "Requests in flight": "0"}, "hooli, which has a hub")
    if not cards["initech"]["missing"]:
        raise Failure("initech: nothing says what is missing")
    # A token of an hour that is some seconds old.
    for name, value in cards["acme"]["meters"]:
        expect(value in ((99, 100) if name == "Lifetime of the token left" else (0, 1)), True, f"{name} of acme: {value} %")
    expect(cards["acme"]["rows"]["Token"] in ("valid, 59 min left", "valid, 60 min left"), True, cards["acme"]["rows"]["Token"])
    track_ids = browser.evaluate(TRACK_IDS)
    expect(track_ids, [track for track, _ in sender.errors.values()][:30], "track ids of the last errors")
    expect(browser.evaluate(TIMES_SEEN), [f"{count} times" for _, count in sender.errors.values() if count > 1], "how often")
    expect(HOSTILE in track_ids, True, "the hostile track id is shown as text")
    expect(browser.evaluate('document.querySelectorAll("#errors img").length'), 0, "markup made from data")


def check_looks(browser, shots):
    scale = browser.until('document.querySelector("#totals .graph .scale")?.textContent', "the graph of the request rate")
    expect(scale.endswith(" per second"), True, scale)
    expect(browser.evaluate('[...document.querySelectorAll(".axis span")].map((node) => node.textContent)'), ["20 s ago", "now"], "axis")
    for width, scheme in [(1280, "light"), (1280, "dark"), (768, "light"), (390, "light"), (390, "dark"), (320, "dark")]:
        browser.show(width, scheme)
        name = f"{width}-{scheme}"
        if flaws := browser.evaluate(FLAWS):
            raise Failure(f"{name}: " + "; ".join(flaws[:5]))
        (shots / f"{name}.png").write_bytes(browser.screenshot())
        seen = collections.Counter(pixels(browser.screenshot(0.2)))
        [(common, _)] = seen.most_common(1)
        expect(sum(common) > 600 if scheme == "light" else sum(common) < 150, True, f"{name}: the ground is {common}")
        expect(len(seen) > 100, True, f"{name}: {len(seen)} colours")
        reds = sum(count for (r, g, b), count in seen.items() if r > g + 80 and r > b + 80)
        expect(reds > 0, True, f"{name}: trouble is not red")


def check_live(browser, gateway, sender, settings):
    """What happens shows without a reload of the page."""
    slow = socket.create_connection(("127.0.0.1", gateway.port))
    slow.sendall(f"GET /v1/files/fault-slow-20s HTTP/1.1\r\nHost: page\r\nX-Gateway-Key: {KEY}\r\nX-Zuora-Tenant: globex\r\n\r\n".encode())
    browser.until(f'({CARDS}).globex.rows["Requests in flight"] === "1 of 4"', "a request in flight")
    browser.until(f'Object.fromEntries(({CARDS}).globex.meters)["Slots in use"] === 25', "its slot")
    slow.close()
    browser.until(f'({CARDS}).globex.rows["Requests in flight"] === "0 of 4"', "the request gone")
    sender.number += 1
    sender.send("acme", "GET", f"{JOBS}/executing", 200, "relayed")
    browser.until(f'({CARDS}).acme.chips.relayed === {sender.sent["acme"]["relayed"]}', "one more request")
    gateway.configuration.write_text(CONFIGURATION.format(**settings | {"body": "2MiB"}))
    notice = browser.until('document.querySelector("#restart").checkVisibility() && document.querySelector("#restart").textContent',
                           "what waits for a restart")
    expect("limits.body" in notice, True, notice)
    gateway.configuration.write_text("nonsense = 1\n" + CONFIGURATION.format(**settings))
    notice = browser.until('document.querySelector("#reload").checkVisibility() && document.querySelector("#reload").textContent',
                           "the failed reload")
    expect("nonsense" in notice, True, notice)


def check_silence(browser, origin):
    expect(browser.said, [], "on the console")
    expect(set(browser.requests) - {"data:,"}, {f"{origin}/", f"{origin}/status.json"}, "requests of the page")


def run():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    parser.add_argument("--shots", type=pathlib.Path, default=pathlib.Path(".build/page-test"))
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    arguments.shots.mkdir(parents=True, exist_ok=True)
    with scene.working_directory() as directory:
        (directory / "token").touch(mode=0o600)
        (directory / "token").write_text("a-static-token")
        sandbox = gateway = browser = None
        try:
            sandbox = scene.Sandbox(program, directory)
            port, admin, closed = scene.free_ports(3)
            settings = dict(
                port=port, admin=admin, sandbox=sandbox.port, closed=closed, directory=directory, entity=scene.ENTITY,
                routes=scene.ROUTES, body="1MiB", key=scene.sha256(KEY), **scene.CLIENTS)
            gateway = scene.Gateway(program, directory, CONFIGURATION.format(**settings), port, admin)
            origin = f"http://127.0.0.1:{admin}"
            sender = Sender(gateway)
            browser = Browser(directory / "profile")
            browser.show(1280, "light")
            browser.call("Page.navigate", url=f"{origin}/")
            browser.until('document.querySelectorAll("#tenants .card").length === 5', "cards")
            sender.send_mix()
            check_log(gateway, sender)
            check_metrics(gateway, sender)
            check_page(browser, sender)
            print(f"figures: log, metrics and page agree with {sender.number} requests")
            check_looks(browser, arguments.shots)
            print(f"looks: screenshots in {arguments.shots}")
            check_live(browser, gateway, sender, settings)
            check_silence(browser, origin)
            gateway.end()
            browser.until('document.querySelector("#lost").checkVisibility()', "that the gateway is gone")
            (arguments.shots / "lost.png").write_bytes(browser.screenshot())
        finally:
            for each in (gateway and gateway.process, sandbox and sandbox.process):
                if each:
                    each.kill()
            if browser:
                browser.close()


scene.main("page-test", run)
