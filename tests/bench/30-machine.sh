#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Through the machine: the exporter in the stand-in guest over its virtio port to the real receiver, against dd of the
# same file into a raw port that the host reads into a file; in turns, in one machine (docs/bench.md).
#   BENCH_CPU=qemu64 BENCH_ACCEL=tcg BENCH_MB=16 BENCH_TURNS=5 BENCH_CONTENT=random|zeros tests/bench/30-machine.sh
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
cpu=${BENCH_CPU:-qemu64} accel=${BENCH_ACCEL:-tcg} megabytes=${BENCH_MB:-16} turns=${BENCH_TURNS:-5}
command -v qemu-system-x86_64 >/dev/null || {
	echo 'machine: skipped: QEMU is not installed'
	exit 0
}
work=$(mktemp -d) || exit 4
helpers=()
finish() {
	[ ${#helpers[@]} -eq 0 ] || kill "${helpers[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT

die() {
	echo "machine: $1" >&2
	exit 4
}

mkdir "$work/root"
install -m 0755 tests/bench/guest/exporter "$work/root/exporter"
case ${BENCH_CONTENT:-random} in
random) head -c "${megabytes}M" /dev/urandom ;;
zeros) head -c "${megabytes}M" /dev/zero ;;
*) die "there is no content '$BENCH_CONTENT'" ;;
esac >"$work/root/bench-file"
echo "$turns" >"$work/root/bench-turns"
mkdir "$work/root/instrument"
printf '#!/bin/busybox sh\n' >"$work/root/instrument/save-runs"
chmod 0755 "$work/root/instrument/save-runs"
images/make-variant.sh "$build/images/base.cpio" "$work/root" "$work/initrd" || exit 4

"$build/tests/tools/diode_catch" "$build/labseal-diode" "$work/catch" >"$work/got" 2>"$work/catch.err" &
helpers+=($!)
mkfifo "$work/raw"
cat "$work/raw" >"$work/raw.bin" &
until [ -p "$work/catch/fifo" ]; do sleep 0.1; done
memory=$((256 + (turns + 4) * megabytes))
timeout 900 qemu-system-x86_64 -nodefaults -no-user-config -display none -machine pc -accel "$accel" -cpu "$cpu" \
	-m "$memory" -kernel "$build/images/vmlinuz" -initrd "$work/initrd" -append "quiet no_timer_check" \
	-serial "file:$work/said" -device virtio-serial-pci \
	-chardev "file,id=raw,path=$work/raw,append=on" -device virtserialport,chardev=raw,name=org.labseal.raw \
	-chardev "file,id=port,path=$work/catch/fifo,append=on" -device virtserialport,chardev=port,name=org.labseal.0 \
	</dev/null >"$work/qemu" 2>&1 || die "the machine: $(cat "$work/qemu")"
grep -q '^end' "$work/said" || die "the guest did not end: $(tail -n 5 "$work/said")"
sum=$(sha256sum <"$work/root/bench-file" | cut -c1-64)
for _ in $(seq 300); do
	[ "$(grep -c "^file [0-9]* $sum" "$work/got")" -lt "$turns" ] || break
	sleep 0.1
done
[ "$(grep -c "^file [0-9]* $sum" "$work/got")" -eq "$turns" ] || die "not all of $turns files arrived whole"
[ "$(stat -c %s "$work/raw.bin")" -eq $((turns * megabytes * 1048576)) ] || die 'the raw port lost bytes'

tr -d '\r' <"$work/said" | awk -v bytes=$((megabytes * 1048576)) -v what="$cpu, $accel" '
	$1 == "raw" { raw = $2 }
	$1 == "export" { n++; ratio[n] = raw / $3; base[n] = raw; ours[n] = $3; take[n] = $2
		user_take[n] = $4; kernel_take[n] = $5; user[n] = $6 - $4; kernel[n] = $7 - $5 }
	function middle(a, i, j, t, b) {
		for (i = 1; i <= n; i++) b[i] = a[i]
		for (i = 2; i <= n; i++) for (j = i; j > 1 && b[j - 1] > b[j]; j--) { t = b[j]; b[j] = b[j - 1]; b[j - 1] = t }
		return n % 2 ? b[(n + 1) / 2] : (b[n / 2] + b[n / 2 + 1]) / 2
	}
	END {
		r = middle(ratio)
		printf "machine: exporter to receiver (%s): %.2f of dd into a port; aim 0.80: %s\n", what, r, (r >= 0.8 ? "reached" : "missed")
		printf "    %.0f against %.0f MB/s, medians of %d turns\n", bytes / middle(ours) / 1e6, bytes / middle(base) / 1e6, n
		printf "    %.2f s: %.2f until it was whole in the outbox (%.2f in the exporter, %.2f in the kernel for it),\n", \
			middle(ours), middle(take), middle(user_take) / 100, middle(kernel_take) / 100
		printf "    then framing and port (%.2f in the exporter, %.2f in the kernel for it)\n", middle(user) / 100, middle(kernel) / 100
	}'
