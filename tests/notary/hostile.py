#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""labseal-notary where those it asks are slow, or hang, where its folder is in the way, and where it is killed."""
import glob
import os
import shutil
import subprocess
import tempfile
import threading
import time

import tsa
from lab import BUILD, Liar, Notary, OurWitness, Place, check, finish, wait_for

LIMIT_S = 15  # for one answer, as labseal-notary(8) says


def text_of(body):
    return body.split("\n\n")[1] + "\n"


class Slow(tsa.Handler):
    """Takes the request and says the answer byte by byte, nothing at all, or more than it announces."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        liar, way = self.server.liar, self.path.split("/")[1]
        self.server.asked.append(way)
        line = liar.line(text_of(body), int(time.time())).encode()
        if way == "hang":
            self.server.release.wait(60)
        elif way == "drip":
            self.head(f"Content-Length: {len(line)}")
            for byte in line:
                self.wfile.write(bytes([byte]))
                if self.server.release.wait(0.5):
                    return
        elif way == "vast":
            self.head("Content-Length: 18446744073709551615")
            self.wfile.write(line)
            self.server.release.wait(60)
        elif way == "redirect":
            self.send(307, b"", Location=f"http://127.0.0.1:{self.server.server_port}/good/add-checkpoint")
        elif way == "thousand":
            self.send(200, line * 1000)
        elif way == "good":
            self.send(200, line)

    def head(self, *lines):
        self.wfile.write(("HTTP/1.1 200 OK\r\n" + "".join(f"{l}\r\n" for l in lines) + "\r\n").encode())


def serve(place):
    server = tsa.serve(None, None, Slow)
    server.liar, server.release = Liar(place.work), threading.Event()
    return server


def at(server, way):
    return f"{server.liar.vkey} http://127.0.0.1:{server.server_port}/{way}"


def slow(place):
    """The two slow ones at a time, for a test need not wait for them one after the other."""
    server, running = serve(place), []
    for way in ("drip", "vast", "hang"):
        place.fresh()
        running.append((way, place.state, Notary(place.policy(witnesses=[at(server, way)]))))
    for way, state, n in running:
        check(f"{way}: told in time", n.says(r"warning: http: .*does not answer", bound=LIMIT_S + 10), n.said)
        place.state = state
        check(f"{way}: nothing is handed over", place.file("cosigned") is None)
        n.end()
    for way, words in (("redirect", r"witness\.status: .*307"), ("thousand", r"http\.size")):
        place.fresh()
        n = Notary(place.policy(witnesses=[at(server, way)]))
        check(f"{way}: told", n.says(words), n.said)
        n.end()
        check(f"{way}: nothing is handed over", place.file("cosigned") is None)
    check("no redirect was followed", "good" not in server.asked, server.asked)
    server.release.set()
    server.shutdown()


def one_hangs(place):
    """Who hangs delays neither what another says nor the end."""
    server = serve(place)
    good = OurWitness(place, "good.example/w")
    for order in ((good.at, at(server, "hang")), (at(server, "hang"), good.at)):
        place.fresh()
        first = "good" if order[0] == good.at else "hanging"
        n = Notary(place.policy(witnesses=order))
        if first == "good":
            # not after the other was given up, which is told
            wait_for(lambda: "good.example" in (place.file("cosigned") or "") or any("does not answer" in s for s in n.said))
            check("a line is handed over while another hangs",
                  not any("does not answer" in s for s in n.said) and "good.example" in (place.file("cosigned") or ""), n.said)
        wait_for(lambda: "hang" in server.asked)
        began = time.monotonic()
        check(f"{first} first: it ends in order", n.end() == 0, n.said)
        check(f"{first} first: at once", time.monotonic() - began < 3, time.monotonic() - began)
        server.asked.clear()
    server.release.set()
    server.shutdown()
    good.end()


def folder_is_in_the_way(place):
    """What cannot be handed over is told of, and handed over when it can be."""
    w = OurWitness(place, "way.example/w")
    for what, put in (("a folder", os.mkdir), ("a FIFO", os.mkfifo), ("a link", lambda p: os.symlink("/etc/passwd", p))):
        place.fresh()
        os.mkdir(f"{place.state}/notary", 0o755)
        path = f"{place.state}/notary/cosigned"
        put(path)
        n = Notary(place.policy(witnesses=[w.at]))
        check(f"{what} in the way: told", n.says(r"file\.replace: .*is no regular file"), n.said)
        check(f"{what}: labseald is told", wait_for(lambda: "no regular file" in (place.file("trouble") or "")),
              place.file("trouble"))
        os.rmdir(path) if what == "a folder" else os.unlink(path)
        check(f"{what} out of the way: handed over",
              wait_for(lambda: "way.example" in (place.file("cosigned") or "")), n.said)
        check(f"{what}: no more trouble", wait_for(lambda: place.file("trouble") == ""), place.file("trouble"))
        n.end()
    w.end()


def seal(place):
    """As labseald does: the time stamp that waits is sealed."""
    os.rename(f"{place.state}/notary/time-stamp.json", f"{place.state}/notary/stamped")


def killed(place):
    """An authority is asked once, whenever the notary is killed: here while it waits for a witness that hangs."""
    server = tsa.serve(tsa.Authority(place.work), lambda: place.checkpoint().encode())
    hanging = serve(place)
    policy_of = lambda: place.policy(f"http://127.0.0.1:{server.server_port}/good", witnesses=[at(hanging, "hang")], every=3600)
    for first in ("sealed, then started again", "started again, then sealed"):
        place.fresh()
        n = Notary(policy_of())
        check(f"{first}: the stamp is handed over", wait_for(lambda: place.file("time-stamp.json")), n.said)
        wait_for(lambda: "hang" in hanging.asked)
        n.process.kill()
        n.process.wait()
        if first.startswith("sealed"):
            seal(place)
        for name in ("time-stamp.json", "stamped", "cosigned", "trouble"):
            open(f"{place.state}/notary/{name}.new", "w").write("half")
        hanging.asked.clear()
        n = Notary(policy_of())
        check(f"{first}: it looks", wait_for(lambda: "hang" in hanging.asked), n.said)
        if place.file("time-stamp.json"):
            seal(place)
        n.end()
        hanging.asked.clear()
        n = Notary(policy_of())
        check(f"{first}: it looks again", wait_for(lambda: "hang" in hanging.asked), n.said)
        n.end()
        check(f"{first}: none is asked for twice", len(server.asked) == 1, server.asked)
        left = sorted(os.listdir(f"{place.state}/notary"))
        check(f"{first}: nothing half-written is left", left == ["stamped"], left)
        server.asked.clear()
        hanging.asked.clear()
    hanging.release.set()
    hanging.shutdown()
    server.shutdown()


def time_stamp_is_in_the_way(place):
    """What is no time stamp where one is handed over is told of before one is asked for, and keeps none away for ever."""
    server = tsa.serve(tsa.Authority(place.work), lambda: place.checkpoint().encode())
    place.fresh()
    path = f"{place.state}/notary/time-stamp.json"
    os.makedirs(path)
    n = Notary(place.policy(f"http://127.0.0.1:{server.server_port}/good", every=3600))
    check("a folder in the way: told", n.says(r"notary\.time-stamp\.way: .*time-stamp\.json.*remove it"), n.said)
    check("labseald is told", wait_for(lambda: "time stamps not handed over: " in (place.file("trouble") or "")),
          place.file("trouble"))
    check("none is asked for", not server.asked, server.asked)
    os.rmdir(path)
    open(path, "w").close()
    check("an empty one: told", n.says(r"warning: notary\.time-stamp\.damaged: "), n.said)
    check("it makes place", wait_for(lambda: place.file("time-stamp.json")), n.said)
    check("no more trouble", wait_for(lambda: place.file("trouble") == ""), place.file("trouble"))
    n.end()
    server.shutdown()


def stamped_is_in_the_way(place):
    """An authority is asked once, also where what was sealed cannot be kept."""
    server = tsa.serve(tsa.Authority(place.work), lambda: place.checkpoint().encode())
    place.fresh()
    os.makedirs(f"{place.state}/notary/stamped/x")
    n = Notary(place.policy(f"http://127.0.0.1:{server.server_port}/good", every=3600))
    check("the stamp is handed over", wait_for(lambda: place.file("time-stamp.json")), n.said)
    os.unlink(f"{place.state}/notary/time-stamp.json")  # labseald seals it, and says that it cannot be kept
    time.sleep(6)  # three looks
    check("and it is not asked for again", len(server.asked) == 1, server.asked)
    n.end()
    server.shutdown()


def another_log(work):
    """The share's log is exchanged for another of the same size, under a notary that runs."""
    place = Place.__new__(Place)
    place.work = work

    def make(seed):
        folder = f"{work}/fork-{seed}"
        subprocess.run([f"{BUILD}/tests/tools/make_share", "--results", "7", "--events", "0", "--no-folders", "--seed",
                        str(seed), "--keys", f"{work}/fork-keys", folder], check=True, capture_output=True)
        return folder

    place.take(make(0))
    other = make(1)
    w = OurWitness(place, "fork.example/w")
    place.fresh()
    n = Notary(place.policy(witnesses=[w.at]))
    check("a log is cosigned", wait_for(lambda: place.file("cosigned") is not None), n.said)
    shutil.rmtree(f"{place.share}/log")
    shutil.copytree(f"{other}/share/log", f"{place.share}/log")
    check("another one of its size: told loudly", n.says(r"error: witness\.fork"), n.said)
    check("and its checkpoint is not handed over", place.checkpoint() not in (place.file("cosigned") or ""))
    n.end()
    w.end()
    kept = glob.glob(f"{w.folder}/state/*.misbehaviour")
    check("the witness keeps both checkpoints", len(kept) == 1, os.listdir(f"{w.folder}/state"))
    proof = subprocess.run([f"{BUILD}/labseal-audit", "verify", "--misbehaviour", *kept, "--trust", f"{other}/trust.txt"],
                           capture_output=True, text=True)
    check("which prove it to who has the trust file", proof.returncode == 0 and proof.stdout.startswith("VERIFIED"), proof)


