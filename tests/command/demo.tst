# SPDX-License-Identifier: Apache-2.0
# The demo's command line; what it does is tests/e2e's.

N 2 demo POLICY
err: 'POLICY' is no option
err: Usage: labseal demo [--input DIR]
N 2 demo --inptu x
err: did you mean '--input'?
N 2 demo --timeout 0
err: '0' is no number of seconds from 1 to 86400
N 2 demo --timeout 1e3
err: '1e3' is no number of seconds
N 3 demo --input /nonexistent --kernel /bin/sh --initrd /bin/sh --output out
err: name a folder by --input
N 3 demo --kernel /nonexistent --output out
err: name one by --kernel
