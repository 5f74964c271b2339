# SPDX-License-Identifier: Apache-2.0
#
# plate.awk -v what=PART -v seed=N: a made-up 96-well run of 40 cycles, as the parts of the files instruments save.
#
# Rows A to E hold a dilution series, F and G samples, H the control without template. Each well's fluorescence is a
# sigmoid over the cycles with a little noise from a fixed generator, so that the same seed gives the same bytes.
#     multicomponent   signal of each dye by well and cycle (inside an .eds)
#     setup            the plate's samples (inside an .eds)
#     detectors        what each well holds of which target (the same)
#     results          well, sample, task and Ct (an export's [Results])
#     amplification    Rn and delta Rn by well and cycle (an export's [Amplification Data])

BEGIN {
	CYCLES = 40
	WELLS = 96
	noise_state = seed + 1
	if (what == "multicomponent")
		multicomponent()
	else if (what == "setup")
		setup()
	else if (what == "detectors")
		detectors()
	else if (what == "results")
		results()
	else if (what == "amplification")
		amplification()
	else {
		printf "plate.awk: unknown part '%s'\n", what > "/dev/stderr"
		exit 1
	}
}

# In [-1, 1): Lehmer's generator, exact in a double.
function noise() {
	noise_state = (noise_state * 16807) % 2147483647
	return noise_state / 1073741823.5 - 1
}

function row(well) { return int(well / 12) }
function position(well) { return substr("ABCDEFGH", row(well) + 1, 1) (well % 12 + 1) }

function task(well) {
	if (row(well) < 5)
		return "STANDARD"
	return row(well) < 7 ? "UNKNOWN" : "NTC"
}

function sample(well) {
	if (row(well) < 5)
		return sprintf("standard 1e%d", 6 - row(well))
	return row(well) < 7 ? sprintf("sample %d", (row(well) - 5) * 12 + well % 12 + 1) : "no template"
}

# The cycle at which the curve crosses the threshold; beyond the run's end for the control.
function ct(well) {
	if (row(well) == 7)
		return 60
	if (row(well) < 5)
		return 17.5 + 3.35 * row(well) + (well % 12) * 0.02
	return 19 + ((well * 7 + seed) % 24) * 0.6
}

function rn(well, cycle) {
	return 0.42 + 3.1 / (1 + exp(-(cycle - ct(well) - 3) / 1.5)) + noise() * 0.004
}

function multicomponent(    well, cycle, rox) {
	printf "7500 v2.3 MulticomponentData\r\n\r\nWELL\tCYCLE\tDYE LIST\tMSE\tSIGNAL DATA\r\n"
	for (well = 0; well < WELLS; well++)
		for (cycle = 0; cycle < CYCLES; cycle++) {
			rox = 363000 + noise() * 1500
			printf "%d\t%d\tFAM\t%.1f\t%.2f\r\n", well, cycle, 6500 + noise() * 400, rox * rn(well, cycle + 1)
			printf "%d\t%d\tROX\t%.1f\t%.2f\r\n", well, cycle, 6500 + noise() * 400, rox
		}
}

function setup(    well) {
	for (well = 0; well < WELLS; well++)
		printf "        <FeatureValue>\n            <Index>%d</Index>\n            <FeatureItem><Sample><Name>%s</Name></Sample></FeatureItem>\n        </FeatureValue>\n", well, sample(well)
}

function detectors(    well) {
	for (well = 0; well < WELLS; well++) {
		printf "        <FeatureValue>\n            <Index>%d</Index>\n            <FeatureItem><DetectorTaskList><DetectorTask>\n", well
		printf "                <Task>%s</Task><Concentration>%.1f</Concentration>\n", task(well),
			task(well) == "STANDARD" ? 10 ^ (6 - row(well)) : 1
		printf "                <Detector><Name>RNase P</Name><Reporter>FAM</Reporter><Quencher>NFQ-MGB</Quencher></Detector>\n"
		printf "            </DetectorTask></DetectorTaskList></FeatureItem>\n        </FeatureValue>\n"
	}
}

function results(    well, crossing, quantity) {
	printf "Well\tSample Name\tTarget Name\tTask\tReporter\tQuencher\tCT\tCt Mean\tCt SD\tQuantity\tThreshold\r\n"
	for (well = 0; well < WELLS; well++) {
		crossing = "Undetermined"
		if (ct(well) <= CYCLES)
			crossing = sprintf("%.4f", ct(well) + noise() * 0.05)
		quantity = task(well) == "STANDARD" ? sprintf("%d", 10 ^ (6 - row(well))) : ""
		printf "%s\t%s\tRNase P\t%s\tFAM\tNFQ-MGB\t%s\t\t\t%s\t0.200\r\n",
			position(well), sample(well), task(well), crossing, quantity
	}
}

function amplification(    well, cycle, value) {
	printf "Well\tCycle\tTarget Name\tRn\tDelta Rn\r\n"
	for (well = 0; well < WELLS; well++)
		for (cycle = 1; cycle <= CYCLES; cycle++) {
			value = rn(well, cycle)
			printf "%d\t%d\tRNase P\t%.3f\t%.3f\r\n", well + 1, cycle, value, value - 0.42
		}
}
