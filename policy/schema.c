/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/schema.h"

#include <string.h>

#include "policy/value.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)
#define DAY UINT64_C(86400)

/* The order of each list is that of its enum in policy.h. */
static const char *const connections[] = { "qemu:///system", "qemu:///embed", NULL };
static const char *const vm_types[] = { "auto", "kvm", "tcg", NULL };
static const char *const machines[] = { "pc-i440fx-7.2", NULL };
static const char *const cpus[] = { "qemu32", "pentium3", "kvm32", "qemu64", "kvm64", NULL };
static const char *const clocks[] = { "localtime", "utc", NULL };
static const char *const displays[] = { "vnc", "none", NULL };
static const char *const disk_formats[] = { "qcow2", "raw", NULL };
static const char *const overlays[] = { "discard", "keep", NULL };
static const char *const channels[] = { "virtio", "com1", NULL };
static const char *const keys[] = { "tpm", "pkcs11", "file", NULL };
static const char *const off[] = { "off", NULL };
static const char *const uncalibrated[] = { "seal", "refuse", NULL };
static const char *const drifts[] = { "stop-sealing", "stop-vm", "flag", NULL };

#define AT(member) offsetof(struct ls_policy, member), sizeof(((struct ls_policy *)0)->member)
#define MAP(path, required, summary)                                          \
	{                                                                     \
		path, LS_FIELD_MAP, required, NULL, summary, 0, 0, 0, 0, NULL \
	}
#define NEEDED(path, type, member, summary)                                        \
	{                                                                          \
		path, LS_FIELD_##type, true, NULL, summary, AT(member), 0, 0, NULL \
	}
#define OPTION(path, type, member, fallback, summary)                                   \
	{                                                                               \
		path, LS_FIELD_##type, false, fallback, summary, AT(member), 0, 0, NULL \
	}
#define NUMBER(path, type, member, fallback, min, max, summary)                             \
	{                                                                                   \
		path, LS_FIELD_##type, false, fallback, summary, AT(member), min, max, NULL \
	}
#define CHOICE(path, list, member, fallback, summary)                                   \
	{                                                                               \
		path, LS_FIELD_CHOICE, false, fallback, summary, AT(member), 0, 0, list \
	}

