#!/usr/bin/env python3
"""What one would write instead: reads the inventory with PyYAML's C loader and renders the same files, checking nothing.

    python3 bench/rival.py DIR OUT

Writes targets.json and urls.json of everything and of each shard, the same bytes as `promgen-gen -C DIR build --out OUT`.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import yaml

RANGE = re.compile(r"\[([^\]]*)\]")


def load(path):
    with open(path, "rb") as file:
        return list(yaml.load_all(file, Loader=yaml.CSafeLoader))


def expand(host):
    """web[01-03,7] is web01, web02, web03, web7."""
    match = RANGE.search(host)
    if not match or "-" not in match[1] and "," not in match[1]:
        return [host]
    numbers = []
    for part in match[1].split(","):
        first, _, last = part.partition("-")
        numbers += [str(n).zfill(len(first)) for n in range(int(first), int(last or first) + 1)]
    before, rest = host[: match.start()], expand(host[match.end() :])
    return [before + number + after for number in numbers for after in rest]


def hosts_of(items):
    """Pairs of a host, as it is written before a port, and its own labels."""
    for item in items:
        host, labels = (item["host"], item.get("labels", {})) if isinstance(item, dict) else (item, {})
        if ":" in host and host[0] != "[":
            yield f"[{host}]", labels
        else:
            for name in expand(host):
                yield name, labels


def exporter_labels(exporter):
    labels = {"job": exporter["job"], "__scheme__": exporter.get("scheme", "http")}
    path, _, query = exporter.get("path", "").partition("?")
    if path:
        labels["__metrics_path__"] = path
    for key, value in [*parse_qsl(query), *exporter.get("params", {}).items()]:
        labels[f"__param_{key}"] = value
    if "interval" in exporter:
        labels["__scrape_interval__"] = exporter["interval"]
    if "timeout" in exporter:
        labels["__scrape_timeout__"] = exporter["timeout"]
    return labels


def resolve(exporter, presets):
    if isinstance(exporter, str):
        exporter = {"job": exporter}
    return {**presets.get(exporter["job"], {}), **exporter}


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Groups:
    """Target groups of one shard: groups with equal labels are one."""

    def __init__(self):
        self.targets = {}

    def add(self, labels, targets):
        self.targets.setdefault(dump(dict(sorted(labels.items()))), []).extend(targets)

    def lines(self):
        return [f'{{"labels":{labels},"targets":{dump(sorted(t))}}}' for labels, t in sorted(self.targets.items())]


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(lines or ['{"targets":[]}']) + "\n]\n", encoding="utf-8")


def render_project(project, service, inherited, farms, presets, shards):
    own = project.get("labels", {})
    names = project.get("shard", service.get("shard"))
    farm = farms.get(project.get("farm"), {}) if "hosts" not in project else {}
    hosts = list(hosts_of(project.get("hosts", farm.get("hosts", []))))
    identity = {"service": service["service"], "project": project["name"]}
    farm_labels = {"farm": project.get("farm", project["name"]), "__farm_source": farm.get("source", "promgen")}
    for name in [names] if isinstance(names, str) else names:
        shard, targets, urls = shards[name]
        base = {**inherited, **shard.get("labels", {}), **service.get("labels", {}), **farm.get("labels", {}), **own}
        for exporter in project.get("exporters", []):
            exporter = resolve(exporter, presets)
            if not exporter.get("enabled", True):
                continue
            fixed = {**identity, **farm_labels, **exporter_labels(exporter), "__shard": name}
            labels = {**base, **exporter.get("labels", {}), **fixed}
            port = exporter["port"]
            plain = [f"{host}:{port}" for host, host_labels in hosts if not host_labels]
            if plain:
                targets.add(labels, plain)
            for host, host_labels in hosts:
                if host_labels:
                    targets.add({**labels, **host_labels, **fixed}, [f"{host}:{port}"])
        for probe in project.get("probes", []):
            if not probe.get("enabled", True):
                continue
            module = probe["module"]
            fixed = {**identity, "job": module, "__param_module": module, "__shard": name}
            labels = {**base, **probe.get("labels", {}), **fixed}
            if probe.get("targets"):
                urls.add(labels, probe["targets"])
            if not probe.get("hosts"):
                continue
            plain = [host.strip("[]") for host, host_labels in hosts if not host_labels]
            if plain:
                urls.add(labels, plain)
            for host, host_labels in hosts:
                if host_labels:
                    urls.add({**labels, **host_labels, **fixed}, [host.strip("[]")])


def main(root, out):
    config = load(root / "promgen.yml")[0]
    shards, farms, services, projects = {}, {}, {}, []
    for path in (root / config.get("inventory", "targets")).rglob("*.y*ml"):
        for document in load(path):
            if "service" in document:
                service = services.setdefault(document["service"], {})
                projects += [(project, service) for project in document.pop("projects", [])]
                service.update(document)
            elif "farm" in document:
                farms[document["farm"]] = document
            else:
                shards[document["shard"]] = (document, Groups(), Groups())
    for project, service in projects:
        render_project(project, service, config.get("labels", {}), farms, config.get("exporters", {}), shards)

    # __shard is among the labels, so a group of a shard is a group of the whole: each is rendered once.
    everything = {"targets.json": [], "urls.json": []}
    for name, (_, targets, urls) in shards.items():
        for file, groups in (("targets.json", targets), ("urls.json", urls)):
            lines = groups.lines()
            everything[file] += lines
            write(out / "shards" / name / file, lines)
    for file, lines in everything.items():
        write(out / file, sorted(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
