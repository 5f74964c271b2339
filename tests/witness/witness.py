#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""labseal-witness as others meet it: over HTTP, many at once, killed at each fsync.

The log, its proofs and its signatures are made here and by openssl, with nothing of labseal's.
"""
import base64
import hashlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
WITNESS = os.path.join(BUILD, "labseal-witness")
ORIGIN = "labseal/7500-01"
NAME = "witness.example/w1"
passed = failed = skipped = 0


def check(name, holds, seen=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {seen}")


# --- a log, by RFC 6962 and in its own words ---------------------------------------------------


def leaf(i, face):
    return hashlib.sha256(b"\0" + f"entry {i} {face if i >= 10 else 0}".encode()).digest()


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def subproof(m, leaves, whole):
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


class Log:
    def __init__(self, folder):
        self.key = os.path.join(folder, "log.key")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key], check=True)
        self.spki = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"],
                                   check=True, capture_output=True).stdout
        self.id = hashlib.sha256(self.spki).digest()[:4]
        self.vkey = f"{ORIGIN}+{self.id.hex()}+{base64.b64encode(b'%c' % 2 + self.spki).decode()}"

    def checkpoint(self, size, face=0):
        text = f"{ORIGIN}\n{size}\n{base64.b64encode(root([leaf(i, face) for i in range(size)])).decode()}\n"
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(),
                                   check=True, capture_output=True).stdout
        return text, f"\n— {ORIGIN} {base64.b64encode(self.id + signature).decode()}\n"

    def request(self, old, size, face=0):
        text, line = self.checkpoint(size, face)
        proof = subproof(old, [leaf(i, face) for i in range(size)], True) if 0 < old < size else []
        return f"old {old}\n" + "".join(base64.b64encode(h).decode() + "\n" for h in proof) + "\n" + text + line


# --- the witness ---------------------------------------------------------------------------------


class Witness:
    def __init__(self, folder, before=()):
        # as an ordinary user would run it, or as root where there is no such system user
        self.process = subprocess.Popen(
            [*before, WITNESS, "run", "--key", f"{folder}/key", "--logs", f"{folder}/logs", "--state",
             f"{folder}/state", "--listen", "127.0.0.1:0", "--development"],
            stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.said = []
        self.port = None
        for line in self.process.stderr:
            self.said.append(line)
            at = re.search(r"witness\.listening: .* port (\d+)$", line)
            if at:
                self.port = int(at.group(1))
                break
        if not self.port:
            sys.exit("the witness does not start: " + "".join(self.said))
        # so that it never waits for a reader
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def ask(self, body, path="/add-checkpoint", method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.getheader("Content-Type")
        finally:
            connection.close()

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        status = self.process.wait(timeout=60)
        self.reader.join()
        return status


def cosigned(folder, text, lines):
    """openssl's word on a cosignature; the vkey is what init printed."""
    name, _, key = open(f"{folder}/vkey").read().strip().split("+", 2)
    public = base64.b64decode(key)[1:]
    with open(f"{folder}/w.der", "wb") as f:
        f.write(bytes.fromhex("302a300506032b6570032100") + public)
    line = re.fullmatch(r"— (\S+) (\S+)\n", lines)
    if not line or line.group(1) != name:
        return False
    raw = base64.b64decode(line.group(2))
    when = int.from_bytes(raw[4:12], "big")
    with open(f"{folder}/signed", "wb") as f:
        f.write(f"cosignature/v1\ntime {when}\n{text}".encode())
    with open(f"{folder}/signature", "wb") as f:
        f.write(raw[12:])
    return raw[:4] == hashlib.sha256(name.encode() + b"\n\4" + public).digest()[:4] and subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{folder}/w.der", "-rawin",
         "-in", f"{folder}/signed", "-sigfile", f"{folder}/signature"], capture_output=True).returncode == 0