/* clang-format off */
const struct ls_policy_field ls_policy_fields[] = {
	NEEDED("version", VERSION, version, "Version of this format"),

	MAP("instrument", true, "The instrument, as it appears in every sealed result"),
	NEEDED("instrument.id", ID, instrument.id, "Its name: unique in the lab, fit for a file name"),
	OPTION("instrument.maker", TEXT, instrument.maker, NULL, "Who built it"),
	OPTION("instrument.model", TEXT, instrument.model, NULL, "What it is"),
	OPTION("instrument.serial", TEXT, instrument.serial, NULL, "The serial number on its label"),

	OPTION("state", PATH, state, "/var/lib/labseal/{id}",
	       "Folder for keys, approvals, the spool and the status; readable by root only"),

	MAP("vm", true, "The virtual machine that runs the instrument's software"),
	OPTION("vm.name", ID, vm.name, "labseal-{id}", "Its name in libvirt"),
	CHOICE("vm.connection", connections, vm.connection, "qemu:///system",
	       "The libvirt that runs it; `qemu:///embed` is a private one inside labseald, for development"),
	CHOICE("vm.type", vm_types, vm.type, "auto",
	       "The accelerator; `auto` is KVM, or TCG where KVM does not work and `development` is true"),
	NUMBER("vm.memory", SIZE, vm.memory, "1 GiB", 64 * MIB, 16 * GIB, "Its memory, in whole MiB"),
	CHOICE("vm.machine", machines, vm.machine, "pc-i440fx-7.2",
	       "The machine type, pinned so that an upgrade of QEMU does not change the hardware"),
	CHOICE("vm.cpu", cpus, vm.cpu, "qemu32",
	       "The processor model; the 32-bit ones have no NX flag, which Windows XP setup trips over"),
	CHOICE("vm.clock", clocks, vm.clock, "localtime", "What its clock shows; Windows keeps local time"),
	CHOICE("vm.display", displays, vm.display, "vnc",
	       "The console; `vnc` is reachable through libvirt's socket only, never through the network"),
	MAP("vm.disk", false, "The base image; it is never written, what the guest writes goes to an overlay"),
	NEEDED("vm.disk.path", PATH, vm.disk.path, "The image file"),
	NEEDED("vm.disk.sha256", DIGEST, vm.disk.sha256, "The image's SHA-256, as `sha256sum` prints it"),
	CHOICE("vm.disk.format", disk_formats, vm.disk.format, "qcow2", "The image's format"),
	CHOICE("vm.disk.overlay", overlays, vm.disk.overlay, "discard",
	       "What becomes of the guest's writes at the next start; `keep` keeps them beside the image"),
	MAP("vm.results-disk", false,
	    "A second disk, whose content stays from start to start: for the instrument's own result files"),
	NEEDED("vm.results-disk.path", PATH, vm.results_disk.path,
	       "Its image file, in qcow2; labseald makes an empty one when there is none"),
	NUMBER("vm.results-disk.size", SIZE, vm.results_disk.size, "16 GiB", MIB, 2 * TIB,
	       "How large it appears to the guest when it is made"),
	MAP("vm.boot", false, "A Linux kernel to boot directly, for development"),
	NEEDED("vm.boot.kernel", PATH, vm.boot.kernel, "The kernel"),
	OPTION("vm.boot.initrd", PATH, vm.boot.initrd, NULL, "Its initial RAM disk"),
	OPTION("vm.boot.cmdline", TEXT, vm.boot.cmdline, NULL, "Its command line"),
	OPTION("vm.usb", USB, vm.usb, NULL,
	       "USB devices that are handed to the guest: the instrument; `port` and `serial` tell it from others of its kind"),
	OPTION("vm.rs232", SERIAL, vm.rs232, NULL,
	       "A serial port of the host that the guest sees as COM2: the instrument"),

	MAP("channel", false, "The one-way channel, and what the host accepts from it"),
	CHOICE("channel.type", channels, channel.type, "virtio",
	       "The port in the guest; `com1` needs no driver in Windows XP"),
	OPTION("channel.name", ID, channel.name, "org.labseal.0", "The virtio port's name in the guest"),
	NUMBER("channel.max-file-size", SIZE, channel.max_file_size, "1 GiB", 1, TIB,
	       "The largest file that is accepted"),
	NUMBER("channel.max-name-length", COUNT, channel.max_name_length, "255", 1, 1024,
	       "The longest claimed file name that is accepted, in bytes"),
	NUMBER("channel.open-files", COUNT, channel.open_files, "4", 1, 16,
	       "How many files may be on their way at one time"),
	NUMBER("channel.files-per-day", COUNT, channel.files_per_day, "100000", 1, UINT64_C(1000000000),
	       "How many files a day are accepted"),
	NUMBER("channel.gap-after", COUNT, channel.gap_after, "60", 1, 86400,
	       "After so many seconds a file that the guest says it sent, and that is not here, is sealed as a gap"),
	NUMBER("channel.silence-after", COUNT, channel.silence_after, "600", 10, 86400,
	       "After so many seconds without a sign of life from the guest's exporter its silence is sealed"),
	NUMBER("channel.spool-size", SIZE, channel.spool_size, "8 GiB", MIB, 64 * TIB,
	       "How much may wait for its seal, at least twice the largest file; a full spool makes the guest wait, it loses nothing"),

	MAP("results", false, "What counts as a result"),
	OPTION("results.names", PATTERNS, results.names, "*",
	       "Patterns of accepted file names (`*`, `?`, `[...]`); letter case does not matter"),

	MAP("signing", false, "The key that signs"),
	CHOICE("signing.key", keys, signing.key, "tpm",
	       "Where it lives: in the TPM, or in a PKCS#11 token (HSM); `file` is a plain file, for development"),
	OPTION("signing.tpm", TPM, signing.tpm, "embedded",
	       "The TPM; `embedded` is a software TPM, and everything it signs is labelled so; `none` is for `key: pkcs11` "
	       "without one: then nothing binds the key to the approved state, and every verdict says so"),
	NUMBER("signing.remember-every", COUNT, signing.remember_every, NULL, 1, 86400,
	       "Seconds between two writes of the newest checkpoint to the TPM's memory, at least; by itself 3600, and 1 for `embedded`, whose memory does not wear out"),
	OPTION("signing.ed25519", BOOL, signing.ed25519, "false",
	       "Sign checkpoints a second time, by an Ed25519 key beside the signing key, for readers of the log that know no other; "
	       "a token has it in itself, a TPM unseals it for the enclave, which then holds it in memory"),
	NUMBER("signing.heartbeat-every", COUNT, signing.heartbeat_every, "14400", 60, 86400,
	       "Seconds from one sealed heartbeat to the next: what lies between two of them was sealed between their times"),
	OPTION("signing.origin", ORIGIN, signing.origin, "labseal/{id}", "The log's name in its checkpoints"),
	MAP("signing.pkcs11", false, "The token, for `key: pkcs11`"),
	NEEDED("signing.pkcs11.module", PATH, signing.pkcs11.module, "The PKCS#11 module, a shared object; measured with all that it loads"),
	OPTION("signing.pkcs11.variable", VARIABLE, signing.pkcs11.variable, NULL,
	       "The environment variable by which the module finds its configuration, such as `SOFTHSM2_CONF`"),
	OPTION("signing.pkcs11.configuration", PATH, signing.pkcs11.configuration, NULL,
	       "The module's configuration file; measured"),
	OPTION("signing.pkcs11.folder", PATH, signing.pkcs11.folder, NULL,
	       "A folder that the module reads while it works (SoftHSM's tokens); copied into the enclave's root at each start, not measured"),
	NEEDED("signing.pkcs11.token", TEXT, signing.pkcs11.token, "The token's label"),
	OPTION("signing.pkcs11.serial", TEXT, signing.pkcs11.serial, NULL, "Its serial number, where two have one label"),
	OPTION("signing.pkcs11.label", TEXT, signing.pkcs11.label, "labseal-{id}", "The key's label in the token"),
	OPTION("signing.pkcs11.pin-file", PATH, signing.pkcs11.pin_file, NULL,
	       "A file with the token's PIN, root's alone (mode 0600), for `tpm: none`; with a TPM, which seals the PIN, there is none"),

	MAP("signing.timestamp", false, "A time-stamping authority (RFC 3161) that is asked for time stamps of the log, by labseal-notary(8)"),
	NEEDED("signing.timestamp.url", URL, signing.timestamp.url, "Where it is asked"),
	NEEDED("signing.timestamp.ca", PATH, signing.timestamp.ca,
	       "A PEM file with the CA certificates that its own chain to; they go into the trust file"),
	NUMBER("signing.timestamp.every", COUNT, signing.timestamp.every, "3600", 10, 604800,
	       "Seconds from one time stamp to the next, at least; none is asked for while nothing new was sealed"),
	OPTION("signing.witnesses", WITNESSES, signing.witnesses, NULL,
	       "Witnesses (C2SP tlog-witness) that cosign the log's checkpoints: the key that the witness's operator gives, a blank, and its URL without `/add-checkpoint`"),
	NUMBER("signing.quorum", COUNT, signing.quorum, NULL, 1, LS_POLICY_WITNESSES_MAX,
	       "How many of the witnesses an auditor demands; by itself all of them"),

	MAP("publish", false, "The share"),
	OPTION("publish.share", PATH, publish.share, "/srv/labseal/{id}", "Folder that is exported read-only"),
	OPTION("publish.metrics", PATH, publish.metrics, NULL,
	       "A file that ends in `.prom`, which labseald keeps for node_exporter's textfile collector"),

	{ "calibration", LS_FIELD_MAP, false, NULL,
	  "The instrument's calibration, by a registry that is kept on this host; without it nothing is checked, and every record says so",
	  0, 0, 0, 0, off },
	NEEDED("calibration.device", TEXT, calibration.device,
	       "The instrument in the registry: its device's name, or the id of its record (64 hex digits)"),
	NEEDED("calibration.registry", PATH, calibration.registry,
	       "The folder with the registry's mirror, which `labseal cal sync` keeps; `_labseal-calibration` reads it"),
	NEEDED("calibration.trust", PATH, calibration.trust,
	       "The calibration trust file: whose registry, whose witnesses, which national institutes"),
	OPTION("calibration.quantity", ID, calibration.quantity, NULL,
	       "The quantity for which it must be calibrated, such as `temperature`; by itself whichever its report is of"),
	NUMBER("calibration.warn-before", DURATION, calibration.warn_before, "30 d", 3600, 3650 * DAY,
	       "How long before its calibration is due labseal begins to warn"),
	CHOICE("calibration.after-due", uncalibrated, calibration.after_due, "seal",
	       "What becomes of results while it is not traceable, as after the due date: sealed, with that in the record, or kept until it is"),
	CHOICE("calibration.not-shown", uncalibrated, calibration.not_shown, "seal",
	       "The same while neither can be shown, as when the mirror is older than `max-age`"),
	NUMBER("calibration.max-age", DURATION, calibration.max_age, "7 d", 60, 3650 * DAY,
	       "How old the registry's checkpoint may be, since what was revoked after it is not known; the trust file may ask for less"),
	{ "samples", LS_FIELD_SAMPLES, false, NULL,
	  "Samples whose sequence is known, such as signed DNA standards and controls: every result names them, and their sequence files are on the share",
	  0, 0, 0, 0, NULL },
	NEEDED("samples.name", SAMPLE, samples.item.name, "Its name, as the instrument's run file has it"),
	NEEDED("samples.sequence", PATH, samples.item.sequence,
	       "Its sequence file, in FASTA or GenBank; it is hashed and copied, and never looked into on this host"),
	OPTION("samples.sha256", DIGEST, samples.item.sha256, NULL,
	       "The file's SHA-256; another file is then refused. Without it, the record says which file it was"),
	OPTION("samples.signed-by", ORCID, samples.item.signed_by, NULL,
	       "Whose signature is to be in its DNA (labseal-dna(1)): an ORCID iD; `labseal verify --dna-trust` tells whether it is"),
	CHOICE("on-drift", drifts, on_drift, "stop-sealing",
	       "What to do when the machine is no longer the approved one, after the drift was sealed"),
	OPTION("development", BOOL, development, "false",
	       "Allows what production must not use; every result then says so"),
};
/* clang-format on */

