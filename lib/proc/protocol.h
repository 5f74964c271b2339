/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseal's processes say to each other (framing: lib/proc/message.h).
 *
 *     labseal-diode  --in-->  labseal-enclave  --out-->  labseal-publish
 *                    <-done--                  <-published--
 *                        labseald <-- supervisor channel --> labseal-enclave
 *                        labseal-publish --report--> labseal-report
 *                                        <--page--
 *
 * Every structure has an encoder (appends a body to a buffer; 0 or the
 * buffer's error) and a decoder (all bytes must be used; -EBADMSG and err when
 * malformed).  Byte strings in decoded structures are borrowed from the message.
 */
#ifndef LABSEAL_LIB_PROC_PROTOCOL_H
#define LABSEAL_LIB_PROC_PROTOCOL_H

#include <signal.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/proc/message.h"

enum ls_message_type {
	/* diode -> enclave */
	LS_MSG_DELIVERY_BEGIN = 0x0101, /* struct ls_delivery */
	LS_MSG_DELIVERY_DATA = 0x0102,	/* raw bytes, at most LS_DATA_MAX */
	LS_MSG_DELIVERY_END = 0x0103,	/* empty */
	LS_MSG_EVENT = 0x0104,		/* struct ls_event; also labseald -> enclave */
	/* enclave -> diode */
	LS_MSG_DELIVERY_DONE = 0x0181, /* struct ls_delivery_done: sealed and on the share */
	LS_MSG_EVENT_DONE = 0x0182,    /* struct ls_event_done; also enclave -> labseald */
	LS_MSG_DELIVERY_REFUSED =
		0x0183, /* struct ls_delivery_refused: sealing it can never work */

	/* enclave -> publisher */
	LS_MSG_PAYLOAD_BEGIN = 0x0201, /* empty: a file's bytes follow */
	LS_MSG_PAYLOAD_DATA = 0x0202,  /* raw bytes, at most LS_DATA_MAX */
	LS_MSG_PAYLOAD_END = 0x0203,   /* struct ls_payload: the file is whole */
	LS_MSG_PAYLOAD_DROP = 0x0204,  /* empty: forget the file that began and did not end */
	LS_MSG_SEAL = 0x0205,	  /* struct ls_seal: publish; a result: with the closed payloads */
	LS_MSG_EVIDENCE = 0x0206, /* struct ls_evidence: for a published checkpoint; no answer */
	LS_MSG_PROVE = 0x0207,	  /* u64 size: does the log begin with its first entries? */
	LS_MSG_PAYLOAD_CLOSE = 0x0208, /* empty: the files that ended are the next result's */
	/* publisher -> enclave */
	LS_MSG_RESUME = 0x0281,	   /* struct ls_resume; the first message, once */
	LS_MSG_PUBLISHED = 0x0282, /* u64 seal: durable and visible */
	LS_MSG_PROOF = 0x0283,	   /* struct ls_log_proof; answers PROVE */
	LS_MSG_EVIDENCED = 0x0284, /* u64 size: its evidence is durable and visible */

	/* labseald -> enclave */
	LS_MSG_START = 0x0301,	      /* struct ls_start; the first message, once */
	LS_MSG_TPM_RESPONSE = 0x0302, /* raw TPM bytes */
	LS_MSG_STOP = 0x0303,	      /* empty: finish what is under way, then exit 0 */
	LS_MSG_CALIBRATION = 0x0304,  /* struct ls_calibration: from now on; no answer */
	/* enclave -> labseald */
	LS_MSG_TPM_COMMAND = 0x0381, /* raw TPM bytes */
	LS_MSG_READY = 0x0382,	     /* empty: the key works, the log is taken up */
	LS_MSG_SEALED = 0x0383,	     /* struct ls_sealed: one more seal is published */
	LS_MSG_FAILED = 0x0384,	     /* struct ls_failed; the last message */

	/* labseal-publish, or `labseal report`, -> labseal-report; packets (lib/proc/packet.h) */
	LS_MSG_REPORT = 0x0401, /* struct ls_report_request, with the files' descriptors */
	/* labseal-report -> who asked */
	/* struct ls_report_answer, with the page's descriptor; LS_REPORT_BEGUN: see there */
	LS_MSG_REPORTED = 0x0481,
};

/*
 * labseald -> labseal-diode, every few seconds while the machine is off: that
 * nothing is heard is as it should be.  Does nothing to a process that is not
 * ready for it yet.
 */
#define LS_SIGNAL_MACHINE_OFF SIGURG

/* In the spool folder: its time of modification is when the guest's exporter was last heard. */
#define LS_SPOOL_HEARD "heard"

/* And one that says how many files and events wait for their seal: decimal digits, a newline. */
#define LS_SPOOL_QUEUE "waiting"