def make(folder):
    os.mkdir(f"{folder}/state", 0o700)
    init = subprocess.run([WITNESS, "init", "--name", NAME, f"{folder}/key"], capture_output=True, text=True)
    check("init makes a key and prints the verifier key",
          init.returncode == 0 and re.fullmatch(rf"{NAME}\+[0-9a-f]{{8}}\+B[A-Za-z0-9+/=]+\n", init.stdout), init)
    check("the key is its owner's alone", os.stat(f"{folder}/key").st_mode & 0o777 == 0o600)
    with open(f"{folder}/vkey", "w") as f:
        f.write(init.stdout)
    again = subprocess.run([WITNESS, "init", "--name", NAME, f"{folder}/key"], capture_output=True, text=True)
    check("a key is never overwritten", again.returncode == 4 and "exist" in again.stderr, again)
    vkey = subprocess.run([WITNESS, "vkey", f"{folder}/key"], capture_output=True, text=True)
    check("vkey prints the same", vkey.stdout == init.stdout)
    log = Log(folder)
    with open(f"{folder}/logs", "w") as f:
        f.write(f"# the instrument's\n{log.vkey}\n")
    return log


def usage(folder):
    def run(*words):
        return subprocess.run([WITNESS, *words], capture_output=True, text=True, timeout=60)

    whole = ["run", "--key", f"{folder}/key", "--logs", f"{folder}/logs", "--state", f"{folder}/state", "--listen"]
    for words, status, wanted in [
        (["run"], 2, "--key, --logs, --state and --listen are needed"),
        (["init", f"{folder}/k2"], 2, "a name and one file"),
        (["init", "--name", "a b", f"{folder}/k2"], 3, "without spaces"),
        (whole + ["localhost:1"], 3, "in numbers"),
        (whole + ["127.0.0.1"], 3, "in numbers"),
        (["run", "--key", f"{folder}/logs", *whole[3:], "127.0.0.1:0"], 3, "make one with 'labseal-witness init'"),
        (whole[:4] + [f"{folder}/vkey", *whole[5:], "127.0.0.1:0"], 3, "line 1 of the list of logs"),
        (whole[:6] + [f"{folder}/none", "--listen", "127.0.0.1:0"], 4, "cannot open the state folder"),
    ]:
        seen = run(*words)
        check(f"refused: {' '.join(words[:1])} {wanted}", seen.returncode == status and wanted in seen.stderr, seen)


def statuses(folder, log):
    w = Witness(folder)
    status, lines, _ = w.ask(log.request(0, 5))
    check("a first checkpoint is cosigned", status == 200, (status, lines))
    check("openssl verifies the cosignature", cosigned(folder, log.checkpoint(5)[0], lines), lines)
    check("and of another text it does not", not cosigned(folder, log.checkpoint(6)[0], lines))
    status, body, kind = w.ask(log.request(3, 8))
    check("the wrong old size: 409 and the right one", (status, body, kind) == (409, "5\n", "text/x.tlog.size"),
          (status, body, kind))
    check("the right one: 200", w.ask(log.request(5, 12))[0] == 200)
    check("a fork of the same size: 409", w.ask(log.request(12, 12, 1))[0] == 409)
    check("a proof of another history: 422", w.ask(log.request(12, 20, 1))[0] == 422)
    request = log.request(12, 20)
    check("a log that is not known: 404", w.ask(request.replace("7500-01", "7500-09"))[0] == 404)
    forged = request[:-12] + ("A" if request[-12] != "A" else "B") + request[-11:]
    check("a forged signature: 403 or malformed", w.ask(forged)[0] in (400, 403))
    check("another text under a signature: 403", w.ask(request.replace("\n20\n", "\n21\n"))[0] == 403)
    check("no request: 400", w.ask("old\n")[0] == 400)
    check("another path: 404", w.ask(request, "/add-entries")[0] == 404)
    check("another method: 405", w.ask(request, method="PUT")[0] == 405)
    check("a huge body: 413", w.ask("old 12\n\n" + "x" * (4 << 20))[0] == 413)
    check("and it goes on", w.ask(request)[0] == 200)
    # one that begins and says no more holds nobody up
    with socket.create_connection(("127.0.0.1", w.port)) as silent:
        silent.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold 1")
        check("beside one that says nothing", w.ask(log.request(20, 21))[0] == 200)
    second = subprocess.run([WITNESS, "run", "--key", f"{folder}/key", "--logs", f"{folder}/logs", "--state",
                             f"{folder}/state", "--listen", "127.0.0.1:0", "--development"],
                            capture_output=True, text=True, timeout=60)
    check("a second one with its state is refused", second.returncode == 4 and "another witness" in second.stderr,
          second)
    check("SIGTERM ends it in order", w.end() == 0)
    check("a fork is told loudly", any("error: witness.fork" in line for line in w.said), w.said)


