"""Checks what schemas cannot express about the manifests: that containers are hardened, that volumes and ports exist, that a policy only
selects the gateway's own pods, and that every configuration sets outcome_status = "strict", where no hub does, and is accepted by the gateway.

    check-manifests.py [--sources] FILE...

FILE is a rendered stream of manifests, or a proxy.conf. With --sources it is a manifest in deploy/, for which only the rules for
`kubectl apply -f` are checked. Configurations are checked with $PROGRAM, or with a build of the gateway if there is one.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import yaml

PROGRAMS = [".build/release/zuora-gateway", ".build-shipped/release/zuora-gateway", ".build/debug/zuora-gateway"]
failures = 0
notes = set()


def expect(condition, where, claim):
    global failures
    if not condition:
        failures += 1
        print(f"{where}: {claim}", file=sys.stderr)


def template_of(manifest):
    """The pod template of a Deployment, StatefulSet or Job; a Pod is its own."""
    if manifest["kind"] == "Pod":
        return manifest
    template = manifest.get("spec", {}).get("template", {})
    return template if "containers" in template.get("spec", {}) else None


def is_gateway(container):
    return container["name"] == "zuora-gateway"


def check_pod(template, configurations, certificates, where):
    pod = template["spec"]
    context = pod.get("securityContext", {})
    expect(pod.get("automountServiceAccountToken") is False, where, "mounts a service account token")
    expect(context.get("runAsNonRoot") is True, where, "may run as root")
    expect(context.get("seccompProfile", {}).get("type") == "RuntimeDefault", where, "has no seccomp profile")
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    containers = pod.get("initContainers", []) + pod["containers"]
    for container in containers:
        check_container(container, context, volumes, f"{where}/{container['name']}")
    if not any(is_gateway(container) for container in containers):
        return
    expect(context.get("fsGroup") == 65532, where, "the gateway could not read its Secrets: fsGroup is not 65532")
    expect(template["metadata"]["labels"].get("zuora-gateway") in ("shared", "sidecar"), where, "has no zuora-gateway label")
    for volume in volumes.values():
        secret = str(volume.get("secret", {}).get("secretName", ""))
        made = secret in certificates or not secret.endswith("-tls")
        expect(made, where, f"waits for the Secret {secret}, which no Certificate makes")
    name = volumes.get("gateway-config", {}).get("configMap", {}).get("name")
    expect(name in configurations, where, f"mounts the ConfigMap {name}, which is not rendered")
    configuration = tomllib.loads(configurations.get(name, ""))
    for container in filter(is_gateway, containers):
        content = mebibytes(configuration.get("limits", {}).get("memory", "256MiB"))
        allowed = mebibytes(container.get("resources", {}).get("limits", {}).get("memory", "0Mi"))
        expect(allowed >= 2 * content + 64, where, f"may hold {content} MiB of content, but is killed at {allowed} MiB")
    drain = seconds(configuration.get("gateway", {}).get("drain", "25s"))
    grace = pod.get("terminationGracePeriodSeconds", 30)
    expect(grace > drain, where, f"is killed after {grace} s, while the gateway may drain for {drain} s")


def seconds(duration):
    number, unit = re.fullmatch(r"([0-9.]+)(ms|s|m|h)", duration).groups()
    return float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def mebibytes(size):
    number, unit = re.fullmatch(r"([0-9]+)([MG])iB?", size).groups()
    return int(number) * {"M": 1, "G": 1024}[unit]


def check_container(container, pod_context, volumes, where):
    context = pod_context | container.get("securityContext", {})
    expect(context.get("readOnlyRootFilesystem") is True, where, "can write to its root file system")
    expect(context.get("allowPrivilegeEscalation") is False, where, "may gain privileges")
    expect(context.get("capabilities", {}).get("drop") == ["ALL"], where, "keeps capabilities")
    expect(context.get("runAsUser", 0) != 0, where, "does not set runAsUser")
    expect("memory" in container.get("resources", {}).get("limits", {}), where, "has no memory limit")
    registry, _, name = container["image"].partition("/")
    expect("." in registry or ":" in registry, where, f"the image {container['image']} names no registry")
    expect(re.search(r":[^:/@]+$|@sha256:[0-9a-f]{64}$", name) and not name.endswith(":latest"), where, "the image has no version")
    ports = {port["name"] for port in container.get("ports", [])}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if probe in container:
            port = container[probe]["httpGet"]["port"]
            expect(port in ports, where, f"{probe} uses port {port}, which the container does not declare")
    for mount in container.get("volumeMounts", []):
        expect(mount["name"] in volumes, where, f"mounts {mount['name']}, which is not a volume of the pod")
        expect("subPath" not in mount, where, f"mounts {mount['name']} by subPath, which is never updated")
    if is_gateway(container):
        expect(context.get("runAsUser") == 65532, where, "does not run as 65532")


def check_source(manifest, where):
    """The rules for a file that may be applied on its own."""
    expect(manifest["kind"] != "Secret", where, "a Secret in the repository would overwrite the real one when it is applied")
    if manifest["kind"] == "NetworkPolicy":
        selected = manifest["spec"]["podSelector"].get("matchLabels", {})
        own = selected.get("zuora-gateway") == "shared" or selected.get("app.kubernetes.io/name") == "zuora-gateway"
        expect(own, where, "selects pods other than the shared gateway's, and would close their ports")


def check_crd(manifest, where):
    """The required members of custom resources, whose schemas are not Kubernetes' own."""
    spec = manifest["spec"]
    match manifest["kind"]:
        case "PodMonitor":
            expect(spec.get("podMetricsEndpoints"), where, "has no endpoint")
            for endpoint in spec.get("podMetricsEndpoints", []):
                expect(endpoint.get("port") == "gateway-admin", where, "does not scrape the admin port")
        case "Certificate":
            expect(spec.get("secretName"), where, "has no secretName")
            expect(spec.get("issuerRef", {}).get("name"), where, "has no issuer")
            names = ("dnsNames", "uris", "commonName")
            expect(any(spec.get(name) for name in names), where, "has no name")
        case "Issuer":
            expect(len(spec) == 1, where, "has to have exactly one kind of issuer")