const size_t ls_policy_field_count = sizeof(ls_policy_fields) / sizeof(ls_policy_fields[0]);

const struct ls_policy_field *ls_policy_field_find(const char *path)
{
	for (size_t i = 0; i < ls_policy_field_count; i++)
		if (strcmp(ls_policy_fields[i].path, path) == 0)
			return &ls_policy_fields[i];
	return NULL;
}

const char *ls_policy_field_leaf(const struct ls_policy_field *field)
{
	const char *dot = strrchr(field->path, '.');
	return dot ? dot + 1 : field->path;
}

bool ls_policy_field_is_in(const struct ls_policy_field *field, const char *map)
{
	const char *leaf = ls_policy_field_leaf(field);
	size_t length = strlen(map);
	if (length == 0)
		return leaf == field->path;
	return strncmp(field->path, map, length) == 0 && leaf == field->path + length + 1;
}

static void describe_range(const struct ls_policy_field *field, struct ls_buffer *out)
{
	char least[LS_NUMBER_TEXT], most[LS_NUMBER_TEXT];
	ls_policy_number_format(field->type, field->min, least);
	ls_policy_number_format(field->type, field->max, most);
	ls_buffer_printf(out, "%s, %s to %s",
			 field->type == LS_FIELD_SIZE	    ? "size"
			 : field->type == LS_FIELD_DURATION ? "duration"
							    : "number",
			 least, most);
}