def greedy(folder, log, size):
    """One address that takes all the places it can get leaves some for others."""
    w = Witness(folder)
    request = log.request(size, size + 1).encode()
    taken = [socket.create_connection(("127.0.0.1", w.port)) for _ in range(80)]
    # sooner than the silent ones are closed, which is after ten seconds
    other = http.client.HTTPConnection("127.0.0.1", w.port, timeout=8, source_address=("127.0.0.2", 0))
    try:
        other.request("POST", "/add-checkpoint", body=request)
        seen = other.getresponse().status
    except (OSError, http.client.HTTPException) as e:
        seen = e
    check("another address is answered beside one that takes all it gets", seen == 200, seen)
    other.close()
    for s in taken:
        s.close()
    # when the witness has seen that they are gone, for which it needs the processor: until then it hangs up
    status, end = None, time.monotonic() + 60
    while status is None and time.monotonic() < end:
        try:
            status = w.ask(log.request(0, 1))[0]
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    check("which is answered again when it lets go", status == 409, status)
    w.end()
    return size + 1


def dripping(folder, log, size):
    """Two addresses take all places, each with a byte now and then, so that none is ever silent: they do not keep them."""
    w = Witness(folder)
    heads = [b"POST /add-checkpoint HTTP/1.1\r\nX: ", b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9000\r\n\r\n"]
    taken = []
    for i in range(64):
        s = socket.create_connection(("127.0.0.1", w.port), source_address=(f"127.0.0.{2 + i % 2}", 0))
        s.sendall(heads[i // 2 % 2])
        taken.append(s)
    request, seen, end = log.request(size, size + 1).encode(), None, time.monotonic() + 60
    while seen not in (200, 409) and time.monotonic() < end:
        for s in taken:
            try:
                s.sendall(b"a")
            except OSError:
                pass
        other = http.client.HTTPConnection("127.0.0.1", w.port, timeout=2, source_address=("127.0.0.4", 0))
        try:
            other.request("POST", "/add-checkpoint", body=request)
            seen = other.getresponse().status
        except (OSError, http.client.HTTPException) as e:
            seen = e
        other.close()
    check("who drips keeps no place for ever", seen in (200, 409), seen)
    check("and it is answered in order", w.ask(log.request(size + 1, size + 2))[0] == 200)
    for s in taken:
        s.close()
    w.end()
    return size + 2


def race(folder, log):
    """Many ask at once, from one size to different ones, on both faces: one alone gets its line."""
    w = Witness(folder)
    requests = [log.request(21, size, face) for size in range(22, 34) for face in (0, 1)]
    answers = [None] * len(requests)

    def ask(i):
        answers[i] = w.ask(requests[i])[0]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(requests))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("of many that ask at once from one size, one is cosigned", answers.count(200) == 1, answers)
    check("the others are told", set(answers) <= {200, 409, 422}, answers)
    w.end()
    w = Witness(folder)
    status, body, _ = w.ask(log.request(0, 1))
    won = requests[answers.index(200)]
    check("it remembers the one after a new start", (status, body) == (409, won.split("\n\n")[1].split("\n")[1] + "\n"),
          (status, body))
    w.end()
    return int(body)


def killed(folder, log, size):
    """Killed at each fsync and rename of its state: whoever got a line finds it remembered."""
    if not shutil.which("strace"):
        global skipped
        skipped += 1
        print("skipped killed at each fsync: there is no strace")
        return size
    for call, when in (("fsync", 1), ("rename", 1), ("fsync", 2)):
        traced = "fsync" if call == "fsync" else "rename,renameat,renameat2"
        w = Witness(folder, ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={traced}", "-e",
                             f"inject={traced}:signal=SIGKILL:when={when}"])
        got = None
        try:
            got = w.ask(log.request(size, size + 1))[0]
        except (OSError, http.client.HTTPException):
            pass
        check(f"killed at {call} {when}", got is None and w.end() != 0, got)
        w = Witness(folder)
        status, body, _ = w.ask(log.request(0, 1))
        known = int(body)
        check(f"killed at {call} {when}: what it remembers is whole", status == 409 and known in (size, size + 1))
        check(f"killed at {call} {when}: no line without memory", got != 200 or known == size + 1, (got, known))
        check(f"killed at {call} {when}: it goes on", w.ask(log.request(known, known + 1))[0] == 200)
        size = known + 1
        w.end()
    return size


def evidence(folder, log, size):
    """Killed at each step of keeping the two checkpoints of a fork: they are there whole, or not at all."""
    kept = os.path.join(f"{folder}/state", hashlib.sha256(ORIGIN.encode()).hexdigest() + ".misbehaviour")
    text, line = log.checkpoint(size)
    other_text, other_line = log.checkpoint(size, 1)

    def is_whole():
        """Both notes, the one that was cosigned first; signatures by ECDSA differ each time."""
        said = open(kept).read()
        return said.startswith(f"labseal-misbehaviour/v1\n\nnote ") and said.index(text) < said.index(other_text) and \
            said.endswith("\n") and said.count(f"— {ORIGIN} ") == 2

    for call, when in (("fsync", 1), ("rename", 1), ("fsync", 2)) if shutil.which("strace") else ():
        traced = "rename,renameat,renameat2" if call == "rename" else call
        w = Witness(folder, ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={traced}", "-e",
                             f"inject={traced}:signal=SIGKILL:when={when}"])
        got = None
        try:
            got = w.ask(log.request(size, size, 1))[0]
        except (OSError, http.client.HTTPException):
            pass
        check(f"evidence, killed at {call} {when}", got is None and w.end() != 0, got)
        check(f"evidence, killed at {call} {when}: whole or not there", not os.path.exists(kept) or is_whole())
        if os.path.exists(kept):
            os.unlink(kept)
    w = Witness(folder)
    check("a fork is refused", w.ask(log.request(size, size, 1))[:2] == (409, f"{size}\n"))
    check("and both its checkpoints are kept", is_whole(), os.listdir(f"{folder}/state"))
    before = os.stat(kept).st_mtime_ns, open(kept).read()
    check("again", w.ask(log.request(size, size, 1))[0] == 409)
    check("they are kept once", (os.stat(kept).st_mtime_ns, open(kept).read()) == before)
    check("the log goes on", w.ask(log.request(size, size + 1))[0] == 200)
    w.end()
    check("where they are is told", any("error: witness.evidence:" in s and os.path.basename(kept) in s for s in w.said), w.said)
    check("nothing else is left in the folder", sorted(os.listdir(f"{folder}/state")) ==
          sorted([os.path.basename(kept), os.path.basename(kept).replace("misbehaviour", "checkpoint")]),
          os.listdir(f"{folder}/state"))


def main():
    with tempfile.TemporaryDirectory(prefix="labseal-witness-") as folder:
        log = make(folder)
        usage(folder)
        statuses(folder, log)
        size = race(folder, log)
        # which face won is known to the state alone: the fork of a new state is the honest log again
        shutil.rmtree(f"{folder}/state")
        os.mkdir(f"{folder}/state", 0o700)
        w = Witness(folder)
        check("with a new state it begins anew", w.ask(log.request(0, size))[0] == 200)
        w.end()
        size = greedy(folder, log, size)
        size = dripping(folder, log, size)
        size = killed(folder, log, size)
        evidence(folder, log, size)
    print(f"witness: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0)


main()
