#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""some_settings.py FROM TO NAME ...: the settings of these names, out of FROM's files, in TO/10-some.conf, in this order."""
import configparser
import pathlib
import sys

found, made = {}, configparser.ConfigParser(interpolation=None)
made.optionxform = str
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.conf")):
    conf = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    conf.optionxform = str
    conf.read(path, encoding="utf-8")
    for name in conf.sections():
        found[name] = {key: " ".join(value.split()) for key, value in conf[name].items()}
for name in sys.argv[3:]:
    if name not in found:
        sys.exit(f"there is no setting {name}")
    made[name] = found[name]
with open(pathlib.Path(sys.argv[2]) / "10-some.conf", "w", encoding="utf-8") as out:
    made.write(out)
