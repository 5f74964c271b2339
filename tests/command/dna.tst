# SPDX-License-Identifier: Apache-2.0
# Signatures in molecules.  LABSEAL_DATA's plasmids where they are, a made-up one everywhere.
requires: python3

N 2 dna
err: labseal dna: which command?
P dna help
out: sign
N 2 dna sing
err: did you mean 'sign'?

# what the methods may infringe is said where a user looks first
$ for f in NOTICE README.md man/labseal-dna.1; do grep -q 'US patent 11,783,921' "$f" || { echo "$f"; exit 1; }; done

# an authority, two signers
$ (cd "$W" && set -e && "$labseal" dna authority init --name "Core facility" --no-passphrase auth; "$labseal" dna authority extract --orcid 0000-0002-1825-0097 --no-passphrase --output alice.key auth; "$labseal" dna authority extract --orcid 0000-0002-1694-233X --no-passphrase --output bob.key auth; "$labseal" dna authority init --name Strangers --no-passphrase strangers)
$ python3 tests/dna/make_plasmid.py 3000 1 > "$W/p.gb" && python3 tests/dna/make_plasmid.py --fasta 3000 2 > "$W/p.fa"
$ sign() { "$labseal" dna sign --key "$W/alice.key" --id 42 "$@"; }

# wrong usage, each told
N 2 dna sign "$W/p.gb"
err: with which key? Say --key FILE
N 2 dna sign --key "$W/alice.key" "$W/p.gb"
err: which plasmid ID?
# a folder in a file's place could not be read, whichever file it is
N 3 dna sign --key "$W" --id 1 --at auto "$W/p.gb"
err: '$W' is not a regular file
N 3 dna sign --key "$W/alice.key" --id 1 --at auto --rules "$W" "$W/p.gb"
err: '$W' is not a regular file
N 3 dna sign --key "$W/alice.key" --passphrase-file "$W" --id 1 --at auto "$W/p.gb"
err: '$W' is not a regular file
N 3 dna sign --key "$W/alice.key" --id 1 --at auto --from "$W" "$W/p.gb"
err: '$W' is no regular file
N 3 dna sign --key "$W/alice.key" --id 1 --at auto "$W"
err: '$W' is no regular file
N 3 dna sign --draft --authority "$W" --signer 0000-0002-1825-0097 --id 1 --at auto "$W/p.gb"
err: '$W' is not a regular file
N 3 dna sign --join "$W" --with "$W" "$W/p.gb"
err: '$W' is not a regular file
N 3 dna verify --trust "$W" "$W/p.gb"
err: '$W'
N 3 dna verify --trust "$W/auth/parameters.pem" --keys "$W" "$W/p.gb"
err: $W
N 3 dna read --key "$W" "$W/p.gb"
N 3 dna strip "$W"
N 3 dna inspect "$W"
N 3 dna cost "$W"
N 3 dna authority own --orcid 0000-0002-1825-0097 --output "$W/x" --request "$W/y" --no-passphrase "$W"
err: '$W' is not a regular file
N 3 dna authority publish --add "$W" "$W/auth"
err: '$W' is not a regular file
N 2 dna sign --key "$W/alice.key" --id 1000000 --at auto "$W/p.gb"
err: --id is a number up to 999999
N 2 dna sign --key "$W/alice.key" --id 1 "$W/p.gb"
err: where? Say --at BASE
N 2 dna sign --key "$W/alice.key" --id 1 --at 0 "$W/p.gb"
err: --at counts bases from 1
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --errors 64 "$W/p.gb"
err: --errors is a number up to 63
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --profile best "$W/p.gb"
err: 'best' is no profile: there are standard, standard-full, aggregate and paper
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --segment 9..3 "$W/p.gb"
err: a segment goes from a base to a later one
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --colour "$W/p.gb"
err: there is no option '--colour'
N 2 dna sign --key
err: --key needs a value
N 2 dna sign --key "$W/alice.key" --id 1 --at auto "$W/p.gb" "$W/p.gb"
err: one molecule at a time
N 4 dna cost "$W/p.gb" >/dev/full
err: labseal dna cost: cannot write to standard output: No space left on device
N 4 dna verify --trust "$W/auth/parameters.pem" "$W/p.gb" >/dev/full
err: labseal dna verify: cannot write to standard output
N 4 dna inspect "$W/p.gb" >/dev/full
err: labseal dna inspect: cannot write to standard output: No space left on device
# no room, and a limit on the size of files: the system's failure, said once, and nothing half-written stays
$ "$labseal" dna sign --key "$W/alice.key" --id 1 --at auto --document --output "$W/big.gb" "$W/p.gb"
$ once() { s=0; (ulimit -f 1; "$@" 2>"$W/said") || s=$?; sed -i '/ bases \(before\|from\) base \|nothing was verified/d' "$W/said"; [ $s -eq 4 ] && [ "$(wc -l <"$W/said")" = 1 ] && grep -q "cannot write .*: File too large" "$W/said" || { echo "$s: $*"; cat "$W/said"; return 1; }; }
$ once "$labseal" dna sign --key "$W/alice.key" --id 1 --at auto --output "$W/cut.out" "$W/p.gb"; [ ! -e "$W/cut.out" ]
$ once "$labseal" dna sign --key "$W/alice.key" --id 1 --at auto "$W/p.gb" >"$W/cut.gb"
$ once "$labseal" dna strip --output "$W/cut.out" "$W/big.gb"; [ ! -e "$W/cut.out" ]
$ once "$labseal" dna strip "$W/big.gb" >"$W/cut.gb"
$ once "$labseal" dna read --output "$W/cut.out" "$W/big.gb"; [ ! -e "$W/cut.out" ]
$ once "$labseal" dna verify --trust "$W/auth/parameters.pem" "$W/big.gb" "$W/big.gb" "$W/big.gb" "$W/big.gb" >"$W/cut.gb"
N 4 dna sign --key "$W/alice.key" --id 1 --at auto "$W/p.gb" >/dev/full
err: labseal dna sign: cannot write to standard output: No space left on device
N 4 dna read "$W/big.gb" >/dev/full
err: labseal dna read: cannot write to standard output: No space left on device