#define LS_DATA_MAX	   65536 /* bytes of payload in one message */
#define LS_SESSION_SIZE	   16	 /* bytes */
#define LS_NAME_MAX	   1024	 /* bytes of a claimed name */
#define LS_EVENT_KIND_MAX  32	 /* bytes: [a-z0-9-]+ */
#define LS_DETAIL_MAX	   32768 /* bytes of JSON */
#define LS_RECENT_MAX	   4096 /* sealed keys in a RESUME: more than can be sealed and unanswered */
#define LS_FRONTIER_MAX	   64	/* hashes of a tree's right edge */
#define LS_LOG_PROOF_MAX   65	/* hashes of a consistency proof */
#define LS_CALIBRATION_MAX 3072 /* bytes of a calibration's status */
#define LS_EVIDENCE_COUNT  8	/* files of evidence: enum ls_evidence_part's */

/* A byte string that is borrowed. */
struct ls_bytes {
	const uint8_t *data;
	size_t size;
};

/* Names a delivered file for ever: what is sealed under a key is never sealed again. */
struct ls_delivery_key {
	uint8_t session[LS_SESSION_SIZE]; /* the exporter's, random */
	uint64_t number;		  /* the exporter's file number in it */
	struct ls_digest sha256;	  /* of the whole file */
};

/* Times are nanoseconds since 1970, UTC.  The guest's are its claims. */
struct ls_delivery {
	struct ls_delivery_key key;
	uint64_t size;		 /* bytes */
	struct ls_bytes name;	 /* claimed; arbitrary bytes, at most LS_NAME_MAX */
	struct ls_digest parent; /* claimed: the version before this one; zero when none */
	int64_t guest_mtime;	 /* claimed */
	int64_t guest_clock;	 /* claimed: the guest's clock when it began to send */
	int64_t host_began;	 /* the host's clock when the first frame came */
	int64_t host_received;	 /* the host's clock when the file was whole and durable */
};

struct ls_delivery_done {
	struct ls_delivery_key key;
	uint64_t seal;
};

struct ls_delivery_refused {
	struct ls_delivery_key key;
	struct ls_bytes reason; /* text */
};

/* Something worth proving that has no file.  The key makes it sealed once. */
struct ls_event {
	struct ls_digest key;
	int64_t host_time;	/* nanoseconds since 1970, UTC */
	struct ls_bytes kind;	/* "gap", "session", "refused", "vm-start", ... */
	struct ls_bytes detail; /* a JSON object */
};

struct ls_event_done {
	struct ls_digest key;
	uint64_t seal;
};

/* A payload's name is given at its end, when it is known which seal it will be in. */
struct ls_payload {
	struct ls_bytes name; /* safe (ls_is_safe_name) */
	uint64_t size;	      /* bytes that came */
};

/* One manifest with all that goes on the share for it. */
struct ls_seal {
	uint64_t seal;	       /* its number; the leaf's index is one less */
	uint8_t is_event;      /* 0: results/, 1: events/ */
	struct ls_bytes label; /* safe name: the folder is NNNNNN-LABEL */
	struct ls_bytes manifest, signature, proof, record, checkpoint;
};

/* What the TPM said of a checkpoint that is on the share (lib/attest/evidence.h). */
struct ls_evidence {
	uint64_t size; /* of the log: the folder is log/evidence/SIZE */
	struct ls_bytes parts[LS_EVIDENCE_COUNT];
	struct ls_digest pcr23; /* what event_log replays to */
	struct ls_digest key;	/* SHA-256 of the signing key, of which creation is */
	struct ls_bytes event_log;
	struct ls_bytes creation;  /* empty: there is none */
	struct ls_bytes enrolment; /* the attestation key's certificate, DER; the same */
};

/* What the share holds, so that the enclave can go on from there. */
struct ls_resume {
	struct ls_bytes checkpoint; /* signed note; empty for a new log */
	int64_t last_received;	    /* of the newest seal, seconds since 1970; 0: not known */
	uint64_t evidence;	    /* the largest size that evidence is there for; 0: none */
	uint32_t frontier_count;
	struct ls_digest frontier[LS_FRONTIER_MAX]; /* right edge, largest subtree first */
	uint32_t recent_count;
	struct ls_digest
		recent[LS_RECENT_MAX];	      /* ls_delivery_key_digest or event key, newest last */
	uint64_t recent_seals[LS_RECENT_MAX]; /* the seal of each */
};

/* From an older size of the log to that of RESUME (ls_merkle_verify_consistency). */
struct ls_log_proof {
	uint64_t old_size;
	uint32_t count;
	struct ls_digest hashes[LS_LOG_PROOF_MAX];
};

