#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/corpus/run/: good-* must be read, bad-WHY__ID must be refused with that id.

    make_corpus.py [FOLDER]
"""
import os
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_run as m  # noqa: E402

folder = sys.argv[1] if len(sys.argv) > 1 else "tests/corpus/run"
os.makedirs(folder, exist_ok=True)


def path(name):
    return os.path.join(folder, name)


def put(name, data):
    with open(path(name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def get(name):
    with open(path(name), "rb") as f:
        return f.read()


def make(kind, name, *words):
    m.KINDS[kind](path(name), m.options(words))


def archive(name, *entries):
    m.store(path(name), entries)


make("7500", "good-7500")
make("7500", "good-7500-empty-plate", "wells=0")
make("quantstudio", "good-quantstudio", "wells=4", "melt=1")
make("text", "good-text")
make("text", "good-text-utf16", "encoding=utf-16", "eol=crlf", "wells=4")
make("text", "good-text-windows-1252", "encoding=cp1252", "ct=CT", "wells=4")
make("text", "good-text-comma", "decimal=,", "wells=4")
make("text", "good-text-melt", "wells=3", "cycles=2", "melt=1")
for version in ("1.0", "1.1", "1.2", "1.3"):
    make("rdml", "good-rdml-" + version, "version=" + version, "wells=4")
make("rdml", "good-rdml-plain-melt", "zip=0", "wells=3", "cycles=3", "melt=1")

row = "[Results]\nWell\tTarget Name\tCT\n"
put("good-text-hostile", "* Block Type = 96fast\n" + row + "x\tT\t1\n1\tT\t1e999\n2\tT\tNaN\n3\tT\t-inf\n1\t\t\n\t\t\n999\tT\t5\n"
    "[Amplification Data]\nWell\tCycle\tTarget Name\tRn\n1\t0\tT\t1\n1\t5000\tT\t1\n1\t1e9\tT\t1\n1\t3\tT\t0x10\n[Unknown Things]\na\tb\n")
put("good-text-7500-melt-region", "[Melt Region Temperature Data]\nWell\tWell Location\tTarget\tReporter\tReading 1\tReading 2\tReading 3\n"
    "1\tA1\tT\tFAM\t60.0\t61.0\t62.0\n\n[Melt Region Normalized Data]\nWell\tWell Location\tTarget\tReporter\tReading 1\tReading 2\tReading 3\n"
    "1\tA1\tT\tFAM\t3.0\t2.0\t0.5\n")
archive("good-eds-part-broken", ("apldbio/sds/experiment.xml", "<Experiment><Name>"),
        ("apldbio/sds/plate_setup.xml", m.plate_xml(m.options(["wells=2"]))))

good = get("good-7500")
put("bad-empty__report.run.unknown", "")
put("bad-words__report.run.unknown", "These are words.\n")
put("bad-elf__report.run.unknown", b"\x7fELF\x02\x01\x01" + bytes(100))
put("bad-java__report.run.unknown", m.JAVA)
put("bad-cut__zip.malformed", good[: len(good) * 2 // 3])
put("bad-cut-end__zip.malformed", good[:-1])
put("bad-trailing__zip.malformed", good + bytes(70000))
archive("bad-zip__report.run.unknown", ("word/document.xml", "<a/>"), ("b.xml", "<b/>"))
archive("bad-newer-eds__report.run.unknown", ("setup/plate_setup.json", "{}"), ("run/run_summary.json", "{}"))
archive("bad-nothing__report.eds.nothing", ("apldbio/sds/experiment.xml", "<Experiment>"), ("apldbio/sds/plate_setup.xml", b"\xac\xed\0\5"))
archive("bad-bomb__report.eds.nothing", ("apldbio/sds/experiment.xml", " " * (40 << 20)))
archive("bad-doctype__report.eds.nothing", ("apldbio/sds/experiment.xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><Experiment>&x;</Experiment>"))
encrypted = bytearray(get("good-eds-part-broken"))
for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
    at = encrypted.find(magic)
    while at >= 0:
        encrypted[at + flags] |= 1
        at = encrypted.find(magic, at + 1)
put("bad-encrypted__zip.encrypted", bytes(encrypted))

many = "<FeatureMap><Feature><Id>sample</Id></Feature><FeatureValue><Index>1000000000</Index></FeatureValue></FeatureMap>"
archive("bad-wells__report.run.limit", ("apldbio/sds/plate_setup.xml", f"<Plate><Rows>100000</Rows><Columns>10000</Columns>{many}</Plate>"))
stages = "<TCStage><NumOfRepetitions>1000000000</NumOfRepetitions></TCStage>" * 101
archive("bad-stages__report.run.limit", ("apldbio/sds/tcprotocol.xml", f"<TCProtocol>{stages}</TCProtocol>"))
put("bad-text-wells__report.run.limit", row + "1000000000\tT\t20\n")
put("bad-text-targets__report.run.limit", row + "".join(f"1\tT{i}\t20\n" for i in range(100)))
put("bad-text-only-head__report.text.nothing", "* Block Type = 96fast\n* Chemistry = TAQMAN\n")
put("bad-text-cut__report.text.nothing", "* Block Type = 96fast\n\n[Resul")

rdml = "<?xml version='1.0'?><rdml version='1.2' xmlns='http://www.rdml.org'>"
put("bad-rdml-no-run__report.rdml.nothing", rdml + "<sample id='a'/></rdml>")
put("bad-rdml-cut__report.xml.malformed", rdml + "<experiment id='a'><run id='b'><react id='1'>")
put("bad-rdml-doctype__report.xml.doctype", "<?xml version='1.0'?><!DOCTYPE rdml SYSTEM 'http://127.0.0.1/x'>" + rdml[21:] + "</rdml>")
react = "<experiment id='a'><run id='b'><react id='{}'><sample id='s'/><data><tar id='t'/></data></react></run></experiment></rdml>"
put("bad-rdml-wells__report.run.limit", rdml + react.format(10**9))
put("bad-rdml-deep__report.xml.depth", rdml + "<a>" * 40)
archive("bad-rdml-zip-cut__report.xml.malformed", ("rdml_data.xml", rdml))

# single entries for the fuzz target eds_part: the first byte says which
parts = os.path.join(os.path.dirname(folder.rstrip("/")), "eds_part")
os.makedirs(parts, exist_ok=True)
o = m.options(["wells=2", "cycles=3", "melt=1"])
entries = ["Implementation-Version: 7500 Software v2.3\n", m.experiment_xml(o), m.plate_xml(o), m.protocol_xml(o), m.multicomponent_xml(o),
           m.multicomponent_text(m.options(["wells=1", "cycles=2"])), m.filters_xml(o), m.results_text(o), m.settings_xml(o), m.PUREDYE]
for i, text in enumerate(entries):
    with open(os.path.join(parts, f"good-{i}"), "wb") as f:
        f.write(bytes([i]) + text.encode())
