#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""labseal cal sync against web servers that are right, lie, stall, or stop; the registry's writer, killed at each step."""
import base64
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
LABSEAL = f"{BUILD}/labseal-audit"
passed = failed = 0


def check(name, holds, seen=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {seen}")


def cal(*words, prefix=(), **more):
    return subprocess.run([*prefix, LABSEAL, "cal", *words], capture_output=True, text=True, timeout=120, **more)


def heartbeats(registry, first, count):
    lines = "".join(f"heartbeat --issued {when(i)}\n" for i in range(first, first + count))
    done = cal("issue", "--registry", registry, "--batch", "-", input=lines)
    assert done.returncode == 0, done.stderr


def when(i):
    return f"2021-{1 + i // 672 % 12:02}-{1 + i // 24 % 28:02}T{i % 24:02}:{i // 8064 % 60:02}:00Z"


class Server:
    """A folder's files over HTTP, with a lie told now and then."""

    def __init__(self, folder):
        self.folder, self.asked, self.lie = folder, [], None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((self.path, tuple(sorted(h.lower() for h in self.headers.keys()))))
                if outer.lie and outer.lie(self, self.path.lstrip("/")):
                    return
                outer.give(self, self.path.lstrip("/"))

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def body(self, path):
        try:
            with open(f"{self.folder}/{path}", "rb") as f:
                return f.read()
        except OSError:
            return None

    def give(self, handler, path):
        body = self.body(path)
        answer(handler, 404 if body is None else 200, body or b"")


def answer(handler, status, body, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def changed(part):
    """A file's bytes with one of them another."""
    def lie(handler, path):
        if part not in path or server.body(path) is None:
            return False
        body = bytearray(server.body(path))
        body[len(body) // 2] ^= 1
        answer(handler, 200, bytes(body))
        return True
    return lie


def changed_root(handler, path):
    """The checkpoint with another root, which nobody signed."""
    if "checkpoint" not in path:
        return False
    lines = server.body(path).split(b"\n")
    lines[2] = (b"A" if lines[2][:1] != b"A" else b"B") + lines[2][1:]
    answer(handler, 200, b"\n".join(lines))
    return True


def with_answer(part, status, body=b"", **headers):
    def lie(handler, path):
        if part in path:
            answer(handler, status, body, **headers)
            return True
        return False
    return lie


def cut(part):
    def lie(handler, path):
        if part in path and server.body(path):
            answer(handler, 200, server.body(path)[:-7])
            return True
        return False
    return lie


def endless(part):
    """More than any file may have, without a length."""
    def lie(handler, path):
        if part not in path:
            return False
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            for _ in range(4096):
                handler.wfile.write(bytes(65536))
        except OSError:
            pass
        handler.close_connection = True
        return True
    return lie


def stalled(part):
    released = threading.Event()

    def lie(handler, path):
        if part not in path:
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.wfile.flush()
        released.wait(60)
        handler.close_connection = True
        return True
    lie.release = released.set
    return lie


def stopping_after(number):
    """A server that goes away after so many files."""
    def lie(handler, path):
        if len(server.asked) <= number:
            return False
        handler.close_connection = True
        handler.connection.close()
        return True
    return lie


def paths():
    return [path for path, _ in server.asked]


def sync(mirror, *words):
    server.asked.clear()
    return cal("sync", "--trust", trust, *words, server.url, mirror)


def test_honest():
    done = sync(f"{work}/m")
    check("a mirror over HTTP", done.returncode == 0 and "700 entries, 700 of them new" in done.stdout, done)
    whole = len(server.asked)
    check("each file once", len(set(paths())) == whole, paths())
    done = sync(f"{work}/m")
    check("again: the checkpoint alone is asked for", paths() == ["/log/checkpoint"], paths())
    heartbeats(registry, 700, 100)
    done = sync(f"{work}/m", "--json")
    check("it goes on", done.returncode == 0, done)
    told = json.loads(done.stdout or "{}")
    check("what is new alone", told.get("before") == 700 and told.get("size") == 800 and not any("entries/000" in p for p in paths()), paths())
    done = cal("sync", "--check", f"{work}/m")
    check("all of it holds", done.returncode == 0, done)
    check("no socket is opened to verify", cal("sync", "--check", f"{work}/m", prefix=[f"{BUILD}/tests/tools/no_sockets"]).returncode == 0)
    denied = subprocess.run([f"{BUILD}/tests/tools/no_sockets", LABSEAL, "cal", "sync", server.url, f"{work}/m"], capture_output=True)
    check("and that would be seen", denied.returncode != 0, denied)


def test_anonymous():
    sync(f"{work}/a1")
    first = list(server.asked)
    cal("trace", "--registry", f"{work}/a1", "--trust", trust, "Any device")
    after_trace = len(server.asked)
    sync(f"{work}/a2")
    check("looking something up asks nobody", after_trace == len(first), server.asked)
    check("all who copy ask the same", server.asked == first, server.asked)
    said = {name for _, headers in first for name in headers}
    check("nothing says who asks", said <= {"host", "user-agent", "accept"}, said)


def test_broken_off():
    server.lie = stopping_after(5)
    done = sync(f"{work}/b")
    check("the server went away: told", done.returncode == 3 and "does not answer" in done.stderr, done)
    check("no half of a mirror", not os.path.exists(f"{work}/b/log/checkpoint"))
    server.lie = None
    done = sync(f"{work}/b")
    bundles = [p for p in paths() if "/entries/" in p]
    check("what was fetched is not fetched again", done.returncode == 0 and len(bundles) < 4, paths())
    check("and the mirror is whole", cal("sync", "--check", f"{work}/b").returncode == 0)


LIES = [
    ("a changed entry", lambda: changed("entries/000"), 1, "other entries than the tree"),
    ("a changed last bundle", lambda: changed("entries/003"), 1, "other entries than the tree"),
    ("a changed tile above", lambda: changed("tile/1/"), 1, "is damaged, or lies"),
    ("a changed leaf tile", lambda: changed("tile/0/003"), 1, "is damaged, or lies"),
    ("a changed checkpoint", lambda: changed_root, 1, "log/checkpoint"),
    ("a bundle cut short", lambda: cut("entries/001"), 1, "other entries than the tree"),
    ("a tile cut short", lambda: cut("tile/0/003"), 1, "is too short"),
    ("a bundle that is not there", lambda: with_answer("entries/002", 404), 1, "is not there, though its checkpoint covers it"),
    ("a server's failure", lambda: with_answer("entries/002", 500), 3, "status 500"),
    ("a redirect", lambda: with_answer("entries/002", 302, Location="http://127.0.0.1:1/"), 3, "status 302"),
    ("a redirect to a file", lambda: with_answer("checkpoint", 302, Location="file:///etc/passwd"), 3, "status 302"),
    ("a page for the checkpoint", lambda: with_answer("checkpoint", 200, b"<html>log in</html>\n"), 1, "checkpoint"),
    ("an endless checkpoint", lambda: endless("checkpoint"), 3, "more than 65536 bytes"),
    ("an endless bundle", lambda: endless("entries/001"), 3, "more than"),
    ("an endless tile", lambda: endless("tile/1/"), 3, "more than 8192 bytes"),
]


def test_lies():
    for name, lie, status, words in LIES:
        mirror = tempfile.mkdtemp(dir=work)
        server.lie = lie()
        done = sync(mirror)
        check(f"{name}: told", done.returncode == status and words in done.stderr, done)
        check(f"{name}: no mirror of it", not os.path.exists(f"{mirror}/log/checkpoint"))
        server.lie = None
        done = sync(mirror)
        check(f"{name}: nothing of it stays", done.returncode == 0 and
              cal("sync", "--check", mirror).returncode == 0, done)
        shutil.rmtree(mirror)


def test_stall():
    server.lie = stalled("entries/001")
    done = sync(f"{work}/s", "--timeout", "2")
    server.lie.release()
    server.lie = None
    check("a source that stands still", done.returncode == 3 and "does not answer" in done.stderr, done)


def test_documents():
    """One certificate that the server does not give ends no sync: it is missing, and told by its name."""
    text = b"not a certificate"
    name = hashlib.sha256(text).hexdigest()
    lies = [("403", with_answer("documents/", 403)), ("500", with_answer("documents/", 500)), ("404", with_answer("documents/", 404)),
            ("endless", endless("documents/")), ("another file", with_answer("documents/", 200, b"other"))]
    for what, lie in lies:
        mirror = tempfile.mkdtemp(dir=work)
        os.makedirs(f"{mirror}/documents")
        with open(f"{mirror}/documents/wanted", "w") as f:
            f.write(f"{name}\n{name}\n")
        server.lie = lie
        done = sync(mirror)
        check(f"a document, {what}: the log is there", done.returncode == 0 and os.path.exists(f"{mirror}/log/checkpoint"), done)
        check(f"a document, {what}: told", f"documents/{name}" in done.stderr and "does not have 1 cert" in done.stderr, done)
        check(f"a document, {what}: once", open(f"{mirror}/documents/wanted").read() == name + "\n")
        shutil.rmtree(f"{mirror}/log")
        done = sync(mirror, "--max-bytes", "2000000")
        check(f"a document, {what}: the limit counts", done.returncode == (3 if what == "endless" else 0), done)
        server.lie = None
        shutil.rmtree(mirror)
    mirror = tempfile.mkdtemp(dir=work)
    os.makedirs(f"{mirror}/documents")
    server.lie = stalled("documents/")
    with open(f"{mirror}/documents/wanted", "w") as f:
        f.write(f"{name}\n")
    done = sync(mirror, "--timeout", "2")
    server.lie.release()
    server.lie = None
    check("a document, the server stands still: told", done.returncode == 3 and "does not answer" in done.stderr, done)


def with_lines(lines):
    """The checkpoint with the log's own line and these in place of its cosignatures."""
    def lie(handler, path):
        if path != "log/checkpoint":
            return False
        text, signatures = server.body(path).split(b"\n\n", 1)
        answer(handler, 200, text + b"\n\n" + signatures.split(b"\n")[0] + b"\n" + "".join(lines).encode())
        return True
    return lie


def junk_line(name, key_id=None):
    signature = (key_id or os.urandom(4)) + os.urandom(72)
    return f"\u2014 {name} {base64.b64encode(signature).decode()}\n"


def check_junk_lines(key):
    """Whoever serves the checkpoint of the same size with made-up lines takes no cosignature away."""
    global trust
    plain, trust = trust, f"{work}/trust-witness"
    with open(trust, "w") as f:
        lines = open(plain).read().splitlines(keepends=True)
        f.write("".join(lines[:2]) + f"witness {key}\nquorum 1\n" + "".join(lines[2:]))
    name, key_id = key.split("+")[0], bytes.fromhex(key.split("+")[1])
    real = [line for line in open(f"{registry}/log/checkpoint") if f" {name} " in line]
    made_up = [junk_line(f"w{i}.example/x") for i in range(31)]
    lies = [("31 names", made_up), ("31 of the log's name", [junk_line("registry.example/cal") for _ in range(31)]),
            ("31 of the witness's name and key", [junk_line(name, key_id) for _ in range(31)])]

    def kept(mirror):
        return [line for line in open(f"{mirror}/log/checkpoint") if f" {name} " in line]

    for what, lines in lies:
        mirror = tempfile.mkdtemp(dir=work)
        for order in ("the real one", "the lie", "the real one again"):
            server.lie = with_lines(lines) if order == "the lie" else None
            done = sync(mirror)
            check(f"{what}, {order}: the cosignature is there", done.returncode == 0 and kept(mirror) == real, (done, kept(mirror)))
        mirror = tempfile.mkdtemp(dir=work)
        server.lie = with_lines(lines)
        sync(mirror)
        server.lie = None
        done = sync(mirror)
        check(f"{what}, first: it makes room", done.returncode == 0 and kept(mirror) == real, (done, kept(mirror)))
        check(f"{what}: and the mirror holds", cal("sync", "--check", mirror).returncode == 0)
    mirror = tempfile.mkdtemp(dir=work)
    sync(mirror)
    server.lie = with_lines(made_up)
    done = cal("sync", server.url, mirror)
    server.lie = None
    check("without a trust file, new names do not displace it", done.returncode == 0 and kept(mirror) == real, done)
    trust = plain


def test_witness():
    """A witness cosigns the registry, the mirror takes its line, and age is told by it; a fork is not cosigned."""
    folder = f"{work}/w"
    os.makedirs(f"{folder}/state")
    key = subprocess.run([f"{BUILD}/labseal-witness", "init", "--name", "witness.example/w", f"{folder}/key"],
                         check=True, capture_output=True, text=True).stdout.strip()
    with open(f"{folder}/logs", "w") as f:
        f.write(open(f"{registry}/log.vkey").read())
    process = subprocess.Popen([f"{BUILD}/labseal-witness", "run", "--key", f"{folder}/key", "--logs", f"{folder}/logs",
                                "--state", f"{folder}/state", "--listen", "127.0.0.1:0", "--development"],
                               stderr=subprocess.PIPE, text=True)
    line = ""
    while "witness.listening" not in line:
        line = process.stderr.readline()
        assert line, "the witness does not start"
    url = f"http://127.0.0.1:{line.rsplit(' ', 1)[1].strip()}"
    threading.Thread(target=process.stderr.read, daemon=True).start()
    fork = f"{work}/fork"
    shutil.copytree(registry, fork)
    done = cal("witness", "--registry", registry, "--witness", key, url)
    check("a witness cosigns", done.returncode == 0, done)
    sync(f"{work}/m")
    with open(f"{work}/m/log/checkpoint") as f:
        check("the mirror has its line", "witness.example/w" in f.read())
    check_junk_lines(key)
    heartbeats(registry, 900, 1)
    check("and cosigns what continues it", cal("witness", "--registry", registry, "--witness", key, url).returncode == 0)
    heartbeats(fork, 901, 1)
    done = cal("witness", "--registry", fork, "--witness", key, url)
    check("and no other history", done.returncode != 0 and "cosigned" in done.stderr, done)
    done = cal("witness", "--registry", registry, "--witness", key.replace("witness.example", "other.example"), url)
    check("another key than the witness's", done.returncode != 0, done)
    process.terminate()
    process.wait(timeout=60)


KILLING = ["fsync", "rename,renameat,renameat2", "unlink,unlinkat", "mkdirat"]


def test_killed():
    """Killed at each such call of an append: the log holds, and the next append goes on."""
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        print("skipped: no strace here")
        return
    small = f"{work}/small"
    made = cal("init", "--origin", "registry.example/small", "--log-key", f"{work}/small.pem", "--make-key", small)
    assert made.returncode == 0, made
    heartbeats(small, 0, 254)
    small_trust = f"{work}/small-trust"
    with open(small_trust, "w") as f:
        f.write(open(trust).read().replace(open(trust).read().split("\n")[1], made.stdout.strip()))
    start, end = f"{work}/start", 0
    shutil.copytree(small, start)
    for call in KILLING:
        for number in range(1, 200):
            shutil.rmtree(small)
            shutil.copytree(start, small)
            inject = f"inject={call}:signal=KILL:when={number}"
            lines = "".join(f"heartbeat --issued {when(i)}\n" for i in range(300, 303))
            done = cal("issue", "--registry", small, "--batch", "-", input=lines,
                       prefix=["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject])
            if done.returncode >= 0 and done.returncode != 137:
                break
            end += 1
            held = cal("sync", f"{small}", f"{work}/copy{end}", "--trust", small_trust)
            size = int(open(f"{small}/log/checkpoint").read().split("\n")[1])
            more = cal("issue", "--registry", small, "heartbeat", "--issued", when(400))
            then = cal("sync", f"{small}", f"{work}/copy{end}")
            shutil.rmtree(f"{work}/copy{end}", ignore_errors=True)
            if held.returncode or more.returncode or then.returncode or size not in (254, 257):
                check(f"killed at {call} {number}", False, (held, more, then, size))
    check("killed at many places", end > 20, end)


def test_key_killed():
    """Killed at each such call while it is given an Ed25519 key: a registry without it or with it, which goes on; again ends it."""
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        print("skipped: no strace here")
        return
    old, start, end = f"{work}/keyed", f"{work}/keyed-start", 0
    made = cal("init", "--origin", "registry.example/keyed", "--log-key", f"{work}/keyed.pem", "--make-key", start)
    assert made.returncode == 0, made
    for i in range(3):
        heartbeats(start, i, 1)
    second = f"{work}/keyed-second.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", second], check=True, capture_output=True)

    def lines():
        paths = [f"{old}/log/checkpoint"] + [f"{old}/log/checkpoints/{name}" for name in os.listdir(f"{old}/log/checkpoints")]
        return [open(path).read().count("\u2014 registry.example/keyed ") for path in paths]

    for call in ["write", "fchmod", "fsync", "rename,renameat,renameat2"]:
        for number in range(1, 400):
            shutil.rmtree(old, ignore_errors=True)
            shutil.copytree(start, old)
            inject = f"inject={call}:signal=KILL:when={number}"
            done = cal("add-key", "--ed25519-key", second, old,
                       prefix=["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject])
            if done.returncode >= 0 and done.returncode != 137:
                break
            end += 1
            named = open(f"{old}/log.vkey").read().count("\n")
            kept = open(f"{old}/log.vkey").readline() == open(f"{start}/log.vkey").readline()
            whole = named in (1, 2) and kept and (named == 1 or set(lines()) == {2})
            more = cal("issue", "--registry", old, "heartbeat", "--issued", when(40))
            again = cal("add-key", "--ed25519-key", second, old)
            then = cal("issue", "--registry", old, "heartbeat", "--issued", when(41))
            if not whole or more.returncode or again.returncode or then.returncode or set(lines()) != {2}:
                check(f"a key: killed at {call} {number}", False, (named, more, again, then, lines()))
    check("a key: killed at many places", end > 20, end)


work = tempfile.mkdtemp(prefix="labseal-registry-")
try:
    registry, trust = f"{work}/registry", f"{work}/trust"
    made = cal("init", "--origin", "registry.example/cal", "--log-key", f"{work}/log.pem", "--make-key", registry)
    assert made.returncode == 0, made
    heartbeats(registry, 0, 700)
    nmi = subprocess.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout -outform DER | base64 -w0",
                         shell=True, capture_output=True, text=True, check=True).stdout
    with open(trust, "w") as f:
        f.write(f"labseal/calibration-trust/v1\n{made.stdout}nmi {nmi} NMI\nmax-age 604800\nmax-depth 60\n")
    server = Server(registry)
    test_honest()
    test_anonymous()
    test_broken_off()
    test_lies()
    test_stall()
    test_documents()
    test_witness()
    test_killed()
    test_key_killed()
finally:
    shutil.rmtree(work)
print(f"registry: {passed} passed, {failed} failed, 0 skipped")
sys.exit(failed != 0)