def check_relations(manifests, where):
    """That selectors find something, and that the server's certificate has the Service's name."""
    templates = [template for template in map(template_of, manifests) if template]
    pods = [template["metadata"]["labels"] for template in templates]
    for manifest in manifests:
        here = f"{where}: {manifest['kind']}/{manifest['metadata']['name']}"
        spec = manifest.get("spec", {})
        if manifest["kind"] == "Service":
            expect(any(spec["selector"].items() <= labels.items() for labels in pods), here, "selects no pod")
            names = [name for other in manifests if other["kind"] == "Certificate" for name in other["spec"].get("dnsNames", [])]
            expect(not names or manifest["metadata"]["name"] in names, here, "is in no certificate")
        if manifest["kind"] == "PodMonitor" and manifest["metadata"]["labels"].get("app.kubernetes.io/managed-by") == "Helm":
            wanted = spec["selector"]["matchLabels"]
            expect("app.kubernetes.io/instance" in wanted, here, "also selects the pods of other releases")
            expect(not pods or any(wanted.items() <= labels.items() for labels in pods), here, "selects no pod")
        for rule in spec.get("ingress", []) if manifest["kind"] == "NetworkPolicy" else []:
            peers = [selector for peer in rule.get("from", []) for key, selector in peer.items() if key.endswith("Selector")]
            expect(all(peer.get("matchLabels") for peer in peers), here, "lets every pod of a namespace, or of all, connect")
        if manifest["kind"] in ("PodDisruptionBudget", "NetworkPolicy"):
            wanted = (spec.get("selector") or spec.get("podSelector"))["matchLabels"]
            expect(any(wanted.items() <= labels.items() for labels in pods), here, "selects no pod")


def certificate(directory):
    """A certificate and its key, to stand in for every one that a configuration names: `check` reads them."""
    key, crt = directory / "stand-in.key", directory / "stand-in.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=stand-in", "-keyout", key, "-out", crt], check=True, capture_output=True, timeout=60)
    return {".key": key.read_text(), ".crt": crt.read_text()}


def check_configuration(text, where):
    for name, tenant in tomllib.loads(text).get("tenants", {}).items():
        expect("gateway" in tenant or tenant.get("outcome_status") == "strict", where, f'tenants.{name} does not set outcome_status = "strict"')
    program = next((path for path in [os.environ.get("PROGRAM", ""), *PROGRAMS] if pathlib.Path(path).is_file()), None)
    if program is None:
        notes.add("NOT CHECKED: configurations against the gateway, which is not built (make build)")
        return
    with tempfile.TemporaryDirectory() as directory:
        # The files that it names exist in the pod only, or are made by examples/make-certificates.sh; these stand in for them.
        pems = certificate(pathlib.Path(directory))
        for path in set(re.findall(r'"((?:/var/run|certificates)/[^"]+)"', text)):
            stand_in = pathlib.Path(directory, path.strip("/").replace("/", "-"))
            stand_in.write_text(pems.get(stand_in.suffix, "stand-in\n"))
            stand_in.chmod(0o600)
            text = text.replace(f'"{path}"', f'"{stand_in}"')
        file = pathlib.Path(directory, "proxy.conf")
        file.write_text(text)
        run = subprocess.run([program, "check", "--config", str(file)], capture_output=True, text=True, timeout=60)
        expect(run.returncode == 0, where, f"not accepted:\n{(run.stdout + run.stderr).replace(directory, '')}")


def main(arguments):
    sources = "--sources" in arguments
    for name in arguments:
        if name == "--sources":
            continue
        text = pathlib.Path(name).read_text()
        if name.endswith(".conf"):
            check_configuration(text, name)
            continue
        manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
        expect(manifests, name, "is empty")
        configurations = {m["metadata"]["name"]: m["data"]["proxy.conf"] for m in manifests if m["kind"] == "ConfigMap"}
        certificates = {m["spec"].get("secretName") for m in manifests if m["kind"] == "Certificate"}
        for manifest in manifests:
            where = f"{name}: {manifest['kind']}/{manifest['metadata']['name']}"
            check_source(manifest, where)
            if "spec" in manifest:
                check_crd(manifest, where)
            if sources:
                continue
            if template := template_of(manifest):
                check_pod(template, configurations, certificates, where)
            if manifest["kind"] == "ConfigMap":
                check_configuration(manifest["data"]["proxy.conf"], where)
        if not sources:
            check_relations(manifests, name)
    for note in sorted(notes):
        print(f"check-manifests: {note}", file=sys.stderr)
    return 1 if failures else 0


sys.exit(main(sys.argv[1:]))