# places
N 2 dna sign --key "$W/alice.key" --id 1 --at 505 "$W/p.gb"
err: base 505 is inside CDS 'madeR' (line
N 2 dna sign --key "$W/alice.key" --id 1 --at 4000 "$W/p.gb"
err: base 4000: there are 3000
P dna sign --key "$W/alice.key" --id 1 --at 500 "$W/p.gb"
err: warning: the block lies directly before CDS 'madeR'
N 2 dna sign --key "$W/alice.key" --orcid 0000-0002-1694-233X --id 1 --at auto "$W/p.gb"
err: is 0000-0002-1825-0097's and not 0000-0002-1694-233X's
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --profile aggregate "$W/p.gb"
err: cannot sign with profile aggregate
N 2 dna sign --key "$W/alice.key" --id 1 --at auto "$W/p.fa"
err: say --topology
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --topology linear "$W/p.gb"
err: the file says that the molecule is circular
N 1 dna sign --key "$W/alice.key" --id 1 --at auto --forbid acctattg "$W/p.gb"
err: no block satisfies the rules of 'twist' at this place
err: at last: the site 
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --forbid acj "$W/p.gb"
err: 'acj' is no site
$ printf 'gc 50 35\n' > "$W/bad.rules"
N 3 dna sign --key "$W/alice.key" --id 1 --at auto --rules "$W/bad.rules" "$W/p.gb"
err: bad.rules', line 1
N 3 dna sign --key "$W/none.key" --id 1 --at auto "$W/p.gb"
err: none.key'
N 3 dna sign --key "$W/alice.key" --id 1 --at auto "$W/none.gb"
err: none.gb'
$ cat "$W/p.gb" "$W/p.gb" > "$W/two.gb"
N 2 dna sign --key "$W/alice.key" --id 1 --at auto --output "$W/two.out" "$W/two.gb"
err: has several records
$ [ ! -e "$W/two.out" ]

# signed, as Biopython reads it; and taken out again, byte for byte
P dna sign --key "$W/alice.key" --id 42 --at auto --errors 2 --output "$W/s.gb" "$W/p.gb"
$ /usr/bin/python3 tests/dna/biopython.py "$W/p.gb" "$W/s.gb"
P dna strip --output "$W/back.gb" "$W/s.gb"
$ cmp "$W/p.gb" "$W/back.gb"
# a key, the molecule itself, whatever is there: it stays
$ keep "$W/alice.key"; keep "$W/s.gb"; keep "$W/p.gb"
N 2 dna sign --key "$W/alice.key" --id 42 --at auto --output "$W/alice.key" "$W/p.gb"
err: alice.key' is there already; name another file [dna.output.exists]
same: $W/alice.key
N 2 dna sign --key "$W/alice.key" --id 42 --at auto --output "$W/p.gb" "$W/p.gb"
err: [dna.output.exists]
same: $W/p.gb
N 2 dna strip --output "$W/s.gb" "$W/s.gb"
err: [dna.output.exists]
same: $W/s.gb
$ sed 's/$/\r/' "$W/p.gb" > "$W/crlf.gb" && sign --at auto --output "$W/crlf-s.gb" "$W/crlf.gb" && [ "$(grep -c . "$W/crlf-s.gb")" = "$(grep -c $'\r$' "$W/crlf-s.gb")" ] && "$labseal" dna strip --output "$W/crlf-back.gb" "$W/crlf-s.gb" && cmp "$W/crlf.gb" "$W/crlf-back.gb"
N 3 dna strip "$W/p.gb"
err: there is no block whose tags and header are whole

# the five outcomes
N 2 dna verify "$W/s.gb"
err: whose signatures are believed? Say --trust FILE
P dna verify --trust "$W/auth/parameters.pem" "$W/s.gb"
out: VERIFIED: valid
out: signed by   0000-0002-1825-0097
out: authority   Core facility
out: plasmid ID  000042
no-out: NOT VERIFIED
$ python3 tests/dna/change.py --fasta "$W/s.gb" 560 700 > "$W/two-errors.fa" && python3 tests/dna/change.py "$W/s.gb" 560 700 > "$W/two-errors.gb" && python3 tests/dna/change.py --fasta "$W/s.gb" 560 700 900 > "$W/three-errors.fa" && python3 tests/dna/change.py --fasta "$W/s.gb" -800 > "$W/one-lost.fa"
P dna verify --trust "$W/auth/parameters.pem" "$W/two-errors.fa"
out: VERIFIED: valid-after-correction
out: corrected   base 560:
out: corrected   base 700:
P dna verify --trust "$W/auth/parameters.pem" "$W/two-errors.gb"
out: signed in CDS 'madeR'
N 1 dna verify --trust "$W/auth/parameters.pem" "$W/three-errors.fa"
out: NOT VERIFIED: altered
out: claims      0000-0002-1825-0097
P dna verify --trust "$W/auth/parameters.pem" "$W/one-lost.fa"
out: VERIFIED: valid-after-correction
N 1 dna verify --effort 1 --trust "$W/auth/parameters.pem" "$W/one-lost.fa"
out: NOT VERIFIED: altered
N 1 dna verify --trust "$W/strangers/parameters.pem" "$W/s.gb"
out: NOT VERIFIED: signed-by-another
N 1 dna verify --trust "$W/auth/parameters.pem" --orcid 0000-0002-1694-233X "$W/s.gb"
out: NOT VERIFIED: signed-by-another
out: it is not by 0000-0002-1694-233X, whom you asked for
P dna verify --trust "$W/auth/parameters.pem" --orcid 0000-0002-1825-0097 "$W/s.gb"
N 1 dna verify --trust "$W/auth/parameters.pem" "$W/p.gb"
out: NOT VERIFIED: no-block
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/none.gb"
out: COULD NOT BE CHECKED: unread
N 3 dna verify --trust "$W/p.gb" "$W/s.gb"
N 2 dna verify --trust "$W/auth/parameters.pem" --orcid 0000-0002-1694-2330 "$W/s.gb"
err: its check digit would be X
N 2 dna verify --trust "$W/auth/parameters.pem" --effort 9 "$W/s.gb"

# a name that is no UTF-8 is a record in JSON, too; what a file has of control characters does not reach the terminal
$ cp "$W/s.gb" "$W/"$'bad\377.gb' && "$labseal" dna verify --json --trust "$W/auth/parameters.pem" "$W/"$'bad\377.gb' > "$W/bad.json" && jq -e '.records | length == 1 and .[0].outcome == "valid" and (.[0].file | endswith("bad�.gb"))' "$W/bad.json" > "$W/said"
$ "$labseal" dna inspect --json "$W/"$'bad\377.gb' > "$W/bad.json" && jq -e '.records | length == 1 and (.[0].blocks | length == 1)' "$W/bad.json" > "$W/said"
$ sed $'0,/ CDS .*/s// CDS             1..999999\033[2K\033[1AVERIFIED/' "$W/s.gb" > "$W/esc.gb" && grep -q $'\033' "$W/esc.gb"
$ (for how in 'verify --trust' 'verify --json --trust'; do s=0; "$labseal" dna $how "$W/auth/parameters.pem" "$W/esc.gb" > "$W/said" 2>&1 || s=$?; [ $s -eq 3 ] && grep -q 'dna.genbank.location' "$W/said" && ! grep -q $'\033' "$W/said" || exit 1; done)
$ s=0; "$labseal" dna strip "$W/esc.gb" > "$W/said" 2>&1 || s=$?; [ $s -eq 3 ] && grep -q 'dna.genbank.location' "$W/said" && ! grep -q $'\033' "$W/said"

# a key that others may read
$ cp "$W/alice.key" "$W/open.key" && chmod 644 "$W/open.key"
P dna sign --key "$W/open.key" --id 1 --at auto "$W/p.gb"
err: warning: others may read the key
P dna sign --key "$W/alice.key" --id 1 --at auto "$W/p.gb"
no-err: others may read

# a base that is none: each command says where
$ printf '>q\nACGNACGT\n' > "$W/n.fa"
N 3 dna sign --key "$W/alice.key" --id 1 --at auto --topology circular "$W/n.fa"
err: 'N' at base 4 stands for several bases
N 3 dna strip "$W/n.fa"
err: 'N' at base 4
N 3 dna read "$W/n.fa"
err: 'N' at base 4

# FASTA, packed, several records, one of them unreadable; FASTQ
$ sign --at 1000 --topology circular --fasta --output "$W/f.fa" "$W/p.fa" && { cat "$W/f.fa"; printf '>bad\nacgtn\n'; cat "$W/two-errors.fa"; } | gzip > "$W/many.fa.gz"
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/many.fa.gz"
out: VERIFIED: valid
out: bad: COULD NOT BE CHECKED: unread
out: 'n' at base 5 stands for several bases
out: VERIFIED: valid-after-correction
$ python3 -c 'import sys; s="".join(open(sys.argv[1]).read().split("\n")[1:]); print("@read\n%s\n+\n%s" % (s, "I"*len(s)))' "$W/f.fa" > "$W/f.fq"
P dna verify --trust "$W/auth/parameters.pem" "$W/f.fq"
$ head -c 600 "$W/many.fa.gz" > "$W/cut.fa.gz"; head -c 4000 "$W/f.fq" > "$W/cut.fq"; printf 'MZ\220\0' > "$W/exe"; : > "$W/empty"; mkfifo "$W/fifo"
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/cut.fa.gz"
out: damaged or cut
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/cut.fq"
out: not as many qualities as bases
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/exe"
out: neither GenBank
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/empty"
out: the file is empty
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/fifo"
out: is no regular file
N 3 dna verify --trust "$W/auth/parameters.pem" "$W"
out: is no regular file
# a folder in the place of a molecule could not be read, whatever the command
N 3 dna sign --key "$W/alice.key" --id 1 --at auto "$W"
err: is no regular file
N 3 dna strip "$W"
err: is no regular file
N 3 dna read "$W"
err: is no regular file
N 3 dna inspect "$W"
err: is no regular file
N 3 dna cost "$W"
err: is no regular file

# JSON
$ "$labseal" dna verify --json --trust "$W/auth/parameters.pem" "$W/two-errors.gb" | python3 -c 'import json,sys; d=json.load(sys.stdin); r=d["records"][0]; assert d["schema"]=="labseal/dna-verify/v1" and list(r)==["file","record","verdict","outcome","id","why","block","corrections","near","legacy","coverage","parity","path","withdrawn","against"], list(r); assert r["outcome"]=="valid-after-correction" and [c["base"] for c in r["corrections"]]==[560,700]; assert r["corrections"][0]["features"]==[{"key":"CDS","label":"madeR"}]; b=r["block"]; assert b["sure"] and b["signers"]==["0000-0002-1825-0097"] and b["plasmid_id"]==42 and b["profile"]=="standard" and b["topology"]=="circular" and not b["moved"], b'
$ "$labseal" dna inspect --json "$W/s.gb" | python3 -c 'import json,sys; d=json.load(sys.stdin); p=d["records"][0]["blocks"][0]["parts"]; assert [x["part"] for x in p]==["start tag","draw","header","ORCID","plasmid ID","signature","parity","end tag"]; assert all(a["last"]+1==b["first"] for a,b in zip(p,p[1:])); assert [x["bases"] for x in p]==[16,6,30,14,10,255,24,16]'
$ "$labseal" dna cost --json --errors 2 2686 | python3 -c 'import json,sys; d=json.load(sys.stdin); assert {r["profile"]:r["block_bases"] for r in d["rows"][:4]}=={"standard":371,"standard-full":435,"aggregate":310,"paper":236}, d'
P dna inspect "$W/s.gb"
out: signature
P dna cost "$W/p.gb"
out: papers: RSA-1024, 2018
N 2 dna cost 0
N 2 dna cost --price x 100

# the vectors of the page are those of a second implementation, each line of them
$ python3 tests/dna/block_vector.py >"$W/vectors" && [ "$(grep -c '^    hash ' "$W/vectors")" = 3 ] && grep -E '^    (molecule|block before|canonical|place|head|hash) ' "$W/vectors" >"$W/vector-lines" && sed '1,/^## Test vectors/d' docs/formats/dna-block.md | grep -E '^    (molecule|block before|canonical|place|head|hash) ' | cmp - "$W/vector-lines"

# blocks taken apart by a second implementation, in Python, from the page alone: fields, place, parity of one word and two
$ (for what in '200 5 0' '2686 6 2' '25000 7 3'; do set -- $what; python3 tests/dna/make_plasmid.py --fasta "$1" "$2" > "$W/made-$2.fa" && "$labseal" dna sign --key "$W/bob.key" --id "$2" --at $(($1 / 3)) --topology circular --fasta --errors "$3" --output "$W/made-$2-s.fa" "$W/made-$2.fa" && python3 tests/dna/check_block.py "$W/made-$2-s.fa" 0000-0002-1694-233X "$2" "$3" || exit 1; done)
$ python3 tests/dna/change.py --fasta "$W/made-6-s.fa" 100 > "$W/made-6-c.fa" && ! python3 tests/dna/check_block.py "$W/made-6-c.fa" 0000-0002-1694-233X 6 2

# a segment: what lies outside of it does not matter
P dna sign --key "$W/alice.key" --id 7 --segment 1200..1800 --at auto --fasta --output "$W/seg.fa" "$W/p.gb"
P dna verify --trust "$W/auth/parameters.pem" "$W/seg.fa"
out: segment     601 bases around the block are covered
$ python3 tests/dna/change.py --fasta "$W/seg.fa" 5 1100 3300 > "$W/seg-out.fa" && python3 tests/dna/change.py --fasta "$W/seg.fa" 1210 > "$W/seg-in.fa" && python3 -c 'import sys; s="".join(open(sys.argv[1]).read().split("\n")[1:]); print(">amplicon\n"+s[1150:2200])' "$W/seg.fa" > "$W/amplicon.fa"
P dna verify --trust "$W/auth/parameters.pem" "$W/seg-out.fa"
N 1 dna verify --trust "$W/auth/parameters.pem" "$W/seg-in.fa"
P dna verify --trust "$W/auth/parameters.pem" "$W/amplicon.fa"
N 2 dna sign --key "$W/alice.key" --id 7 --segment 1200..1800 --at 100 --fasta "$W/p.gb"
err: base 100 is not in the segment 1200..1800
N 2 dna sign --key "$W/alice.key" --id 7 --segment 1200..9000 --at auto --fasta "$W/p.gb"
err: there are 3000

# real plasmids, each signed, read by Biopython, verified, turned around, and as it was again
$ [ -z "${LABSEAL_DATA:-}" ] || (cd "$LABSEAL_DATA/plasmids" && pairs=() && for f in *.g* broken/*; do case $f in *ase1*) topology='--topology linear' ;; *) topology= ;; esac; s=$W/real-${f//\//-}; sign --at auto --errors 1 $topology --output "$s" "$f" && "$labseal" dna verify --trust "$W/auth/parameters.pem" "$s" | grep -q 'VERIFIED: valid$' && rm -f "$W/real-back.gb" && "$labseal" dna strip --output "$W/real-back.gb" "$s" && diff <(sed '/^ORIGIN/q' "$f") <(sed '/^ORIGIN/q' "$W/real-back.gb") || { echo "$f"; exit 1; }; pairs+=("$f" "$s"); done; /usr/bin/python3 "$T/tests/dna/biopython.py" "${pairs[@]}")

# a second laboratory changes a signed molecule and signs it again; who knows one of the two knows that one holds
$ python3 tests/dna/change.py "$W/s.gb" 700 -1500 > "$W/changed.gb" && sed 's/3371 bp/3370 bp/; s/1..3371/1..3370/; s/3331..3371/3330..3370/' "$W/changed.gb" > "$W/changed2.gb" && "$labseal" dna authority init --name Others --no-passphrase others && mv others "$W/" && "$labseal" dna authority extract --orcid 0000-0002-1694-233X --no-passphrase --output "$W/carol.key" "$W/others"
P dna sign --key "$W/bob.key" --id 43 --at auto --from "$W/s.gb" --output "$W/again.gb" "$W/changed2.gb"
P dna verify --path --trust "$W/auth/parameters.pem" "$W/again.gb"
out: VERIFIED: valid
out: signed by   0000-0002-1694-233X
out: earlier 1   0000-0002-1825-0097: valid, plasmid ID 000042
out:   changed     1 base from base 
out:  behind the later block on, in place of '
out: ' taken out before base 
$ python3 -c 'import sys; t=open(sys.argv[1]).read(); h,s=t.split("\n",1); s="".join(s.split()); print(h+"\n"+s[:200]+"ACGTT"+s[200:])' "$W/f.fa" > "$W/longer.fa"
P dna sign --key "$W/bob.key" --id 46 --at 3000 --topology circular --from "$W/f.fa" --fasta --output "$W/longer-s.fa" "$W/longer.fa"
P dna verify --path --trust "$W/auth/parameters.pem" "$W/longer-s.fa"
out: earlier 1   0000-0002-1825-0097: valid, plasmid ID 000042
out:  put in from base 
# what had errors when it was signed over is corrected as any other, by the same effort
P dna sign --key "$W/bob.key" --id 45 --at auto --output "$W/over-errors.gb" "$W/two-errors.gb"
P dna verify --path --trust "$W/auth/parameters.pem" "$W/over-errors.gb"
out: VERIFIED: valid
out: earlier 1   0000-0002-1825-0097: valid-after-correction, plasmid ID 000042
out: bases behind the later block: 
out: seen, 
$ "$labseal" dna verify --json --path --trust "$W/auth/parameters.pem" "$W/over-errors.gb" > "$W/over-errors.json" && jq -e '.records[0].path[0] | .outcome == "valid-after-correction" and (.corrections | length == 2) and (.corrections[1].behind_block - .corrections[0].behind_block | . == 140 or . == -3231) and .corrections[0].part == null' "$W/over-errors.json" > "$W/said"
N 1 dna verify --path --effort 0 --trust "$W/auth/parameters.pem" "$W/over-errors.gb"
out: earlier 1   0000-0002-1825-0097: altered (claimed), plasmid ID 000042
P dna sign --key "$W/carol.key" --id 44 --at auto --from "$W/again.gb" --fasta --output "$W/third.fa" "$W/again.gb"
P dna verify --path --trust "$W/others/parameters.pem" "$W/third.fa"
out: VERIFIED: valid
out: earlier 1   0000-0002-1694-233X: unknown, not verified (claimed), plasmid ID 000043
out: earlier 2   0000-0002-1825-0097: unknown, not verified (claimed), plasmid ID 000042
$ "$labseal" dna verify --json --path --trust "$W/others/parameters.pem" --trust "$W/auth/parameters.pem" "$W/third.fa" | python3 -c 'import json,sys; r=json.load(sys.stdin)["records"][0]; p=r["path"]; assert [(s["outcome"],s["signers"][0],s["plasmid_id"],len(s["edits"])) for s in p]==[("valid","0000-0002-1694-233X",43,0),("valid","0000-0002-1825-0097",42,2)], p'
N 2 dna sign --key "$W/bob.key" --id 43 --at auto --from "$W/s.gb" --segment 1..100 "$W/p.gb"
err: --from goes with whole molecules
$ python3 tests/dna/make_plasmid.py --fasta 3000 9 > "$W/other.fa"
N 2 dna sign --key "$W/bob.key" --id 43 --at auto --from "$W/other.fa" "$W/p.gb"
err: [dna.sign.unsigned]
$ "$labseal" dna sign --key "$W/alice.key" --id 9 --at auto --topology circular --fasta --output "$W/other-signed.fa" "$W/other.fa"
N 3 dna sign --key "$W/bob.key" --id 43 --at auto --from "$W/other-signed.fa" "$W/p.gb"
err: has nothing in common with this one
# a path with an earlier signature that does not hold does not hold; without --path the last one does
$ python3 tests/dna/change.py "$W/s.gb" 701 901 1101 > "$W/broken-first.gb" && "$labseal" dna sign --key "$W/bob.key" --id 43 --at auto --from "$W/broken-first.gb" --output "$W/over-broken.gb" "$W/broken-first.gb"
P dna verify --trust "$W/auth/parameters.pem" "$W/over-broken.gb"
out: VERIFIED: valid
N 1 dna verify --path --trust "$W/auth/parameters.pem" "$W/over-broken.gb"
out: VERIFIED: valid
out: earlier 1   0000-0002-1825-0097: altered (claimed), plasmid ID 000042
out: [dna.signature.wrong]
# thousands of both tags are no block, and what is tried of their pairs is bounded; a block among them is found, and corrected
$ python3 -c 'import random; r=random.Random(1); dice=lambda: "".join(r.choice("acgt") for _ in range(4)); print(">tags\n"+"".join("tcgccaacctattgag"+dice()+"gttccgcagacgaata"+dice() for _ in range(4000)))' > "$W/tags.fa"
N 3 dna verify --trust "$W/auth/parameters.pem" "$W/tags.fa"
out: COULD NOT BE CHECKED: undecided
out: [dna.verify.work]
$ "$labseal" dna sign --key "$W/alice.key" --id 9 --at 80000 --errors 20 --rules none --topology circular --fasta --output "$W/among.fa" "$W/tags.fa" && python3 tests/dna/change.py --fasta "$W/among.fa" 120000 > "$W/among-one.fa"
P dna verify --trust "$W/auth/parameters.pem" "$W/among.fa"
out: VERIFIED: valid
P dna verify --trust "$W/auth/parameters.pem" "$W/among-one.fa"
out: VERIFIED: valid-after-correction
out: base 120000
# an altered molecule beside its original: each difference, and the feature of the original that it hits
$ python3 tests/dna/change.py --fasta "$W/s.gb" 560 700 -1500 > "$W/three.fa"
N 1 dna verify --effort 0 --against "$W/s.gb" --trust "$W/auth/parameters.pem" "$W/three.fa"
out: against     base 560: '
out: against     base 700: '
out: seen in CDS 'madeR'
out: in the original, '' seen
# more errors than parity corrects: what it says all the same, and what it cannot say
$ "$labseal" dna sign --key "$W/alice.key" --id 8 --at 1700 --errors 6 --output "$W/six.gb" "$W/p.gb"
$ python3 tests/dna/change.py --fasta "$W/six.gb" 100 200 300 400 500 600 700 800 900 1000 1100 1200 1300 > "$W/many-errors.fa"; python3 tests/dna/change.py --fasta "$W/six.gb" 100 200 300 400 500 600 700 800 -1500 -1502 > "$W/shorter.fa"
N 1 dna verify --trust "$W/auth/parameters.pem" "$W/many-errors.fa"
out: parity      1 of 1 words have more than the 6 errors that each corrects; which of their bases are wrong cannot be told
no-out: suspected
N 1 dna verify --trust "$W/auth/parameters.pem" "$W/shorter.fa"
out: length      2 bases fewer than were signed around the block
no-out: parity      1
$ s=0; "$labseal" dna verify --json --trust "$W/auth/parameters.pem" "$W/many-errors.fa" > "$W/many-errors.json" || s=$?; [ $s -eq 1 ] && jq -e '.records[0] | .outcome == "altered" and .parity == {"around":0,"inside":0,"errors":6,"words":1,"clean":0,"beyond":1,"suspects":[]}' "$W/many-errors.json" > "$W/said"
P dna verify --against "$W/other.fa" --trust "$W/auth/parameters.pem" "$W/s.gb"
no-out: against
# an original that is not there or is none, whatever the verdict would be
N 3 dna verify --against "$W/missing.fa" --trust "$W/auth/parameters.pem" "$W/s.gb"
err: cannot open '$W/missing.fa'
no-out: VERIFIED
N 3 dna verify --against "$W" --trust "$W/auth/parameters.pem" "$W/s.gb"
err: '$W'
no-out: VERIFIED
N 3 dna verify --json --against "$W/auth/parameters.pem" --trust "$W/auth/parameters.pem" "$W/s.gb"
err: parameters.pem'
no-out: outcome
$ cat "$W/other.fa" "$W/other.fa" > "$W/twice.fa"
N 2 dna verify --against "$W/twice.fa" --trust "$W/auth/parameters.pem" "$W/s.gb"
err: [dna.against.records]
no-out: VERIFIED
N 2 dna verify --against "$W/other.fa" --against "$W/s.gb" --trust "$W/auth/parameters.pem" "$W/s.gb"
err: --against is one original
N 1 dna verify --effort 0 --against "$W/other.fa" --trust "$W/auth/parameters.pem" "$W/three.fa"
out: [dna.edits.many]
$ python3 -c 'import sys; s="".join(open(sys.argv[1]).read().split("\n")[1:]); s=s[1000:]+s[:1000]; print(">turned\n"+s[::-1].translate(str.maketrans("acgtACGT","tgcaTGCA")))' "$W/three.fa" > "$W/three-turned.fa"; "$labseal" dna verify --json --effort 0 --against "$W/s.gb" --trust "$W/auth/parameters.pem" "$W/three-turned.fa" | python3 -c 'import json,sys; a=json.load(sys.stdin)["records"][0]["against"]; assert [(d["base"],d["original_bases"],d["seen_bases"]) for d in a[:2]]==[(560,1,1),(700,1,1)] and len(a)==3 and a[2]["original_bases"]-a[2]["seen_bases"]==1 and a[0]["features"]==[{"key":"CDS","label":"madeR"}], a'
N 2 dna strip "$W/again.gb"
err: there are 2 blocks: say which, --block N
P dna strip --fasta --block 2 "$W/again.gb"

# documentation: the signer's file back, byte for byte, out of the bases alone; parts for chosen readers
P dna sign --key "$W/alice.key" --id 5 --at 1700 --document --errors 1 --fasta --output "$W/doc.fa" "$W/p.gb"
P dna read --output "$W/read.gb" "$W/doc.fa"
err: nothing was verified: say --trust FILE
$ cmp "$W/p.gb" "$W/read.gb"
P dna sign --key "$W/alice.key" --id 5 --at 1700 --document --output "$W/doc-crlf.gb" "$W/crlf.gb"
$ rm "$W/read.gb"
P dna read --trust "$W/auth/parameters.pem" --output "$W/read.gb" "$W/doc-crlf.gb"
err: VERIFIED: valid, signed by 0000-0002-1825-0097
$ cmp "$W/crlf.gb" "$W/read.gb"
$ python3 tests/dna/change.py --fasta "$W/doc.fa" 1900 > "$W/doc-changed.fa"
$ rm "$W/read.gb"
P dna read --trust "$W/auth/parameters.pem" --output "$W/read.gb" "$W/doc-changed.fa"
err: VERIFIED: valid-after-correction
$ cmp "$W/p.gb" "$W/read.gb"
N 1 dna read --trust "$W/strangers/parameters.pem" --output "$W/never.gb" "$W/doc.fa"
err: NOT VERIFIED: signed-by-another: nothing is read from it
$ [ ! -e "$W/never.gb" ]
N 3 dna read "$W/s.gb"
err: the block holds no annotation
N 3 dna read "$W/p.gb"
err: there is no block
P dna sign --key "$W/alice.key" --id 5 --at 1700 --document --for 0000-0002-1694-233X --hide P1 --hide CDS --fasta --output "$W/part.fa" "$W/p.gb"
P dna read --output "$W/shown.gb" "$W/part.fa"
err: a part is for chosen readers alone
$ ! grep -q madeR "$W/shown.gb" && grep -q 'over the origin' "$W/shown.gb"
$ rm "$W/read.gb"
P dna read --key "$W/bob.key" --output "$W/read.gb" "$W/part.fa"
$ [ "$(stat -c %a "$W/read.gb" "$W/shown.gb" | tr '\n' ' ')" = '600 644 ' ]
$ keep "$W/read.gb"
N 2 dna read --key "$W/bob.key" --output "$W/read.gb" "$W/part.fa"
err: [dna.output.exists]
same: $W/read.gb
$ cmp "$W/p.gb" "$W/read.gb"
N 3 dna read --key "$W/alice.key" "$W/part.fa"
P dna sign --key "$W/alice.key" --id 5 --at 1700 --document --for 0000-0002-1694-233X --fasta --output "$W/hidden.fa" "$W/p.gb"
P dna read "$W/hidden.fa"
no-out: FEATURES
$ rm "$W/read.gb"
P dna read --key "$W/bob.key" --output "$W/read.gb" "$W/hidden.fa"
$ cmp "$W/p.gb" "$W/read.gb"
N 2 dna sign --key "$W/alice.key" --id 5 --at 1700 --for 0000-0002-1694-233X "$W/p.gb"
err: --for goes with --document
N 2 dna sign --key "$W/alice.key" --id 5 --at 1700 --document --hide CDS "$W/p.gb"
err: --hide from whom not?
N 2 dna sign --key "$W/alice.key" --id 5 --at 1700 --document --for 0000-0002-1694-233X --hide none "$W/p.gb"
err: no feature has such a key or label
N 2 dna sign --key "$W/alice.key" --id 5 --at auto --document --topology circular "$W/p.fa"
err: only a GenBank file has annotation
N 2 dna sign --key "$W/alice.key" --id 5 --at auto --document --segment 1200..1800 "$W/p.gb"
err: --document goes with whole molecules
N 2 dna read "$W/doc.fa" "$W/doc.fa"

# many files at once: as one after the other, in their order, the worst status; a report that cannot be read is told in its place
$ for i in 1 2 3 4 5 6 7 8; do cp "$W/s.gb" "$W/many-$i.gb"; done; cp "$W/p.gb" "$W/many-3.gb"; cp "$W/two-errors.gb" "$W/many-5.gb"; printf 'no sequence' > "$W/many-6.gb"
$ for how in '' --json --path; do for jobs in 1 2 7; do s=0; "$labseal" dna verify $how --jobs $jobs --trust "$W/auth/parameters.pem" "$W"/many-*.gb > "$W/many.$jobs" || s=$?; [ $s -eq 1 ] || exit 1; cmp "$W/many.1" "$W/many.$jobs" || exit 1; done; done
$ s=0; "$labseal" dna verify --json --trust "$W/auth/parameters.pem" "$W"/many-*.gb > "$W/many.json" || s=$?; [ $s -eq 1 ] && jq -e '[.records[].outcome] == ["valid","valid","no-block","valid","valid-after-correction","unread","valid","valid"] and ([.records[].file] | . == sort)' "$W/many.json" > "$W/said"
$ (TMPDIR=/nowhere; export TMPDIR; "$labseal" dna verify --jobs 2 --trust "$W/auth/parameters.pem" "$W/s.gb" "$W/many-1.gb" > "$W/said") && [ "$(grep -c 'VERIFIED: valid' "$W/said")" = 2 ]
N 2 dna verify --jobs 0 --trust "$W/auth/parameters.pem" "$W/s.gb"
err: --jobs is 1 to 64

# a file of many reads: each is told as it was verified, and memory does not grow with their number (the sanitizers want more
# memory than any limit, and ten times the time)
$ reads=${SANITIZE:+6000} reads=${reads:-60000}; within() { [ -n "${SANITIZE:-}" ] || ulimit -v "$1"; }
$ python3 -c 'import sys; print("".join("@r%d\n%s\n+\n%s\n" % (i, "acgta" * 12, "I" * 60) for i in range(int(sys.argv[1]))), end="")' $reads > "$W/reads.fq"
$ s=0; (within 600000 && "$labseal" dna verify --json --trust "$W/auth/parameters.pem" "$W/reads.fq" > "$W/reads.json") || s=$?; [ $s -eq 1 ] && python3 -c 'import json,sys; assert len(json.load(open(sys.argv[1]))["records"]) == int(sys.argv[2])' "$W/reads.json" $reads

$ for jobs in 2 5; do s=0; (within 900000 && "$labseal" dna verify --json --jobs $jobs --trust "$W/auth/parameters.pem" "$W/reads.fq" > "$W/reads.$jobs.json") || s=$?; [ $s -eq 1 ] && cmp "$W/reads.json" "$W/reads.$jobs.json" || exit 1; done

# records of one file at once: as one after the other, in their order, features, corrections and what cannot be read among them
$ for i in 1 2 3; do cat "$W/s.gb" "$W/two-errors.gb" "$W/p.gb"; sed 's/^        1 a/        1 n/; s/^        1 [cgt]/        1 n/' "$W/p.gb"; cat "$W/over-errors.gb"; done > "$W/records.gb"
$ for how in '' --json --path; do for jobs in 1 2 7; do s=0; "$labseal" dna verify $how --jobs $jobs --trust "$W/auth/parameters.pem" "$W/records.gb" > "$W/records.$jobs" || s=$?; [ $s -eq 1 ] || exit 1; cmp "$W/records.1" "$W/records.$jobs" || exit 1; done; done
$ s=0; "$labseal" dna verify --json --jobs 3 --trust "$W/auth/parameters.pem" "$W/records.gb" > "$W/records.json" || s=$?; [ $s -eq 1 ] && jq -e '[.records[].outcome] == (["valid","valid-after-correction","no-block","unread","valid"] | . + . + .) and ([.records[].corrections[].features[].label] | unique == ["madeR"])' "$W/records.json" > "$W/said"

# how much of a record signatures cover
$ "$labseal" dna sign --key "$W/alice.key" --id 7 --at 1500 --segment 1400..1600 --topology linear --output "$W/segment.fa" "$W/p.fa"
P dna verify --trust "$W/auth/parameters.pem" "$W/segment.fa"
out: VERIFIED: valid-segment, nothing but the segment is covered
out: 201 bases around the block are covered: bases 1400..
out: of the record's 3347 bases; 2799 are in no segment that holds
P dna verify --trust "$W/auth/parameters.pem" "$W/s.gb"
out: coverage    all 
