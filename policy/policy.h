/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.yaml, version 1, as every program sees it (docs/formats/policy.md).
 *
 * A parsed policy is complete and checked: what the file leaves out has its
 * default, every path is absolute, every number in range, and what contradicts
 * itself was refused.  It owns all it holds; there is nothing in it to free.
 */
#ifndef LABSEAL_POLICY_POLICY_H
#define LABSEAL_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/calibration_status.h"
#include "lib/seal/samples.h"

#define LS_POLICY_FILE_MAX 65536 /* bytes of a policy file */

/* Sizes in bytes, with the final NUL. */
#define LS_POLICY_ID_SIZE   64
#define LS_POLICY_TEXT_SIZE 256
#define LS_POLICY_PATH_SIZE 512
#define LS_POLICY_LINE_SIZE 1024

/* The same, of signing.pkcs11; a token's are PKCS#11's. */
#define LS_POLICY_VARIABLE_SIZE 64
#define LS_POLICY_TOKEN_SIZE	33
#define LS_POLICY_SERIAL_SIZE	17
#define LS_POLICY_LABEL_SIZE	128

#define LS_POLICY_NAMES_MAX 32
#define LS_POLICY_USB_MAX   8

#define LS_POLICY_URL_SIZE	256
#define LS_POLICY_VKEY_SIZE	184 /* a witness's: LS_WITNESS_VKEY_SIZE */
#define LS_POLICY_WITNESSES_MAX 16

/* The values of signing.tpm for labseal's own software TPM, and for none. */
#define LS_POLICY_TPM_EMBEDDED "embedded"
#define LS_POLICY_TPM_NONE     "none"

/*
 * What signing.remember-every is when it is not said.  A TPM's memory is good for 100,000 writes
 * or more: once an hour, day and night, is 8,760 a year and 11 years.  A software TPM's is a file.
 */
#define LS_POLICY_REMEMBER_HARDWARE 3600
#define LS_POLICY_REMEMBER_EMBEDDED 1

enum ls_vm_type { LS_VM_AUTO, LS_VM_KVM, LS_VM_TCG };
enum ls_vm_cpu { LS_CPU_QEMU32, LS_CPU_PENTIUM3, LS_CPU_KVM32, LS_CPU_QEMU64, LS_CPU_KVM64 };
enum ls_vm_machine { LS_MACHINE_I440FX_7_2 };
enum ls_vm_clock { LS_CLOCK_LOCALTIME, LS_CLOCK_UTC };
enum ls_vm_display { LS_DISPLAY_VNC, LS_DISPLAY_NONE };
enum ls_vm_connection { LS_CONNECT_SYSTEM, LS_CONNECT_EMBED };
enum ls_disk_format { LS_DISK_QCOW2, LS_DISK_RAW };
enum ls_disk_overlay { LS_OVERLAY_DISCARD, LS_OVERLAY_KEEP };
enum ls_channel_type { LS_CHANNEL_VIRTIO, LS_CHANNEL_COM1 };
enum ls_signing_key { LS_SIGN_TPM, LS_SIGN_PKCS11, LS_SIGN_FILE };
enum ls_uncalibrated { LS_UNCALIBRATED_SEAL, LS_UNCALIBRATED_REFUSE };
enum ls_on_drift { LS_DRIFT_STOP_SEALING, LS_DRIFT_STOP_VM, LS_DRIFT_FLAG };

/* One device of the host that is the guest's: which one, by what it says of itself and where it is.
 */
struct ls_policy_usb {
	char id[10];	 /* "04b4:8613": vendor and product, lower-case hex */
	char port[32];	 /* "1-4.2", as Linux names ports: bus, then hub by hub; "": any */
	char serial[64]; /* the device's own serial number; "": any */
};

/* Who is asked for cosignatures: its verifier key (C2SP), and the URL before /add-checkpoint. */
struct ls_policy_witness {
	char vkey[LS_POLICY_VKEY_SIZE];
	char url[LS_POLICY_URL_SIZE];
};

