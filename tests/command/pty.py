#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pty.py STATUS STEP... -- PROGRAM ARGUMENT...: a program that asks on its terminal, and a person who answers.

A step is PROMPT=ANSWER, typed when PROMPT is there; PROMPT=~ANSWER, the same, and the terminal must not show it;
PROMPT=^C, the key; =TEXT, which must come; or !TEXT, which must never come.  Ends with 0 when each came in this order, the program ended with STATUS (a
signal: 128 and its number), and the terminal shows again what is typed.
"""
import fcntl
import os
import select
import sys
import termios
import time

DEADLINE = time.monotonic() + 60
status, separator = int(sys.argv[1]), sys.argv.index("--")
arguments, command = sys.argv[2:separator], sys.argv[separator + 1 :]
steps = [s.split("=", 1) for s in arguments if not s.startswith("!")]
unwanted = [s[1:] for s in arguments if s.startswith("!")]

master, slave = os.openpty()  # ours stays open: what the terminal is set to can be asked after the program's end
child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in (0, 1, 2):
        os.dup2(slave, number)
    os.execvp(command[0], command)

seen, shown, running = "", "", True


def fail(why):
    print(f"{why}; the terminal shows:\n{shown}")
    if running:
        os.kill(child, 9)
    sys.exit(1)


def read_some():
    """More of what the terminal shows; False: the program has ended and nothing is left."""
    global seen, shown
    if time.monotonic() > DEADLINE:
        fail("it takes too long")
    if not select.select([master], [], [], 0.1)[0]:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    more = os.read(master, 65536).decode("utf-8", "replace")
    seen, shown = seen + more, shown + more
    return True


def wait_for(text):
    global seen
    while text not in seen:
        if not read_some() and text not in seen:
            fail(f"'{text}' does not come")
    seen = seen[seen.index(text) + len(text) :]


hidden = []
for prompt, answer in steps:
    wait_for(prompt if prompt else answer)
    if not prompt:
        continue
    if answer.startswith("~"):
        answer = answer[1:]
        hidden += [answer] if answer else []
    os.write(master, b"\x03" if answer == "^C" else answer.encode() + b"\n")
while read_some():
    pass
_, raw = os.waitpid(child, 0)
running = False
ended = os.waitstatus_to_exitcode(raw)
ended = 128 - ended if ended < 0 else ended
if ended != status:
    fail(f"it ends with {ended} and not {status}")
for text in unwanted:
    if text in shown:
        fail(f"'{text}' came")
for secret in hidden:
    if secret in shown:
        fail("what is secret is shown")
if not termios.tcgetattr(slave)[3] & termios.ECHO:
    fail("the terminal is left so that it shows nothing that is typed")
