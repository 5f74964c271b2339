# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # of lib.sh
#
# A laboratory's registry of calibrations with one instrument in it, made by `labseal cal` as a laboratory does: for
# tests that need one of today.  Sourced after lib.sh.

# registry_key NAME: of somebody, in $keys.
registry_key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$keys/$1.pem" 2>/dev/null &&
		openssl pkey -in "$keys/$1.pem" -pubout -out "$keys/$1.pub"
}

# issue WORD ...: `labseal cal issue` into $registry.
issue() { "$labseal" cal issue --registry "$registry" "$@"; }

# registry_of DEVICE: $registry with that device, of a laboratory below an institute, and its trust file $registry_trust;
# nothing is calibrated yet but the laboratory's own standard, by the institute.
registry_of() {
	local name vkey valid=(--from 2020-01-01 --until 2090-01-01)
	registry=$work/registry keys=$work/registry-keys registry_trust=$work/registry-trust.txt
	mkdir -p "$keys"
	for name in nmi lab tech nmitech; do registry_key "$name" || return; done
	vkey=$("$labseal" cal init --origin registry.example/cal --log-key "$keys/log.pem" --make-key "$registry" |
		sed -n 's/^registry //p') || return
	{
		printf 'labseal/calibration-trust/v1\nregistry %s\n' "$vkey"
		printf 'nmi %s Institute\n' "$(openssl pkey -pubin -in "$keys/nmi.pub" -outform DER | base64 -w 0)"
		printf 'max-age 86400\nmax-depth 10\n'
	} >"$registry_trust"
	issue organisation --name Institute --level 0 --certified-by root "${valid[@]}" --key "$keys/nmi.pem" \
		--scope 'temperature \degreecelsius -100 300 0.0005 2' &&
		issue organisation --name Lab --level 1 --certified-by Institute "${valid[@]}" --public "$keys/lab.pub" \
			--key "$keys/nmi.pem" --scope 'temperature \degreecelsius -40 150 0.02 2' &&
		issue technician --name Nora --organisation Institute "${valid[@]}" --public "$keys/nmitech.pub" --key "$keys/nmi.pem" &&
		issue technician --name Ada --organisation Lab "${valid[@]}" --public "$keys/tech.pub" --key "$keys/lab.pem" &&
		issue device --name Cell --level 0 --from 2020-01-01 --technician Nora --make-key "$keys/cell.pem" --key "$keys/nmitech.pem" &&
		issue device --name "$1" --level 1 --from 2020-01-01 --technician Ada --make-key "$keys/device.pem" --key "$keys/tech.pem" &&
		issue report --device Cell --technician Nora --performed 2021-01-10 --due 2089-01-10 --number I-1 \
			--quantity 'temperature \degreecelsius -40 200' --point '0 0 0.001 2 -' --point '100 0 0.002 2 -' \
			--key "$keys/nmitech.pem" --key "$keys/nmi.pem"
}

# calibrate DEVICE NUMBER PERFORMED DUE: by the laboratory, against its standard; and a heartbeat, which says that it is all.
calibrate() {
	issue report --device "$1" --technician Ada --parent Cell --performed "$3" --due "$4" --number "$2" \
		--quantity 'temperature \degreecelsius -40 150' --point '0 0.01 0.02 2 -' --point '100 0.01 0.02 2 -' \
		--key "$keys/cell.pem" --key "$keys/tech.pem" && issue heartbeat
}
