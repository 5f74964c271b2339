#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""figures.py REPORT.json TABLE.csv: whether both hold the figures that make_run.py put into the file."""
import csv
import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_run as m  # noqa: E402

wrong = []


def near(what, seen, wanted, room):
    if seen is None or abs(seen - wanted) > room:
        wrong.append(f"{what} is {seen}, not {wanted}")


report = json.load(open(sys.argv[1], encoding="utf-8"))
rows = list(csv.DictReader(open(sys.argv[2], encoding="utf-8", newline="")))
curve = next(c for c in report["standard_curves"]["computed"] if c["cq"] == "computed")
near("slope", curve["slope"], -m.log2(10), 0.02)
near("efficiency", curve["efficiency"], 1.0, 0.01)
for well in report["wells"]:
    w, computed = well["index"], well["reactions"][0]["computed"]
    if m.cq(w) is None:
        if computed["ntc_by_computed_cq"] != "clean":
            wrong.append(f"control {w} is {computed['ntc_by_computed_cq']}")
        continue
    near(f"computed Cq of well {w}", computed["cq"], m.cq(w), 0.1)
    table = {float(r["cycle"]): float(r["value"]) for r in rows
             if r["well"] == well["position"] and r["curve"] == "delta_rn" and r["target"] == m.TARGET}
    for cycle in range(1, 41):
        near(f"delta Rn of well {w}, cycle {cycle}", table.get(cycle), m.delta(w, cycle), 0.002)
cells = [r["sample"] for r in rows]
if any(c[:1] in "=+-@" for c in cells if c) or math.isnan(curve["r2"]):
    wrong.append("a formula, or no number")
print("\n".join(wrong[:20]) or f"{len(report['wells'])} wells, {len(rows)} rows")
sys.exit(bool(wrong))