static void describe_choice(const struct ls_policy_field *field, struct ls_buffer *out)
{
	for (size_t i = 0; field->choice[i]; i++)
		ls_buffer_printf(out, "%s`%s`", i ? ", " : "", field->choice[i]);
}

int ls_policy_field_describe(const struct ls_policy_field *field, struct ls_buffer *out)
{
	static const char *const plain[] = {
		[LS_FIELD_MAP] = "keys below",
		[LS_FIELD_VERSION] = "`1`",
		[LS_FIELD_ID] = "name",
		[LS_FIELD_TEXT] = "text",
		[LS_FIELD_ORIGIN] = "text without blanks",
		[LS_FIELD_PATH] = "absolute path",
		[LS_FIELD_SERIAL] = "path below /dev/serial/by-id, or `/dev/ttySN`",
		[LS_FIELD_TPM] = "`embedded`, `none` or path below /dev",
		[LS_FIELD_VARIABLE] = "name of a variable",
		[LS_FIELD_BOOL] = "`true`, `false`",
		[LS_FIELD_DIGEST] = "64 hex digits",
		[LS_FIELD_PATTERNS] = "list of patterns",
		[LS_FIELD_USB] = "list of `vendor:product [port PORT] [serial NUMBER]`",
		[LS_FIELD_URL] = "`http://` or `https://` URL",
		[LS_FIELD_WITNESSES] = "list of `KEY URL`",
		[LS_FIELD_SAMPLES] = "list of maps of the keys below",
		[LS_FIELD_SAMPLE] = "text",
		[LS_FIELD_ORCID] = "ORCID iD",
	};
	if (field->type == LS_FIELD_SIZE || field->type == LS_FIELD_DURATION ||
	    field->type == LS_FIELD_COUNT)
		describe_range(field, out);
	else if (field->type != LS_FIELD_CHOICE)
		ls_buffer_printf(out, "%s%s", plain[field->type], field->choice ? ", or " : "");
	if (field->choice)
		describe_choice(field, out);
	return ls_buffer_error(out);
}
