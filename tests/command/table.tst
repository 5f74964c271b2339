# SPDX-License-Identifier: Apache-2.0
# What all commands have in common: the table, its help, usage errors.

N 2
err: labseal: which command? 'labseal help' lists them
P --version
out: labseal 
P help
out: Usage: labseal COMMAND
out: provision
out: verify
out: Exit status: 0 holds, 1 does not hold, 2 usage, 3 could not check, 4 failed.
P --help
out: Usage: labseal COMMAND
N 4 help >/dev/full
err: labseal help: cannot write to standard output: No space left on device
N 4 cal help >/dev/full
err: labseal cal help: cannot write to standard output: No space left on device
N 4 check policy/examples/minimal.yaml >&-
err: labseal check: cannot write to standard output: Bad file descriptor
P help check
out: Usage: labseal check [--json] POLICY
P check --help
out: Usage: labseal check [--json] POLICY
P check -h
out: Usage: labseal check [--json] POLICY
# among other words it is answered, and is no success: 0 would say that a file of that name holds
N 2 verify share --help
out: Usage: labseal verify [--trust FILE]
N 2 dna verify --trust params.pem --help plasmid.gb
out: Usage: labseal dna verify --trust FILE
N 2 dna authority log init --help
out: Usage: labseal dna authority log --origin NAME
P authority init --help
out: Usage: labseal authority init
P enrol request --help
out: Usage: labseal enrol --ca FOLDER
# each command of the whole line answers it, however deep it stands
$ helps() { local sub; for sub in $("$labseal" "$@" help | sed -n 's/^  \([a-z][a-z-]*\)  *.*/\1/p'); do for h in --help -h; do "$labseal" "$@" "$sub" "$h" >"$W/helped" 2>"$W/help-err" && grep -q '^Usage: ' "$W/helped" && [ ! -s "$W/help-err" ] || { echo "$* $sub $h"; return 1; }; done; echo "$* $sub" >>"$W/commands"; ! grep -q '^Usage: labseal[a-z -]* COMMAND ' "$W/helped" || helps "$@" "$sub" || return 1; done; }
$ helps && grep -q '^dna authority withdraw$' "$W/commands" && grep -q '^cal chain pin$' "$W/commands" && [ "$(wc -l <"$W/commands")" -ge 50 ]
# wrong usage of the audit's commands, each
N 2 export-share
err: which share?
N 2 export-share --colour
err: there is no option '--colour'
N 2 export-share --trust x y
err: a share, and where to
N 2 help chekc
err: did you mean 'check'?
N 2 chekc
err: labseal: there is no command 'chekc'; did you mean 'check'?
N 2 xyzzy-plugh
err: 'labseal help' lists them
P --complete
out: check --json
out: trust --json --output
out: verify 

# a command with commands of its own
N 2 cal
err: labseal cal: which command? 'labseal cal help' lists them
P cal help
out: Usage: labseal cal COMMAND
out: the manual is labseal-cal(1)
P cal --help
out: Usage: labseal cal COMMAND
out: evidence   put a device's chain
P help dna
out: Usage: labseal dna COMMAND
out: authority  make an authority's keys
P cal chain --help
out: deploy     put a new, empty registry on a chain
out: the manual is labseal-cal(1)
P dna authority help
out: the manual is labseal-dna(1)
P --complete
out: cal ...
N 2 cal xyzzy-plugh
err: labseal cal: there is no command 'xyzzy-plugh'

# one line for each way to be wrong, then the usage of that command alone
N 2 check
err: labseal check: which policy?
err: Usage: labseal check [--json] POLICY
no-err: provision
N 2 check ''
err: labseal check: which policy?
N 2 check a b
err: labseal check: one policy is enough; what is 'b'?
N 2 check --jsn a
err: labseal check: there is no option '--jsn'; did you mean '--json'?
N 2 check -x a
err: labseal check: there is no option '-x'
N 2 check --json=yes a
err: labseal check: '--json' takes no value
N 2 trust --output
err: labseal trust: '--output' needs a value
N 2 trust --output= a
err: labseal trust: the value of '--output' is empty
N 2 trust --output a --output b c
err: labseal trust: '--output' is there twice
N 2 xml --accelerator xen a
err: labseal xml: '--accelerator' is kvm or tcg, not 'xen'
N 3 check -- --json
err: '--json'
N 2 provision
err: which policy?
N 2 run
err: which policy?
N 2 status
err: which policy?
N 2 trust
err: which policy?
N 2 xml
err: which policy?

# the manual has every command, and every option of lab IT's commands
$ for c in $("$labseal" --complete | cut -d ' ' -f 1); do grep -q "^\.It Cm $c" man/labseal.1 || { echo "$c"; exit 1; }; done
$ for o in $("$labseal" --complete | grep -E '^(check|xml|audit|provision|deprovision|authority|approve|status|trust|demo) ' | cut -d ' ' -f 2- | tr ' ' '\n' | sed 's/^-//'); do grep -q -- "Fl $o" man/labseal.1 || { echo "$o"; exit 1; }; done
$ ! command -v mandoc || mandoc -T lint -W warning man/labseal.1 man/labseal-policy.5 man/labseal-export-share.1

# the shell completion asks the program
$ complete_with() { PATH=$BUILD:$PATH; . scripts/labseal.bash; COMP_WORDS=(labseal "$@"); COMP_CWORD=$#; _labseal; echo "${COMPREPLY[*]}"; }
$ [ "$(complete_with pro)" = provision ]
$ [ "$(complete_with help tru)" = trust ]
$ [ "$(complete_with trust --o)" = --output ]
$ [ "$(complete_with check poli)" = policy ]
$ [ "$(complete_with xyzzy --)" = '' ]
$ [ "$(complete_with cal tra)" = trace ]
$ [ "$(complete_with cal trace --ev)" = --evidence ]
$ [ "$(complete_with cal issue --parent-d)" = --parent-document ]
$ [ "$(complete_with cal chain de)" = deploy ]
$ [ "$(complete_with dna authority extract --or)" = --orcid ]

# a policy that cannot be read is no verdict, whoever is asked
N 3 check "$W/none.yaml"
N 3 run "$W/none.yaml"
$ s=0; "$BUILD/labseald" "$W/none.yaml" || s=$?; [ $s -eq 3 ]
$ s=0; "$BUILD/labseald" --machine </dev/null || s=$?; [ $s -ne 0 ]

# the programs that labseald starts say what they are, too
$ for p in audit countersign diode export notary publish report witness; do "$BUILD/labseal-$p" --help | grep "^Usage: labseal-$p" || echo "nothing of $p"; done >"$W/usages"
$ [ "$(grep -c '^Usage: ' "$W/usages")" = 8 ] && [ "$(grep -c '' "$W/usages")" = 8 ]
