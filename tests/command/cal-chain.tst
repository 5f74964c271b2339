# SPDX-License-Identifier: Apache-2.0
# labseal cal chain and cal anchor: what is missing or wrong is said before any node is asked.

N 2 cal chain
P cal chain --help
out: deploy
out: pin
N 2 cal chain deploy
err: --node is missing
N 2 cal chain deploy --node http://127.0.0.1:1 --from 0x01
err: --registry is missing
N 2 cal chain deploy --node http://127.0.0.1:1 --from 0x01 --registry example.org/r
err: is no address: 40 hex digits
N 2 cal chain deploy --node file:///etc/passwd --from f39fd6e51aad88f6f4ce6ab8827279cfffb92266 --registry example.org/r
err: is no http or https address
N 2 cal chain deploy --node http://127.0.0.1:1 --from f39fd6e51aad88f6f4ce6ab8827279cfffb92266 --registry a+b
err: is no registry's name
N 3 cal chain deploy --node http://127.0.0.1:1 --from f39fd6e51aad88f6f4ce6ab8827279cfffb92266 --registry example.org/r
err: does not answer
N 2 cal chain put --node http://127.0.0.1:1 --from f39fd6e51aad88f6f4ce6ab8827279cfffb92266 record.txt
err: --contract is missing
N 2 cal chain pin --node http://127.0.0.1:1 --contract f39fd6e51aad88f6f4ce6ab8827279cfffb92266 --key key.pem
err: --registry is missing
N 2 cal anchor --check checkpoint
err: --check needs --trust
N 2 cal anchor --node http://127.0.0.1:1 checkpoint
err: --contract is missing
N 2 cal trace --node http://127.0.0.1:1 --registry mirror --trust trust.txt 7500-01
err: one of them
N 2 cal trace --registry mirror --pin pin --trust trust.txt 7500-01
err: --pin needs --node
