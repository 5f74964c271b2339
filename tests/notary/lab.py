# SPDX-License-Identifier: Apache-2.0
"""What the notary's tests run it against: a share, our witness, a witness that says what it is told to."""
import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
COUNT = {"passed": 0, "failed": 0}


def check(name, holds, seen=""):
    COUNT["passed" if holds else "failed"] += 1
    if not holds:
        print(f"FAILED {name}: {seen}")


def finish(suite):
    print(f"{suite}: {COUNT['passed']} passed, {COUNT['failed']} failed, 0 skipped")
    sys.exit(COUNT["failed"] > 0)


class Place:
    """A share, and what a policy says of it."""

    def __init__(self, work):
        self.work = work
        subprocess.run([f"{BUILD}/tests/tools/make_share", "--results", "7", f"{work}/made"], check=True)
        self.take(f"{work}/made")

    def take(self, folder):
        """Of a folder that make_share made."""
        self.folder, self.share = folder, f"{folder}/share"
        self.origin = self.checkpoint().split("\n")[0]
        self.log_key = re.search(r"^log (\S+)$", open(f"{self.folder}/trust.txt").read(), re.M).group(1)

    def checkpoint(self):
        return open(f"{self.share}/log/checkpoint").read()

    def fresh(self):
        self.state = tempfile.mkdtemp(dir=self.work)
        os.chmod(self.state, 0o755)

    def policy(self, url=None, witnesses=(), every=10, ca="ca.pem"):
        path = f"{self.state}.yaml"
        with open(path, "w") as f:
            f.write(f"""version: 1
instrument: {{id: 7500-01}}
state: {self.state}
vm: {{boot: {{kernel: /k}}}}
signing:
  origin: {self.origin}
""")
            if url:
                f.write(f"  timestamp: {{url: \"{url}\", ca: {self.work}/{ca}, every: {every}}}\n")
            if witnesses:
                f.write("  witnesses: [" + ", ".join(f'"{w}"' for w in witnesses) + "]\n")
            f.write(f"publish: {{share: {self.share}}}\ndevelopment: true\n")
        return path

    def file(self, name):
        try:
            return open(f"{self.state}/notary/{name}").read()
        except FileNotFoundError:
            return None


class Notary:
    """Runs until a line of its log matches, or all that must come have come."""

    def __init__(self, policy):
        self.said = []
        self.process = subprocess.Popen([f"{BUILD}/labseal-notary", policy], stderr=subprocess.PIPE, text=True)
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            with self.news:
                self.said.append(line)
                self.news.notify_all()
        with self.news:
            self.said.append("")
            self.news.notify_all()

    def says(self, pattern, count=1, bound=60):
        with self.news:
            return self.news.wait_for(lambda: sum(bool(re.search(pattern, s)) for s in self.said) >= count or
                                      self.said[-1:] == [""], bound) and \
                sum(bool(re.search(pattern, s)) for s in self.said) >= count

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.reader.join()
        return status


def wait_for(holds, bound=30):
    end = time.monotonic() + bound
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


class OurWitness:
    def __init__(self, place, name):
        self.folder = tempfile.mkdtemp(dir=place.work)
        os.mkdir(f"{self.folder}/state")
        self.vkey = subprocess.run([f"{BUILD}/labseal-witness", "init", "--name", name, f"{self.folder}/key"],
                                   check=True, capture_output=True, text=True).stdout.strip()
        with open(f"{self.folder}/logs", "w") as f:
            f.write(place.log_key + "\n")
        self.process = subprocess.Popen(
            [f"{BUILD}/labseal-witness", "run", "--key", f"{self.folder}/key", "--logs", f"{self.folder}/logs",
             "--state", f"{self.folder}/state", "--listen", "127.0.0.1:0", "--development"],
            stderr=subprocess.PIPE, text=True)
        line = ""
        while "witness.listening" not in line:
            line = self.process.stderr.readline()
            if not line:
                sys.exit("the witness does not start")
        self.url = f"http://127.0.0.1:{line.rsplit(' ', 1)[1].strip()}"
        self.at = f"{self.vkey} {self.url}"
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Liar:
    """A witness with a key of its own (openssl's), which answers as it is told to."""

    def __init__(self, work, name="liar.example/w"):
        self.name, self.key = name, f"{tempfile.mkdtemp(dir=work)}/key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.public = der[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n\4" + self.public).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(b'%c' % 4 + self.public).decode()}"

    def line(self, text, when):
        with open(f"{self.key}.message", "wb") as f:
            f.write(f"cosignature/v1\ntime {when}\n{text}".encode())
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in",
                                    f"{self.key}.message"], check=True, capture_output=True).stdout
        return f"— {self.name} {base64.b64encode(self.id + when.to_bytes(8, 'big') + signature).decode()}\n"