/* How the enclave is to work.  All of it is measured or checked by it. */
struct ls_start {
	struct ls_bytes instrument; /* id, as in the manifest */
	struct ls_bytes origin;	    /* the log's */
	struct ls_bytes backend;    /* "tpm", "file" */
	struct ls_bytes
		key; /* backend's own: TPM2B_PUBLIC || TPM2B_PRIVATE, or a PEM private key */
	struct ls_bytes certificate; /* signer's, DER */
	struct ls_bytes authority;   /* policy authority's public key, SPKI DER; empty for file */
	struct ls_bytes policy_ref;  /* of PolicyAuthorize */
	struct ls_bytes approval;    /* approved policy digest (32 bytes) */
	struct ls_bytes
		approval_signature; /* DER ECDSA by the authority over SHA-256(digest || ref) */
	struct ls_bytes adoption;   /* lib/attest/adoption.h; empty when there is none */
	uint64_t approval_version;
	uint64_t approval_counter; /* the highest value of the version counter that it holds for */
	struct ls_bytes key_kind;  /* "TPM", "software TPM", "file": for the record */
	struct ls_digest policy, domain_xml, base_image; /* digests for the record */
	struct ls_digest pcr23;				 /* expected measurement */
	struct ls_bytes event_log; /* what replays to it; empty: no evidence is made */
	struct ls_bytes creation;  /* the key's creation certificate (lib/attest/creation.h) */
	struct ls_bytes enrolment; /* the attestation key's certificate, DER; empty: none */
	struct ls_bytes ed25519;   /* the Ed25519 key beside the signing key, as its backend has
				      it (enclave/keys/key.h); empty: none */
	struct ls_bytes ed25519_public; /* its 32 bytes, as the trust file has them */
	uint8_t development;		/* the policy's flag */
	uint32_t
		remember_every; /* s: from one write to the TPM's memory to the next; 0: any time */
	struct ls_bytes samples; /* lib/seal/samples.h, for records of results; empty: none */
};

/* What records say of the instrument's calibration (lib/seal/calibration_status.h). */
struct ls_calibration {
	uint8_t hold; /* no result is sealed: they wait in the spool; events are */
	struct ls_bytes status;
};

struct ls_sealed {
	uint64_t seal;
	uint8_t is_event;
	uint32_t count; /* results in it; 0 for an event */
	struct ls_bytes label;
	int64_t host_time;
};

struct ls_failed {
	struct ls_bytes id; /* an ls_error's */
	struct ls_bytes message;
};

/*
 * What labseal-report is to draw.  Of a sealed result the descriptors are: record.json, the
 * manifest, its proof, then the originals; of a file alone that file.  All are open for reading.
 */
#define LS_REPORT_FILES_MAX  16		/* originals that are tried, one after the other */
#define LS_REPORT_SEAL_FILES 3		/* descriptors before them */
#define LS_REPORT_PAGE_MAX   (8u << 20) /* bytes of a page */
#define LS_REPORT_TEXT_MAX   1024
struct ls_report_request {
	uint64_t number; /* the asker's own; the answer has it, too */
	uint8_t is_sealed;
	struct ls_bytes name;		     /* of a file alone; else empty */
	uint32_t count;			     /* of originals */
	uint32_t files[LS_REPORT_FILES_MAX]; /* which of the record's files each is */
};

/* Its page is in a memfd that nobody can write any more (F_SEAL_WRITE). */
struct ls_report_answer {
	uint64_t number;
	uint8_t has_page;	 /* one descriptor: the page */
	uint8_t has_run;	 /* it shows an instrument's run */
	struct ls_bytes problem; /* why it shows none, or there is none; text, may be empty */
};

/* SHA-256 over session || number || sha256: one name for deliveries and events alike. */
void ls_delivery_key_digest(const struct ls_delivery_key *key, struct ls_digest *ret_digest);

#define LS_PROTOCOL_CODEC(name)                                                             \
	int ls_encode_##name(const struct ls_##name *value, struct ls_buffer *body);        \
	int ls_decode_##name(const struct ls_message *message, struct ls_##name *ret_value, \
			     struct ls_error *err)

LS_PROTOCOL_CODEC(delivery);
LS_PROTOCOL_CODEC(delivery_done);
LS_PROTOCOL_CODEC(delivery_refused);
LS_PROTOCOL_CODEC(event);
LS_PROTOCOL_CODEC(event_done);
LS_PROTOCOL_CODEC(payload);
LS_PROTOCOL_CODEC(seal);
LS_PROTOCOL_CODEC(evidence);
LS_PROTOCOL_CODEC(resume);
LS_PROTOCOL_CODEC(log_proof);
LS_PROTOCOL_CODEC(start);
LS_PROTOCOL_CODEC(calibration);
LS_PROTOCOL_CODEC(sealed);
LS_PROTOCOL_CODEC(failed);
LS_PROTOCOL_CODEC(report_request);
LS_PROTOCOL_CODEC(report_answer);

/* The body of LS_MSG_PROVE. */
int ls_encode_prove(uint64_t old_size, struct ls_buffer *body);
int ls_decode_prove(const struct ls_message *message, uint64_t *ret_old_size, struct ls_error *err);

/* The body of LS_MSG_PUBLISHED, and of LS_MSG_EVIDENCED. */
int ls_encode_published(uint64_t seal, struct ls_buffer *body);
int ls_decode_published(const struct ls_message *message, uint64_t *ret_seal, struct ls_error *err);

#endif