/* A sample of which the sequence file is published beside the results. */
struct ls_policy_sample {
	char name[LS_SAMPLE_NAME_SIZE];
	char sequence[LS_POLICY_PATH_SIZE]; /* file */
	struct ls_digest sha256;	    /* of it; zero: whatever it is at a start */
	struct ls_orcid signed_by;	    /* text "": nobody is named */
	unsigned line, column;		    /* where it stands in the policy, from 1 */
};

struct ls_policy {
	struct ls_digest digest; /* SHA-256 of the file's bytes: what is measured */
	uint64_t file_size;	 /* bytes of that file */
	unsigned version;	 /* 1 */

	struct {
		char id[LS_POLICY_ID_SIZE]; /* [A-Za-z0-9][A-Za-z0-9._-]*: fit for a path or a name
					     */
		char maker[LS_POLICY_TEXT_SIZE]; /* these may be "" */
		char model[LS_POLICY_TEXT_SIZE];
		char serial[LS_POLICY_TEXT_SIZE];
	} instrument;

	char state[LS_POLICY_PATH_SIZE]; /* folder */

	struct {
		char name[LS_POLICY_ID_SIZE]; /* of the domain */
		enum ls_vm_connection connection;
		enum ls_vm_type type; /* see ls_policy_may_use_tcg */
		uint64_t memory;      /* bytes, whole MiB */
		enum ls_vm_machine machine;
		enum ls_vm_cpu cpu;
		enum ls_vm_clock clock;
		enum ls_vm_display display;
		struct {
			char path[LS_POLICY_PATH_SIZE]; /* base image; "" when there is no disk */
			struct ls_digest sha256;	/* of it; never zero when there is a disk */
			enum ls_disk_format format;
			enum ls_disk_overlay overlay; /* what becomes of the guest's writes */
		} disk;
		struct {
			char path[LS_POLICY_PATH_SIZE]; /* qcow2, made when missing; "": none */
			uint64_t size;			/* bytes, when it is made */
		} results_disk;
		struct {
			char kernel[LS_POLICY_PATH_SIZE]; /* "" unless it boots a kernel directly */
			char initrd[LS_POLICY_PATH_SIZE]; /* may be "" */
			char cmdline[LS_POLICY_LINE_SIZE];
		} boot; /* development only */
		size_t usb_count;
		struct ls_policy_usb usb[LS_POLICY_USB_MAX];
		char rs232[LS_POLICY_PATH_SIZE]; /* below /dev, becomes COM2; may be "" */
	} vm;

	struct {
		enum ls_channel_type type;
		char name[LS_POLICY_ID_SIZE]; /* of the virtio port */
		uint64_t max_file_size;	      /* bytes of one file */
		uint64_t max_name_length;     /* bytes of a claimed name */
		uint64_t open_files;	      /* files begun and not ended at one time */
		uint64_t files_per_day;	      /* accepted ones */
		uint64_t gap_after;	      /* seconds that a file may be missing */
		uint64_t silence_after;	      /* seconds without a sign of life */
		uint64_t spool_size;	      /* bytes */
	} channel;

	struct {
		size_t count; /* at least 1 */
		char names[LS_POLICY_NAMES_MAX]
			  [LS_POLICY_TEXT_SIZE]; /* fnmatch(3), no flags, letter case ignored */
	} results;

	struct {
		enum ls_signing_key key;
		char tpm[LS_POLICY_PATH_SIZE]; /* "embedded", "none" or "/dev/..." */
		uint64_t remember_every;       /* seconds; never 0 once parsed */
		uint64_t heartbeat_every;      /* seconds */
		bool ed25519;		       /* a second key signs checkpoints, too */
		char origin[LS_POLICY_TEXT_SIZE];
		struct {
			char module[LS_POLICY_PATH_SIZE];	 /* shared object */
			char variable[LS_POLICY_VARIABLE_SIZE];	 /* names the configuration */
			char configuration[LS_POLICY_PATH_SIZE]; /* file; both may be "" */
			char folder[LS_POLICY_PATH_SIZE];	 /* may be "" */
			char token[LS_POLICY_TOKEN_SIZE];	 /* label */
			char serial[LS_POLICY_SERIAL_SIZE];	 /* may be "" */
			char label[LS_POLICY_LABEL_SIZE];	 /* of the key */
			char pin_file[LS_POLICY_PATH_SIZE];	 /* "" when a TPM seals the PIN */
		} pkcs11;					 /* key: pkcs11 only */
		struct {
			char url[LS_POLICY_URL_SIZE]; /* "": no time stamps */
			char ca[LS_POLICY_PATH_SIZE]; /* PEM file */
			uint64_t every;		      /* seconds */
		} timestamp;
		size_t witness_count;
		struct ls_policy_witness witnesses[LS_POLICY_WITNESSES_MAX];
		uint64_t quorum; /* 0 without witnesses, else 1 to witness_count */
	} signing;