def somebody_was_faster(work):
    """While the notary asks for one checkpoint, the log grows, and a mirror has the newer one cosigned."""
    place = Place.__new__(Place)
    place.work = work

    def make(size):
        folder = f"{work}/faster-{size}"
        subprocess.run([f"{BUILD}/tests/tools/make_share", "--results", str(size), "--events", "0", "--no-folders",
                        "--keys", f"{work}/faster-keys", folder], check=True, capture_output=True)
        return folder

    place.take(make(7))
    grown, liar = make(9), Liar(work)

    class Handler(tsa.Handler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if "\n7\n" in body:
                shutil.rmtree(f"{place.share}/log")
                shutil.copytree(f"{grown}/share/log", f"{place.share}/log")
            if body.startswith("old 0\n"):
                self.send(409, b"9\n", "text/x.tlog.size")
            else:
                self.send(200, liar.line(body.split("\n\n")[1] + "\n", int(time.time())).encode(), "text/plain")

    server = tsa.serve(None, None, Handler)
    place.fresh()
    n = Notary(place.policy(witnesses=[f"{liar.vkey} http://127.0.0.1:{server.server_port}/"]))
    check("the newer one is cosigned", wait_for(lambda: "\n9\n" in (place.file("cosigned") or "")), n.said)
    check("and no fork is told of", not n.says("witness.fork", bound=1), n.said)
    n.end()
    server.shutdown()


def main():
    with tempfile.TemporaryDirectory(prefix="labseal-notary-") as work:
        os.chmod(work, 0o755)
        place = Place(work)
        another_log(work)
        somebody_was_faster(work)
        folder_is_in_the_way(place)
        one_hangs(place)
        stamped_is_in_the_way(place)
        time_stamp_is_in_the_way(place)
        killed(place)
        slow(place)
    finish("notary, hostile")


main()
