#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# generate.sh OUT: fill the folder OUT with made-up instrument files, the demo's default input.
#
# They look like what a 7500 Fast and a QuantStudio 5 save, and hold what programs that read them look for: run files
# (.eds: a ZIP with apldbio/sds/ entries), text exports with and without a finished run's end time, names with spaces
# and beyond ASCII, sub-folders, and one larger file. The same bytes every time. OUT appears whole or not at all.
set -eu
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "$0")" && pwd)
run_time=202603041422.07 # touch -t: every entry's time inside the run files

fail() {
	printf 'generate: %s\n' "$1" >&2
	exit 1
}

plate() { awk -v what="$1" -v seed="$2" -f "$here/plate.awk"; }

# calibration NAME: an instrument's calibration file; the time stamp is milliseconds since 1970.
calibration() {
	printf '[head]\nname=Calibration\nversion=1.0.0\ntimestamp=1767960000000\n\n'
	printf '[instrument]\nid=275012345\ntype=sds7500fast\n\n[block]\ntype=96fast\nrows=8\ncolumns=12\n\n'
	printf '[%s]\n1=<<eof\n' "$1"
	awk -v kind="$1" 'BEGIN { for (i = 0; i < 96; i++) printf "%.6f%s", kind == "background" ? -300 + i % 17 : 1 + (i % 7) / 100, i % 12 == 11 ? "\n" : "," }'
	printf 'eof\n'
}

# run_file NAME SEED: a finished run, as 7500 Software v2.3 saves it.
run_file() {
	tree=$work/eds
	rm -rf "$tree"
	mkdir -p "$tree/apldbio/sds/calibrations" "$(dirname "$files/$1")"
	sds=$tree/apldbio/sds
	printf '%s: %s\r\n' Manifest-Version 1.0 Content-Type Std Implementation-Version '7500 Software v2.3' \
		Specification-Title 'Experiment Document Specification' Specification-Version 1.1.1 >"$sds/Manifest.mf"
	cat >"$sds/experiment.xml" <<-XML
		<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
		<Experiment>
		    <Name>$(basename "$1" .eds)</Name>
		    <Operator>operator</Operator>
		    <RunState>COMPLETE</RunState>
		    <FinalAnalysisCompleted>true</FinalAnalysisCompleted>
		    <ModifiedTime>1772634127000</ModifiedTime>
		    <RunStartTime>1772628480000</RunStartTime>
		    <RunEndTime>1772634060000</RunEndTime>
		    <FileName>D:\\Applied Biosystems\\7500\\experiments\\$(basename "$1")</FileName>
		    <InstrumentTypeId>sds7500fast</InstrumentTypeId>
		    <InstrumentSerialNumber>275012345</InstrumentSerialNumber>
		</Experiment>
	XML
	{
		printf '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Plate>\n    <Rows>8</Rows>\n    <Columns>12</Columns>\n'
		printf '    <FeatureMap>\n        <Feature><Id>sample</Id><Name>sample</Name></Feature>\n'
		plate setup "$2"
		printf '    </FeatureMap>\n    <FeatureMap>\n'
		printf '        <Feature><Id>detector-task</Id><Name>detector-task</Name></Feature>\n'
		plate detectors "$2"
		printf '    </FeatureMap>\n    <PassiveReferenceDye>ROX</PassiveReferenceDye>\n</Plate>\n'
	} >"$sds/plate_setup.xml"
	cat >"$sds/tcprotocol.xml" <<-'XML'
		<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
		<TCProtocol>
		    <ProtocolName>two steps</ProtocolName>
		    <SampleVolume>25.0</SampleVolume>
		    <RunMode>Fast</RunMode>
		    <CoverTemperature>105.0</CoverTemperature>
		    <TCStage><StageFlag>PRE_CYCLING</StageFlag><NumOfRepetitions>1</NumOfRepetitions>
		        <TCStep><Temperature>95.0</Temperature><HoldTime>20</HoldTime></TCStep></TCStage>
		    <TCStage><StageFlag>CYCLING</StageFlag><NumOfRepetitions>40</NumOfRepetitions>
		        <TCStep><Temperature>95.0</Temperature><HoldTime>3</HoldTime></TCStep>
		        <TCStep><CollectionFlag>1</CollectionFlag><Temperature>60.0</Temperature><HoldTime>30</HoldTime></TCStep></TCStage>
		</TCProtocol>
	XML
	plate multicomponent "$2" >"$sds/multicomponent_data.txt"
	plate results "$2" >"$sds/analysis_result.txt"
	calibration background >"$sds/calibrations/background.ini"
	calibration uniformity >"$sds/calibrations/uniformity.ini"
	find "$tree" -type f -exec touch -t "$run_time" {} +
	(cd "$tree" && find . -type f | sed 's|^\./||' | sort | zip -X -D -q -@ - >"$files/$1")
}

