# SPDX-License-Identifier: Apache-2.0
"""What xp-import and xp-media share: faults, and running the tools that do the work."""
import hashlib
import os
import signal
import subprocess
import sys


class Fault(Exception):
    """Something that was given cannot be used: which, why, and what to do."""


class Missing(OSError):
    """A tool is not installed."""


PACKAGES = {"qemu-img": "qemu-utils", "sfdisk": "fdisk", "xorriso": "xorriso", "genisoimage": "genisoimage"}


def start(*command, **options):
    """A tool's process, in English."""
    environment = dict(os.environ, LC_ALL="C", PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    try:
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment, **options)
    except FileNotFoundError as error:
        package = PACKAGES.get(command[0], "ntfs-3g")
        raise Missing(f"there is no '{command[0]}'; install the package {package}") from error


def run(*command, **options):
    """What a tool did: its CompletedProcess."""
    with start(*command, **options) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            process.kill()  # interrupted: what it writes is removed
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def words(done):
    """The last lines of what a tool said, as one."""
    text = (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace")
    return " ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())[-400:]


def say(text):
    print(text, file=sys.stderr)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def main(name, work):
    """Run a tool's work; 0 done, 1 refused, 4 the system failed.  Interrupted, it leaves nothing behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        work()
    except KeyboardInterrupt:
        return 130
    except Fault as fault:
        say(f"{name}: {fault}")
        return 1
    except OSError as error:
        say(f"{name}: {error}")
        return 4
    return 0
