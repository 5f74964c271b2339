# SPDX-License-Identifier: Apache-2.0
"""A made-up text export of a real-time PCR instrument: standards, controls, unknowns, and their curves.

    python3 make_export.py [--wells 96] [--sample NAME] [--target NAME] [--melt] >plate.txt
"""
import argparse
import math
import sys

CYCLES = 40


def task(well, columns):
    return {0: "STANDARD", 1: "NTC"}.get(well % columns, "UNKNOWN")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wells", type=int, default=96)
    parser.add_argument("--sample", default="sample")
    parser.add_argument("--target", action="append")
    parser.add_argument("--melt", action="store_true")
    a = parser.parse_args()
    columns = 12 if a.wells <= 96 else 24
    targets = a.target or ["RNase P"]
    out = sys.stdout.write

    def place(w):
        return f"{chr(65 + w // columns)}{w % columns + 1}"

    def quantity(w):
        return 10 ** (1 + w // columns % 6)

    def cq(w, t):
        return 38 - 3.32 * math.log10(quantity(w)) + t

    out(f"* Block Type = {96 if columns == 12 else 384}-Well Block\n"
        "* Calibration Background is expired  = No\n* Calibration Background performed on  = 2026-01-25 02:19:21 AM GMT\n"
        "* Calibration ROI is expired  = Yes\n* Calibration ROI performed on  = 2024-08-25 02:12:12 AM GMT\n"
        f"* Chemistry = TAQMAN\n* Experiment Name = {a.sample}\n* Experiment Run End Time = 2026-01-31 09:09:19 PM GMT\n"
        "* Experiment Type = Standard Curve\n* Instrument Name = PCR-3\n* Instrument Serial Number = 275010203\n"
        "* Instrument Type = 7500 Fast\n* Passive Reference = ROX\n\n"
        "[Sample Setup]\nWell\tWell Position\tSample Name\tTarget Name\tTask\tReporter\tQuencher\tQuantity\n")
    for w in range(a.wells):
        for t in targets:
            given = quantity(w) if task(w, columns) == "STANDARD" else ""
            out(f"{w + 1}\t{place(w)}\t{a.sample}\t{t}\t{task(w, columns)}\tFAM\tNone\t{given}\n")
    out("\n[Amplification Data]\nWell\tCycle\tTarget Name\tRn\tDelta Rn\n")
    for w in range(a.wells):
        for n, t in enumerate(targets):
            for c in range(1, CYCLES + 1):
                rise = 0.001 if task(w, columns) == "NTC" else 4 / (1 + math.exp((cq(w, n) + 5 - c) / 1.6))
                rise += w * c % 11 / 5000
                out(f"{w + 1}\t{c}\t{t}\t{rise + 1:.4f}\t{rise:.4f}\n")
    out("\n[Multicomponent Data]\nWell\tWell Position\tCycle\tFAM\tROX\n")
    for w in range(a.wells):
        for c in range(1, CYCLES + 1):
            rise = 0 if task(w, columns) == "NTC" else 90000 / (1 + math.exp((cq(w, 0) + 5 - c) / 1.6))
            out(f"{w + 1}\t{place(w)}\t{c}\t{30000 + rise + w * 97:.1f}\t{52000 + w * c % 301}.25\n")
    out("\n[Results]\nWell\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\tQuencher\tCT\tCt Threshold\n")
    for w in range(a.wells):
        for n, t in enumerate(targets):
            value = "Undetermined" if task(w, columns) == "NTC" else f"{cq(w, n):.3f}"
            out(f"{w + 1}\t{place(w)}\tfalse\t{a.sample}\t{t}\t{task(w, columns)}\tFAM\tNone\t{value}\t0.2\n")
    if a.melt:
        out("\n[Melt Curve Raw Data]\nWell\tWell Position\tReading\tTemperature\tFluorescence\tDerivative\n")
        for w in range(a.wells):
            for i in range(300):
                t = 60 + i / 8
                out(f"{w + 1}\t{place(w)}\t{i + 1}\t{t:.3f}\t{5 / (1 + math.exp((t - 82) / 0.8)):.3f}\t"
                    f"{6 * math.exp(-(t - 82) ** 2):.4f}\n")


main()
