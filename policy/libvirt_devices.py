#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every kind of device, and every further part of a domain, that libvirt's own schema knows: one example of each, a line
each, as `PARENT<TAB>XML`. Read by domain_mutation_test.c.

    libvirt_devices.py [/usr/share/libvirt/schemas]

What a schema requires is in each example; of each choice on the way to an element or in its own attributes there is one
example for every alternative.
"""
import itertools
import os
import re
import sys
import xml.etree.ElementTree as tree
from xml.sax.saxutils import quoteattr, escape

RNG = '{http://relaxng.org/ns/structure/1.0}'
EXAMPLES_MAX = 60  # of one element
DEPTH_MAX = 12


def load(folder, name, defines):
    root = tree.parse(os.path.join(folder, name)).getroot()
    for include in root.iter(RNG + 'include'):
        load(folder, include.get('href'), defines)
    for define in root.iter(RNG + 'define'):
        defines.setdefault(define.get('name'), []).extend(define)


def sample(node):
    """Text that a data element stands for, near enough: it only has to be there."""
    kind = node.get('type', 'string')
    if kind in ('string', 'token'):
        for param in node.iter(RNG + 'param'):
            if param.get('name') == 'pattern' and re.fullmatch(param.text, '0x1234'):
                return '0x1234'
        return 'x'
    return '1'


class Examples:
    def __init__(self, defines):
        self.defines = defines

    def all_of(self, nodes, depth, wide):
        """Contents that a run of patterns stands for: lists of (attributes, text)."""
        parts = [self.of(node, depth, wide) for node in nodes if isinstance(node.tag, str)]
        for combination in itertools.islice(itertools.product(*parts), EXAMPLES_MAX):
            attributes = {}
            for some, _ in combination:
                attributes.update(some)
            yield attributes, ''.join(text for _, text in combination)

    def of(self, node, depth, wide):
        kind = node.tag.replace(RNG, '')
        if depth > DEPTH_MAX or kind in ('optional', 'zeroOrMore', 'empty', 'notAllowed', 'text', 'anyName', 'param'):
            return [({}, '')]
        if kind == 'ref':
            return list(self.all_of(self.defines.get(node.get('name'), []), depth + 1, wide))
        if kind == 'choice':
            every = [e for child in node if isinstance(child.tag, str) for e in self.of(child, depth + 1, wide)]
            return every if wide else every[:1]
        if kind == 'value':
            return [({}, node.text or '')]
        if kind == 'data':
            return [({}, sample(node))]
        if kind == 'attribute':
            name = node.get('name')
            values = list(self.all_of(list(node), depth + 1, wide)) or [({}, '')]
            return [({name: text}, '') for _, text in values] if name else [({}, '')]
        if kind == 'element':
            return [({}, example) for example in self.elements(node, depth + 1, False)]
        return list(self.all_of(list(node), depth + 1, wide))  # group, interleave, oneOrMore, list

    def elements(self, node, depth, wide):
        name = node.get('name')
        if not name:
            return
        space = ' xmlns=' + quoteattr(node.get('ns')) if node.get('ns') else ''
        for attributes, text in itertools.islice(self.all_of(list(node), depth, wide), EXAMPLES_MAX):
            shown = ''.join(f' {key}={quoteattr(value)}' for key, value in sorted(attributes.items()))
            body = text if text.startswith('<') else escape(text)
            yield f'<{name}{space}{shown}>{body}</{name}>'

    def below(self, nodes, seen, depth=0):
        """The outermost elements that a run of patterns leads to, through references."""
        for node in nodes:
            if not isinstance(node.tag, str) or depth > 40:
                continue
            if node.tag == RNG + 'element':
                yield node
            elif node.tag == RNG + 'ref':
                if node.get('name') not in seen:
                    yield from self.below(self.defines.get(node.get('name'), []), seen | {node.get('name')}, depth + 1)
            elif node.tag != RNG + 'attribute':
                yield from self.below(list(node), seen, depth + 1)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else '/usr/share/libvirt/schemas'
    defines = {}
    try:
        load(folder, 'domaincommon.rng', defines)
    except FileNotFoundError:
        return 0  # libvirt is not installed: the test says so
    examples = Examples(defines)
    printed = set()
    for parent, define in (('devices', 'devices'), ('domain', 'domain')):
        root = next(examples.below(defines[define], frozenset()))
        for element in examples.below(list(root), frozenset()):
            for example in examples.elements(element, 0, True):
                line = f'{parent}\t' + ' '.join(example.split())
                if line not in printed:
                    printed.add(line)
                    print(line)
    return 0


if __name__ == '__main__':
    sys.exit(main())
