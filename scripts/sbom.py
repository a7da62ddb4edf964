#!/usr/bin/env python3
"""Prints an SBOM (CycloneDX 1.5, JSON) of the crates that the program is built from: scripts/sbom.py TARGET.

`cargo metadata` and Cargo.lock know all of it, so no other tool has to be built first. Crates that only build scripts,
procedural macros or tests use are left out: they are not in the binary.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import uuid


def main(target: str) -> None:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]

    def is_macro(identity: str) -> bool:
        return any("proc-macro" in aim["kind"] for aim in packages[identity]["targets"])

    def linked(identity: str) -> list[str]:
        """What is linked with this crate: its normal dependencies, but not macros, which run at build time."""
        depends = nodes[identity]["deps"]
        normal = [one["pkg"] for one in depends if any(kind["kind"] is None for kind in one["dep_kinds"])]
        return sorted({one for one in normal if not is_macro(one)}, key=reference)

    def reference(identity: str) -> str:
        return f"pkg:cargo/{packages[identity]['name']}@{packages[identity]['version']}"

    checksums = {}
    with open("Cargo.lock", encoding="utf-8") as lock:
        entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"')
        checksums = {f"pkg:cargo/{name}@{version}": sum for name, version, sum in entry.findall(lock.read())}

    found, todo = set(), [root]
    while todo:
        identity = todo.pop()
        if identity not in found:
            found.add(identity)
            todo.extend(linked(identity))

    def component(identity: str) -> dict:
        package = packages[identity]
        name = reference(identity)
        made = {
            "type": "application" if identity == root else "library",
            "bom-ref": name,
            "name": package["name"],
            "version": package["version"],
            "purl": name,
        }
        if package["license"]:
            made["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if package["repository"]:
            made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
        if name in checksums:
            made["hashes"] = [{"alg": "SHA-256", "content": checksums[name]}]
        return made

    crates = sorted(found - {root}, key=reference)
    made_at = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    names = ",".join(map(reference, [root, *crates]))
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, target + names)}",
        "version": 1,
        "metadata": {"timestamp": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": component(root)},
        "components": [component(identity) for identity in crates],
        "dependencies": [
            {"ref": reference(identity), "dependsOn": [reference(one) for one in linked(identity)]}
            for identity in [root, *crates]
        ],
    }
    print(json.dumps(bom, indent=1))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: scripts/sbom.py TARGET")
    main(sys.argv[1])
