#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""calibrated_share.py MAKE_SHARE FOLDER REPORT SEAL: a share of three results, of which SEAL says that REPORT was in force.

What it seals is not signed anew: the share is for programs that read records, not for those that verify them.
"""
import glob
import json
import subprocess
import sys

make_share, folder, report, seal = sys.argv[1:]
subprocess.run([make_share, "--results", "3", "--events", "0", folder], check=True)
(path,) = glob.glob(f"{folder}/share/results/*/{int(seal):06d}-*/record.json")
record = json.load(open(path, encoding="utf-8"))
record["calibration"] = {
    "verdict": "TRACEABLE",
    "device": "Thermometer",
    "device_id": "11" * 32,
    "quantity": "",
    "report": report,
    "performed": "2026-05-22T00:00:00.000Z",
    "due": None,
}
json.dump(record, open(path, "w", encoding="utf-8"), indent=1)
