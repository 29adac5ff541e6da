"""What a schema cannot say of the manifests: that containers are hardened, that volumes exist, that configurations are valid.

    check-manifests.py FILE...

Configurations are tried with $PROGRAM, or with .build/release/zuora-gateway or .build/debug/zuora-gateway if one has been built.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

failures = 0


def expect(condition, where, claim):
    global failures
    if not condition:
        failures += 1
        print(f"{where}: {claim}", file=sys.stderr)


def pod_of(manifest):
    """The pod's spec in a Pod, Job or Deployment."""
    if manifest["kind"] == "Pod":
        return manifest["spec"]
    return manifest.get("spec", {}).get("template", {}).get("spec")


def check_pod(pod, where):
    expect(pod.get("automountServiceAccountToken") is False, where, "mounts a service account's token")
    context = pod.get("securityContext", {})
    expect(context.get("runAsNonRoot") is True, where, "may run as root")
    expect(context.get("seccompProfile", {}).get("type") == "RuntimeDefault", where, "has no seccomp profile")
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for container in pod.get("initContainers", []) + pod["containers"]:
        check_container(container, context, volumes, f"{where}/{container['name']}")


def check_container(container, pod_context, volumes, where):
    context = pod_context | container.get("securityContext", {})
    expect(context.get("readOnlyRootFilesystem") is True, where, "can write to its root file system")
    expect(context.get("allowPrivilegeEscalation") is False, where, "may gain privileges")
    expect(context.get("capabilities", {}).get("drop") == ["ALL"], where, "keeps capabilities")
    expect(context.get("runAsUser", 0) != 0, where, "has no user of its own")
    expect("memory" in container.get("resources", {}).get("limits", {}), where, "has no memory limit")
    expect(not container["image"].endswith(":latest") and ":" in container["image"], where, "has no version")
    ports = {port["name"] for port in container.get("ports", [])}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if probe in container:
            port = container[probe]["httpGet"]["port"]
            expect(port in ports, where, f"{probe} asks port {port}, which the container has not")
    for mount in container.get("volumeMounts", []):
        expect(mount["name"] in volumes, where, f"mounts {mount['name']}, which the pod has not")
        expect("subPath" not in mount, where, f"mounts {mount['name']} by subPath, which never changes")
    if container["image"].startswith("zuora-gateway:"):
        expect(context.get("runAsUser") == 65532, where, "does not run as 65532")


def certificate(directory):
    """A certificate and its key, in the place of every one that a configuration names: `check` reads them."""
    key, crt = directory / "stand-in.key", directory / "stand-in.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=stand-in", "-keyout", key, "-out", crt], check=True, capture_output=True, timeout=60)
    return {".key": key.read_text(), ".crt": crt.read_text()}


def check_configuration(text, where):
    candidates = [os.environ.get("PROGRAM", ""), ".build/release/zuora-gateway", ".build/debug/zuora-gateway"]
    program = next((path for path in candidates if pathlib.Path(path).is_file()), None)
    if program is None:
        return
    with tempfile.TemporaryDirectory() as directory:
        # The files that it names are the pod's; here there are stand-ins for them.
        pems = certificate(pathlib.Path(directory))
        for path in set(re.findall(r'"(/var/run/[^"]+)"', text)):
            stand_in = pathlib.Path(directory, path.strip("/").replace("/", "-"))
            stand_in.write_text(pems.get(stand_in.suffix, "stand-in\n"))
            stand_in.chmod(0o600)
            text = text.replace(f'"{path}"', f'"{stand_in}"')
        file = pathlib.Path(directory, "proxy.conf")
        file.write_text(text)
        run = subprocess.run([program, "check", "--config", str(file)], capture_output=True, text=True, timeout=60)
        expect(run.returncode == 0, where, f"not accepted:\n{run.stderr.replace(directory, '')}")


for name in sys.argv[1:]:
    for manifest in yaml.safe_load_all(pathlib.Path(name).read_text()):
        where = f"{name}: {manifest['kind']}/{manifest['metadata']['name']}"
        if pod := pod_of(manifest):
            check_pod(pod, where)
        if manifest["kind"] == "ConfigMap":
            check_configuration(manifest["data"]["proxy.conf"], where)

sys.exit(1 if failures else 0)
