#!/usr/bin/env python3
"""What config/kubernetes and config/container say, checked as far as a machine without an engine can:
check_manifests.py WEIR WEIRCTL. The configuration in the manifest is given to weir itself."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Manifest:
    def __init__(self):
        text = (ROOT / "config/kubernetes/weir.yaml").read_text()
        objects = {document["kind"]: document for document in yaml.safe_load_all(text)}
        self.config, self.deployment = objects["ConfigMap"], objects["Deployment"]
        self.pod = self.deployment["spec"]["template"]["spec"]
        self.container, = self.pod["containers"]


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


@check
def names_and_labels_agree(m):
    for thing, version in ((m.config, "v1"), (m.deployment, "apps/v1")):
        expect(thing["apiVersion"] == version and re.fullmatch("[a-z0-9-]+", thing["metadata"]["name"]), thing["kind"])
    selector = m.deployment["spec"]["selector"]["matchLabels"]
    labels = m.deployment["spec"]["template"]["metadata"]["labels"]
    expect(selector.items() <= labels.items(), "the selector does not match the pods")
    maps = [v["configMap"]["name"] for v in m.pod["volumes"] if "configMap" in v]
    expect(maps == [m.config["metadata"]["name"]], f"configMap {maps}")
    volumes = {v["name"] for v in m.pod["volumes"]}
    expect(volumes == {v["name"] for v in m.container["volumeMounts"]}, "volumes and mounts differ")


@check
def the_pod_is_guaranteed_whole_cpus_and_huge_pages(m):
    resources = m.container["resources"]
    expect(resources["requests"] == resources["limits"], "requests are not limits: not Guaranteed")
    expect(re.fullmatch("[0-9]+", resources["limits"]["cpu"]), "the CPUs are not whole")
    expect("hugepages-2Mi" in resources["limits"], "no huge pages")
    mounts = {v["name"]: v["mountPath"] for v in m.container["volumeMounts"]}
    expect(mounts["hugepages"] == "/dev/hugepages", "huge pages are not mounted")


@check
def it_is_neither_root_nor_privileged(m):
    rights = m.container["securityContext"]
    expect(m.pod["securityContext"]["runAsNonRoot"] is True, "runs as root")
    expect("privileged" not in rights, "privileged")
    expect(rights["capabilities"]["drop"] == ["ALL"], "keeps capabilities")
    unit = (ROOT / "config/systemd/weir.service").read_text()
    asked = re.search("^AmbientCapabilities=(.*)$", unit, re.M).group(1).split()
    expect({f"CAP_{c}" for c in rights["capabilities"]["add"]} == set(asked), "not the unit's capabilities")


@check
def probes_ask_what_is_answered(m):
    answers = (ROOT / "src/metrics/answer.cpp").read_text()
    ports = {p["name"]: p["containerPort"] for p in m.container["ports"]}
    paths = {}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        get = m.container[probe]["httpGet"]
        expect(f'"{get["path"]}"' in answers, f"{probe}: nobody answers {get['path']}")
        expect(get["port"] in ports, f"{probe}: no port {get['port']}")
        paths[probe] = get["path"]
    expect(paths["readinessProbe"] == "/readyz" and paths["livenessProbe"] == "/healthz", str(paths))
    expect(f"listen = 0.0.0.0:{ports['metrics']}" in m.config["data"]["weir.conf"], "the port differs")


@check
def the_drain_ends_before_the_pod_is_killed(m):
    command = m.container["lifecycle"]["preStop"]["exec"]["command"]
    done = subprocess.run([sys.argv[2], "-S", "/nowhere", *command[1:]], capture_output=True, text=True)
    expect(command[0] == "weirctl" and done.returncode == 3, f"weirctl {command[1:]}: {done.stderr}")
    wait = int(re.fullmatch("([0-9]+)s", command[command.index("--wait") + 1]).group(1))
    expect(wait < m.pod["terminationGracePeriodSeconds"], "killed while it drains")


@check
def weir_takes_the_configuration(m):
    resource = next(name for name in m.container["resources"]["limits"] if "/" in name)
    variable = "PCIDEVICE_" + re.sub("[^A-Z0-9]", "_", resource.upper())
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(m.config["data"]["weir.conf"])
        file.flush()
        for value, code in (("0000:03:02.1", 0), (None, 78)):
            environment = {k: v for k, v in os.environ.items() if not k.startswith("PCIDEVICE_")}
            if value:
                environment[variable] = value
            done = subprocess.run([sys.argv[1], "-t", "-c", file.name], env=environment,
                                  capture_output=True, text=True)
            expect(done.returncode == code, f"{variable}={value}: {done.returncode} {done.stderr}")
    expect(variable in done.stderr, f"not named: {done.stderr}")


@check
def the_image_is_small_and_not_roots(_):
    text = (ROOT / "config/container/Containerfile").read_text().replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    stages = [rest for word, rest in lines if word == "FROM"]
    expect(len(stages) == 2 and stages[0].endswith(" AS build"), f"stages: {stages}")
    last = lines[[i for i, (word, _) in enumerate(lines) if word == "FROM"][-1]:]
    expect([rest for word, rest in last if word == "USER"] == ["weir"], "runs as root")
    expect("ENTRYPOINT" in [word for word, _ in last], "no entry point")
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"}
    expect({word for word, _ in lines} <= known, "a word that is none")
    for word, rest in lines:
        if word == "RUN":
            subprocess.run(["sh", "-n", "-c", rest], check=True)


def main():
    manifest = Manifest()
    for function in CHECKS:
        function(manifest)
        print(f"PASS {function.__name__}")


if __name__ == "__main__":
    main()