# header INSTRUMENT EXPERIMENT END_TIME: the lines a text export starts with.
header() {
	printf '* %s\r\n' 'Block Type = 96fast' 'Calibration Background is expired = No' \
		'Calibration Background performed on = 01-09-2026' 'Calibration Pure Dye FAM is expired = No' \
		'Calibration Pure Dye FAM performed on = 01-09-2026' 'Chemistry = TAQMAN' \
		"Experiment File Name = D:\\Applied Biosystems\\7500\\experiments\\$2.eds" "Experiment Name = $2" \
		"Experiment Run End Time = $3" "Instrument Serial Number = 275012345" "Instrument Type = $1" \
		'Passive Reference = ROX'
	printf '\r\n'
}

# export_7500 NAME SEED END_TIME
export_7500() {
	mkdir -p "$(dirname "$files/$1")"
	{
		header sds7500fast "$(basename "$1" .txt)" "$3"
		printf '[Results]\r\n'
		plate results "$2"
	} >"$files/$1"
}

# export_quantstudio NAME SEED
export_quantstudio() {
	mkdir -p "$(dirname "$files/$1")"
	{
		header 'QuantStudio(TM) 5 System' "$(basename "$1" .txt)" '2026-03-04 09:41:30 AM CET'
		printf '[Amplification Data]\r\n'
		plate amplification "$2"
		printf '\r\n[Results]\r\n'
		plate results "$2"
	} >"$files/$1"
}

# camera_images NAME: an 8 MiB TIFF, one grey 2048 x 4096 picture of noise: what no compression makes smaller.
camera_images() {
	mkdir -p "$(dirname "$files/$1")"
	{
		# Little-endian header, then the directory at 8: width, length, bits, compression, colour, offset, rows, bytes.
		printf 'II\052\000\010\000\000\000\010\000'
		printf '\000\001\004\000\001\000\000\000\000\010\000\000\001\001\004\000\001\000\000\000\000\020\000\000'
		printf '\002\001\003\000\001\000\000\000\010\000\000\000\003\001\003\000\001\000\000\000\001\000\000\000'
		printf '\006\001\003\000\001\000\000\000\001\000\000\000\021\001\004\000\001\000\000\000\156\000\000\000'
		printf '\026\001\004\000\001\000\000\000\000\020\000\000\027\001\004\000\001\000\000\000\000\000\200\000'
		printf '\000\000\000\000'
		head -c 8388608 /dev/zero |
			openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00000000000000000000000000000000
	} >"$files/$1"
}

[ $# -eq 1 ] || fail 'usage: generate.sh OUT'
for tool in zip openssl; do
	command -v "$tool" >/dev/null || fail "there is no '$tool' here; scripts/install-deps.sh run installs it"
done
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$out.tmp
files=$work/files
rm -rf "$work"
mkdir -p "$files"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run_file 'experiments/plate7.eds' 7
run_file 'experiments/plate8 standard curve.eds' 8
export_7500 'exports/plate7_data.txt' 7 '2026-03-04 14:21:00 PM GMT'
export_7500 'exports/Prüfplatte №7 – Übersicht.txt' 9 '2026-03-04 14:21:00 PM GMT'
export_quantstudio 'exports/QS5 viral load.txt' 5
camera_images 'images/plate7_camera.tif'

rm -rf "$out"
mv "$files" "$out"
