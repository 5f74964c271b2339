#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The event ids that labseald and its children log, out of the sources: docs/formats/log-events.md.

    tests/log_events.py             compare: ids that the page has and the sources have not, and the reverse
    tests/log_events.py --update    write the page's tables
"""
import pathlib
import re
import sys

PAGE = pathlib.Path('docs/formats/log-events.md')
ROOMS = ['host/supervisor', 'host/publish', 'diode/receive', 'diode/wire', 'enclave', 'enclave/keys', 'policy',
         'lib/base', 'lib/proc', 'lib/seal', 'lib/log', 'lib/attest', 'lib/tpm', 'lib/hsm']
CALL = re.compile(r'\b(ls_log|\w*fail\w*|\w*refuse\w*)\(')
ID = re.compile(r'[a-z][a-z0-9-]*(\.[a-z0-9-]+)*')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
BEGIN, END = '<!-- generated: tests/log_events.py --update -->\n', '<!-- end -->\n'


def arguments(text, start):
    """The arguments of the call whose parenthesis opens before start; a literal's parts are joined."""
    depth, found, current, i = 1, [], '', start
    while depth > 0 and i < len(text):
        literal = LITERAL.match(text, i)
        if literal:
            current += literal.group(0)
            i = literal.end()
            continue
        c = text[i]
        depth += (c in '([{') - (c in ')]}')
        if depth == 0 or (depth == 1 and c == ','):
            found.append(current.strip())
            current = ''
        else:
            current += c
        i += 1
    return found


def text_of(argument):
    """The text of an argument that begins with a literal (PRIu64 and its like are left out), else None."""
    if not argument.startswith('"'):
        return None
    return ''.join(LITERAL.findall(argument))


def shown(message):
    message = re.sub(r'%[-+ 0-9.*]*(?:hh|h|ll|l|z|j)?[a-zA-Z]', '…', message.replace('%%', '%'))
    return message.replace('\\"', '"').replace('\\n', ' ').replace('|', '\\|')


def events():
    """{id: (level, {text: None})}"""
    found = {}
    for room in ROOMS:
        for source in sorted(pathlib.Path(room).glob('*.c')):
            if re.search(r'_(test|fuzz|win32)\.c$', source.name):
                continue
            code = re.sub(r'/\*.*?\*/', '', source.read_text(), flags=re.S)
            for call in CALL.finditer(code):
                add(found, call.group(1), arguments(code, call.end()))
    return found


def add(found, function, given):
    is_log = function == 'ls_log'
    level = given[0].replace('LS_LOG_', '').lower() if is_log else 'error'
    texts = [text_of(a) for a in given]
    at = 1 if is_log else next((i for i, t in enumerate(texts) if t and '.' in t and ID.fullmatch(t)), None)
    if at is None or at >= len(texts) or not texts[at] or not ID.fullmatch(texts[at]) or level == 'debug':
        return
    message = next((t for t in texts[at + 1:] if t and not ID.fullmatch(t)), '')
    levels, said = found.setdefault(texts[at], (set(), {}))
    levels.add(level)
    said[shown(message)] = None


def table(found):
    lines = ['| id | level | text |\n', '|---|---|---|\n']
    for name in sorted(found):
        levels, said = found[name]
        texts = [t for t in said if t] or ['the text is made where it happens']
        more = '' if len(texts) <= 3 else ' / …'
        lines.append(f"| `{name}` | {', '.join(sorted(levels))} | {' / '.join(texts[:3])}{more} |\n")
    return ''.join(lines)


def explained(text):
    return {name for cell in re.findall(r'^\| (`[^|]+`) \|', text, flags=re.M) for name in re.findall(r'`([^`]+)`', cell)}


def main():
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    old, tail = rest.split(END)
    found = events()
    if sys.argv[1:] == ['--update']:
        PAGE.write_text(head + BEGIN + table(found) + END + tail)
        return 0
    listed = set(re.findall(r'^\| `([^`]+)`', old, flags=re.M))
    problems = [f'{name}: logged, but not on the page' for name in sorted(set(found) - listed)]
    problems += [f'{name}: on the page, but no source logs it' for name in sorted(listed - set(found))]
    problems += [f'{name}: explained above the table, but no source logs it'
                 for name in sorted(explained(head) - set(found))]
    for problem in problems:
        print(problem)
    if problems:
        print(f'{PAGE}: tests/log_events.py --update writes its table')
    print(f'log-events: {int(not problems)} passed, {len(problems)} failed, 0 skipped')
    return 1 if problems else 0


sys.exit(main())