	struct {
		char share[LS_POLICY_PATH_SIZE];   /* folder */
		char metrics[LS_POLICY_PATH_SIZE]; /* file; "": none */
	} publish;

	struct {
		char device[LS_CALIBRATION_DEVICE_SIZE]; /* a name or an id; "": nothing is checked
							  */
		char registry[LS_POLICY_PATH_SIZE];	 /* folder */
		char trust[LS_POLICY_PATH_SIZE];	 /* file */
		char quantity[LS_CALIBRATION_QUANTITY_SIZE]; /* may be "" */
		uint64_t warn_before, max_age;		     /* seconds */
		enum ls_uncalibrated after_due, not_shown;
	} calibration;

	struct {
		size_t count;
		struct ls_policy_sample list[LS_SAMPLES_MAX];
		struct ls_policy_sample item; /* the one that is being read */
	} samples;
	enum ls_on_drift on_drift;
	bool development;
};

/*
 * Whether the guest may run under TCG: `type: tcg`, or `type: auto` in a
 * development policy where KVM does not work.  TCG is no isolation boundary,
 * so a policy that is not for development never gets it.
 */
bool ls_policy_may_use_tcg(const struct ls_policy *policy);

/*
 * Whether a TPM lets the signing key work in the approved state only: it holds the key, or
 * the PIN of the token that does.
 */
bool ls_policy_has_tpm(const struct ls_policy *policy);

/* Whether it names a device whose calibration is checked. */
bool ls_policy_has_calibration(const struct ls_policy *policy);

/* Every fault that was found, in the order of the file, so that one run shows all. */
#define LS_POLICY_FAULTS_MAX 64

struct ls_policy_fault {
	unsigned line, column; /* from 1 */
	char id[32];	       /* stable: "policy.key.unknown" */
	char text[320];	       /* the reason and, where there is one, what to write instead */
};

struct ls_policy_faults {
	char name[LS_POLICY_PATH_SIZE]; /* of the file, as given, escaped for display */
	size_t count;
	bool more; /* there were more than fit */
	struct ls_policy_fault fault[LS_POLICY_FAULTS_MAX];
};

/*
 * Parse size bytes of YAML.  name is for the messages only.
 *
 * 0: *ret_policy owns the policy (ls_policy_free).  *ret_faults is filled in
 * either way and has no faults.
 * -EINVAL: the file does not hold; ret_faults has at least one fault, err the first.
 * -ENOMEM.
 */
int ls_policy_parse(const char *name, const void *bytes, size_t size, struct ls_policy **ret_policy,
		    struct ls_policy_faults *ret_faults, struct ls_error *err);

/* Read and parse a file.  Further: the negative errno of reading it; -EFBIG is a fault, so -EINVAL.
 */
int ls_policy_load(const char *path, struct ls_policy **ret_policy,
		   struct ls_policy_faults *ret_faults, struct ls_error *err);

/* "FILE:LINE:COLUMN: REASON\n" for each fault; 0 or the buffer's error. */
int ls_policy_faults_print(const struct ls_policy_faults *faults, struct ls_buffer *out);

void ls_policy_free(struct ls_policy *policy); /* NULL is fine */

static inline void ls_policy_cleanup(struct ls_policy **policy)
{
	ls_policy_free(*policy);
}
#define _cleanup_policy_ __attribute__((cleanup(ls_policy_cleanup)))

#endif
