/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/checks.h"

static const struct ls_check_name names[LS_CHECK_COUNT] = {
	[LS_CHECK_LAYOUT] = { "share.layout", "entries",
			      "the share holds nothing that labseal did not write" },
	[LS_CHECK_FOLDERS] = { "share.folders", "seals",
			       "each seal of the log has its folder, once, under its own name" },
	[LS_CHECK_FILES] = { "result.files", "folders",
			     "each folder holds exactly the files its manifest names" },
	[LS_CHECK_PAYLOAD] = { "result.payload", "files",
			       "each sealed file has the SHA-256 its manifest names" },
	[LS_CHECK_RECORD] = { "result.record", "records",
			      "each record.json agrees with its manifest" },
	[LS_CHECK_MANIFEST] = { "result.manifest", "manifests",
				"each manifest is the log's entry, byte for byte" },
	[LS_CHECK_SIGNATURE] = { "result.signature", "signatures",
				 "each manifest is signed by the log's key, certified by the trust "
				 "file's CA at the time it was received" },
	[LS_CHECK_PROOF] = { "result.proof", "proofs",
			     "each proof leads to a signed checkpoint of this log" },
	[LS_CHECK_MEASUREMENT] = { "result.measurement", "records",
				   "each was sealed by a measured state that the trust file "
				   "approves" },
	[LS_CHECK_COUNTERSIGNATURE] = { "result.countersignature", "countersignatures",
					"each countersignature is a person's, certified by the "
					"trust "
					"file's person CAs when it was sealed, over the result "
					"that it "
					"names" },
	[LS_CHECK_CALIBRATION] = { "result.calibration", "records",
				   "each instrument that a record says was traceable was so when "
				   "the result was received, by the registry as it stood then" },
	[LS_CHECK_SEQUENCE] = { "result.sequence", "files",
				"each sample's sequence file is the one that the records name" },
	[LS_CHECK_DNA] = { "result.dna", "samples",
			   "each sample's sequence has a signature in its DNA that holds, by whom "
			   "the records name and the DNA trust file knows" },
	[LS_CHECK_ENTRIES] = { "log.entries", "entries",
			       "each log entry is well formed, of this instrument, in its place" },
	[LS_CHECK_TILES] = { "log.tiles", "tiles",
			     "the log's tiles hold the hashes of its entries" },
	[LS_CHECK_ROOT] = { "log.root", "trees", "the entries hash to the checkpoint's root" },
	[LS_CHECK_CHECKPOINT] = { "log.checkpoint", "signatures",
				  "the checkpoint is signed by the trust file's log key" },
	[LS_CHECK_APPROVALS] = { "log.approvals", "approvals",
				 "each approval is in the log before what was sealed under it, and "
				 "nothing after its retirement" },
	[LS_CHECK_MEMORY] = { "memory", "checkpoints",
			      "the log continues the one seen at the last audit" },
	[LS_CHECK_EVIDENCE_FILES] = { "evidence.files", "files",
				      "each folder of evidence holds exactly its files" },
	[LS_CHECK_EVIDENCE_CHECKPOINT] = { "evidence.checkpoint", "checkpoints",
					   "each is for a signed checkpoint of this log" },
	[LS_CHECK_EVIDENCE_QUOTE] = { "evidence.quote", "quotes",
				      "the trust file's attestation key quoted PCR 23 for this "
				      "checkpoint" },
	[LS_CHECK_EVIDENCE_STATE] = { "evidence.state", "states",
				      "the quoted state is approved, and an event log replays to "
				      "it" },
	[LS_CHECK_EVIDENCE_COUNTER] = { "evidence.counter", "certificates",
					"the TPM certified its version counter" },
	[LS_CHECK_EVIDENCE_NV] = { "evidence.nv-checkpoint", "certificates",
				   "the TPM held this very checkpoint" },
	[LS_CHECK_EVIDENCE_CLOCK] = { "evidence.clock", "steps",
				      "the TPM's clock, resets and counter rise from checkpoint to "
				      "checkpoint" },
	[LS_CHECK_EVIDENCE_NAMED] = { "evidence.named", "checkpoints",
				      "the evidence that a record says was published is there" },
	[LS_CHECK_TIME_STAMPS] = { "time-stamps", "time stamps",
				   "each is by the trust file's authority, and the log's times "
				   "agree "
				   "with it" },
	[LS_CHECK_WITNESSES] = { "witnesses", "quorums",
				 "as many of the trust file's witnesses as it demands cosigned "
				 "this log" },
	[LS_CHECK_EVIDENCE_KEY] = { "evidence.key", "keys",
				    "the signing key was made in this TPM, and works only in "
				    "approved states" },
	[LS_CHECK_EVIDENCE_ENROLMENT] = { "evidence.enrolment", "certificates",
					  "the attestation key is in this TPM, by the trust file's "
					  "CA, at the time of the evidence" },
	[LS_CHECK_VERSIONS] = { "result.versions", "versions",
				"the original of a file that was saved again is sealed before it" },
};

const struct ls_check_name *ls_check_name(enum ls_check check)
{
	return &names[check];
}
