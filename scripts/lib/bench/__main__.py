"""What scripts/bench makes of its measurements: docs/performance.json and everything that shows it.

  record MEASURED.json   takes the measurements over, with the machine that made them, and renders them
  show MEASURED.json     prints them and keeps nothing
  render                 renders docs/performance.json again
  check                  fails unless README, docs/performance.md and the chart show what is recorded
"""

import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from . import chart, tables

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "docs/performance.json"
CHART = ROOT / "docs/performance.svg"

# The crates that the peers come in.
PEERS = {
    "libcrux": ["libcrux-ml-dsa", "libcrux-ml-kem"],
    "AWS-LC": ["aws-lc-rs", "aws-lc-sys"],
    "RustCrypto": ["ml-dsa", "ml-kem"],
    "fips203": ["fips203"],
    "fips204": ["fips204"],
    "liboqs": ["oqs-sys"],
    "mldsa-native": ["mldsa-native-rs"],
    "OpenSSL": ["openssl-src"],
}


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def machine():
    information = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", information, re.MULTILINE)
    family = [re.search(rf"^{name}\s*: (.*)$", information, re.MULTILINE) for name in ("cpu family", "model")]
    flags = set(re.search(r"^flags\s*: (.*)$", information, re.MULTILINE).group(1).split())
    wanted = ["avx2", "bmi2", "avx512f", "avx512bw", "avx512vl", "avx512_ifma", "avx512ifma", "avx512vbmi", "gfni", "vaes"]
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "processor": model.group(1),
        "family": "family {}, model {}".format(*(found.group(1) for found in family)),
        "processors": os.cpu_count(),
        "features": [flag for flag in wanted if flag in flags],
        "virtual": "hypervisor" in flags,
        "memory": f"{int(memory.group(1)) / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "rustc": output("rustc", "--version"),
        "cc": output("cc", "--version").splitlines()[0],
        # How busy it was with other things.
        "load": round(os.getloadavg()[0], 1),
    }


def versions():
    locked = tomllib.loads((ROOT / "benches/Cargo.lock").read_text())["package"]
    version = {package["name"]: package["version"] for package in locked}
    return {peer: ", ".join(f"{crate} {version[crate]}" for crate in crates) for peer, crates in PEERS.items()}


def complete(measured):
    """The measurements, and with what and on what they were made."""
    measured = json.loads(Path(measured).read_text())
    known = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "commit": output("git", "rev-parse", "HEAD")}
    if output("git", "status", "--porcelain", "--", "verify", "src", "benches", "Cargo.lock"):
        known["commit"] += " with changes"
    return {"version": 1, **known, "machine": machine(), "peers": versions(), **measured}


def record(recorded):
    if not recorded["native"]:
        sys.exit("bench: the peers written in C were not measured: nothing is recorded")
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")
    render(recorded)


def render(recorded):
    for path, text in pages(recorded).items():
        path.write_text(text)


def pages(recorded):
    """Each file that shows the measurements, as it should be."""
    readme, document = ROOT / "README.md", ROOT / "docs/performance.md"
    return {
        readme: between(readme.read_text(), tables.summary(recorded), readme),
        document: between(document.read_text(), tables.everything(recorded), document),
        CHART: chart.draw(recorded),
    }


BEGIN, END = "<!-- begin: made by scripts/bench -->", "<!-- end: made by scripts/bench -->"


def between(text, new, path):
    parts = text.split(BEGIN), text.split(END)
    if [len(part) for part in parts] != [2, 2]:
        sys.exit(f"bench: {path}: the marks of the part that is made are not there once each")
    return f"{parts[0][0]}{BEGIN}\n{new}\n{END}{parts[1][1]}"


def check(recorded):
    stale = [path for path, text in pages(recorded).items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"bench: {path.relative_to(ROOT)} does not show what docs/performance.json has", file=sys.stderr)
    print(f"bench: {len(recorded['groups'])} tables recorded, {len(stale)} pages that show something else")
    return 1 if stale or not recorded["groups"] else 0


def main():
    match sys.argv[1:]:
        case ["record" | "show" as what, measured]:
            recorded = complete(measured)
            if what == "record":
                record(recorded)
        case ["render"]:
            recorded = json.loads(RECORDED.read_text())
            render(recorded)
        case ["check"]:
            return check(json.loads(RECORDED.read_text()))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(tables.plain(recorded))
    return 1 if any(not goal["met"] for goal in recorded["goals"]) else 0


if __name__ == "__main__":
    sys.exit(main())
