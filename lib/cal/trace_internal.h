/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's inside.  What is found out is kept in objects that never change:
 *
 *     proof     an organisation, technician or device: who certified it, and
 *               whether signatures up to a root hold; what revokes it
 *     account   a report: who signed it, the same of its parents, and all that can
 *               be said of it whatever quantity is asked for
 *     node      one measurand of an account, over the parents' measurands: metrology
 */
#ifndef LABSEAL_LIB_CAL_TRACE_INTERNAL_H
#define LABSEAL_LIB_CAL_TRACE_INTERNAL_H

#include <pthread.h>

#include "lib/cal/deferred.h"
#include "lib/cal/memo.h"
#include "lib/cal/seen.h"
#include "lib/cal/trace.h"

#define LS_CAL_SUBJECT_SELF                                                  \
	0 /* a check's subject: the report itself, or 1 + its parent's index \
	   */

struct ls_cal_engine {
	const struct ls_cal_trust *trust;
	struct ls_cal_engine_options options;
	struct ls_cal_memo *memo;
	pthread_mutex_t lock; /* of what follows, which the first worker settles */
	bool settled;
	struct ls_cal_fresh fresh;
	bool known;		  /* something tells what was in the log then */
	struct ls_cal_seen *seen; /* NULL until a worker has verified many signatures */
};

struct ls_cal_worker {
	struct ls_cal_engine *engine;
	const struct ls_cal_trust *trust; /* the engine's */
	const struct ls_cal_fresh *fresh; /* the engine's */
	struct ls_cal_store *store;
	const char *registry; /* what records have to name; "": none does */
	struct ls_p256_verifier verifier;
	uint64_t signatures;
	struct ls_cal_seen *seen; /* the engine's; NULL until this worker asked for it */
	struct ls_sha256 hash;
	struct ls_cal_entry *last;	 /* that was found, for who asks twice; NULL: none */
	struct ls_cal_table local;	 /* of this trace: what was cut short */
	struct ls_cal_table own_objects; /* of this trace: what the engine's memo does not get */
	const struct ls_digest *own;	 /* the device whose they are; NULL: none */

	struct ls_cal_deferred *deferred; /* owned; NULL until signatures are deferred */
	bool deferring;			  /* they are taken to hold, and checked later */
	bool in_batch;			  /* of many devices */
	struct ls_cal_table pending;	  /* what rests on it: the memo gets it when they do hold */

	unsigned reports, nodes; /* looked at in this trace, and not known before */
	bool incomplete;	 /* something was cut short, on the way to what is looked at now */
	size_t stack_count;	 /* reports on the way to the one that is looked at */
	struct ls_digest stack[LS_CAL_DEPTH_MAX + 2];
};

enum ls_cal_object_kind {
	LS_CAL_PROOF_OBJECT = 1,
	LS_CAL_ACCOUNT_OBJECT,
	LS_CAL_NODE_OBJECT,
	LS_CAL_HISTORY_OBJECT
};

/* --- notes: checks as they are found ---------------------------------------------------- */

struct ls_cal_note {
	enum ls_cal_check_id check;
	enum ls_cal_outcome outcome;
	uint8_t subject;
	char *words; /* owned; NULL: none */
};

struct ls_cal_notes {
	size_t count;
	struct ls_cal_note *notes;
	const struct ls_cal_trust *trust; /* for severities; borrowed */
	bool failed;			  /* memory ran out */
};

/* The severity of the trust file is counted in.  words are copied; format NULL: none. */
void ls_cal_note(struct ls_cal_notes *notes, enum ls_cal_check_id check,
		 enum ls_cal_outcome outcome, unsigned subject, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void ls_cal_notes_free(struct ls_cal_notes *notes);
size_t ls_cal_notes_size(const struct ls_cal_notes *notes);

/* --- proofs ---------------------------------------------------------------------------- */

struct ls_cal_revoked {
	int64_t since;
	enum ls_cal_reason reason;
	char words[LS_CAL_WORDS_SIZE];
};

struct ls_cal_revocations {
	size_t count, ignored; /* ignored: claims that do not count */
	struct ls_cal_revoked *list;
};

struct ls_cal_proof {
	struct ls_cal_object object;
	struct ls_cal_entry *entry;	/* NULL: it is not there */
	struct ls_cal_proof *certifier; /* NULL: a root, or what is not there */
	const struct ls_cal_nmi *nmi;	/* of a root that the trust file names */
	enum ls_cal_outcome outcome;	/* HOLDS: signatures up to a root hold */
	char words[LS_CAL_WORDS_SIZE];
	struct ls_cal_revocations revocations;
};

/* A key's use: as the signer dates it, and when the log had it. */
struct ls_cal_use {
	int64_t at, logged;
};

/* Never NULL with 0; what is wrong with the record is in the proof. */
int ls_cal_prove(struct ls_cal_worker *w, const struct ls_digest *id, enum ls_cal_kind kind,
		 struct ls_cal_proof **ret_proof, struct ls_error *err);

/* The record's own revocation that hits this use, or NULL. */
const struct ls_cal_revoked *ls_cal_revoked_for(const struct ls_cal_revocations *revocations,
						struct ls_cal_use use);

/* Whether a technician, a device or (with all above it) an organisation was valid for a use; words
 * say what is wrong. */
enum ls_cal_outcome ls_cal_proof_valid(const struct ls_cal_proof *proof, struct ls_cal_use use,
				       char words[static LS_CAL_WORDS_SIZE]);
enum ls_cal_outcome ls_cal_proof_unrevoked(const struct ls_cal_worker *w,
					   const struct ls_cal_proof *proof, struct ls_cal_use use,
					   char words[static LS_CAL_WORDS_SIZE]);

const struct ls_cal_organisation *ls_cal_proof_organisation(const struct ls_cal_proof *proof);

/* The claims that revoke this id, of those who may: proofs from here on up, and one more. */
int ls_cal_find_revocations(struct ls_cal_worker *w, const struct ls_digest *id,
			    enum ls_cal_kind kind, const struct ls_cal_proof *chain,
			    const struct ls_cal_proof *other,
			    struct ls_cal_revocations *ret_revocations, struct ls_error *err);
void ls_cal_revocations_free(struct ls_cal_revocations *revocations);

/* 0, or -ENOENT: it is not there, or not of the log as it stood. */
int ls_cal_worker_find(struct ls_cal_worker *w, const struct ls_digest *id,
		       struct ls_cal_entry **ret_entry, struct ls_error *err);
/* As ls_cal_record_verify; of many, one that held before is not verified again.  While signatures
 * are deferred, 0 says nothing yet. */
int ls_cal_worker_verify(struct ls_cal_worker *w, const struct ls_cal_entry *entry, size_t i,
			 const struct ls_p256_public *key, struct ls_error *err);
/*
 * From here on signatures are taken to hold, and so many threads, the caller's own counted, check
 * them while this one goes on.  Nothing that comes of it counts before ls_cal_worker_settle, which
 * waits for all of them: true: all hold, and what was made of them is the engine's; false: one does
 * not, or could not be looked at, and all is forgotten: ask again, without deferring, for what is
 * wrong.  The threads are as many as the worker's first _defer said: a worker is for traces or for
 * batches.  false of _defer: there was no memory, and nothing is deferred.
 */
bool ls_cal_worker_defer(struct ls_cal_worker *w, unsigned threads);
bool ls_cal_worker_settle(struct ls_cal_worker *w);

/*
 * The engine's memo, as a worker sees it.  recall: a reference, or NULL.  remember: device is whom
 * the object is about; what is about w->own, whom nobody asks for again, is kept for this trace
 * alone, for what the memo would have to let go for it is of more use.
 */
void *ls_cal_worker_recall(struct ls_cal_worker *w, const struct ls_cal_key *key);
void ls_cal_worker_remember(struct ls_cal_worker *w, const struct ls_cal_key *key,
			    const struct ls_digest *device, void *object);

/* Ids of the log as it stood, in its order; owned. */
int ls_cal_worker_list(struct ls_cal_worker *w, enum ls_cal_relation relation,
		       const struct ls_digest *id, struct ls_digest **ret_ids, size_t *ret_count,
		       struct ls_error *err);
/* Whether a revocation that is not found is known not to be there. */
bool ls_cal_revocations_shown(const struct ls_cal_worker *w);

/* --- accounts -------------------------------------------------------------------------- */

struct ls_cal_account {
	struct ls_cal_object object;
	struct ls_cal_entry *entry;
	struct ls_cal_proof *technician, *organisation,
		*device;				    /* NULL: a document's, or unknown */
	struct ls_cal_account *parents[LS_CAL_PARENTS_MAX]; /* NULL: not there */
	struct ls_cal_revocations revocations;
	struct ls_cal_notes notes;
	const struct ls_cal_nmi *nmi; /* whose report it is; NULL: no institute's */
	bool genuine;		      /* whoever signed it was certified to, revoked or not */
	bool signers_revoked;	      /* or it is not shown that they were not */
	bool leads_back;	      /* a parent of it is on the way to it */
	unsigned height;	      /* reports on the longest way to the top, this one counted */
};

/* 0; -ENOENT: there is no such report; -ELOOP: it is on the way to itself; -E2BIG: too deep. */
int ls_cal_account(struct ls_cal_worker *w, const struct ls_digest *id,
		   struct ls_cal_account **ret_account, struct ls_error *err);
/* The same of a report that is at hand, of the log as it stood. */
int ls_cal_account_of(struct ls_cal_worker *w, struct ls_cal_entry *report,
		      struct ls_cal_account **ret_account, struct ls_error *err);

/* Notes on those who signed it; it is not genuine where one does not hold. */
void ls_cal_account_entitle(const struct ls_cal_worker *w, struct ls_cal_account *account);
/* A note on whether the certificate that it names, where it is here, says the same. */
int ls_cal_account_document(struct ls_cal_worker *w, struct ls_cal_account *account,
			    struct ls_error *err);
void ls_cal_account_note(struct ls_cal_account *account, enum ls_cal_check_id check,
			 enum ls_cal_outcome outcome, const char *words);

/* The time it was used as a parent, or as a device's report: notes on due date, revocation.
 * signature: when its device signed for that use. */
void ls_cal_account_used(const struct ls_cal_worker *w, const struct ls_cal_account *used,
			 struct ls_cal_use use, struct ls_cal_use signature, unsigned subject,
			 struct ls_cal_notes *notes);
/* When a report ceases to hold: its due date, else by the trust file; false: nobody says. */
bool ls_cal_account_end(const struct ls_cal_worker *w, const struct ls_cal_account *account,
			int64_t *ret_end);
const char *ls_cal_account_device_name(const struct ls_cal_account *account);

/* All reports of a device, in the log's order. */
struct ls_cal_history {
	struct ls_cal_object object;
	size_t count;
	struct ls_cal_entry **entries;
};
int ls_cal_history(struct ls_cal_worker *w, const struct ls_digest *device,
		   struct ls_cal_history **ret_history, struct ls_error *err);

/* --- nodes ----------------------------------------------------------------------------- */

#define LS_CAL_EDGES_MAX 16

struct ls_cal_edge {
	struct ls_cal_node *parent;
	uint8_t index; /* in the report's parents */
	bool comparable;
	bool same;	    /* the same quantity: values carry over */
	double coefficient; /* change of this one, in its unit, per unit of the parent's */
};

struct ls_cal_node {
	struct ls_cal_object object;
	struct ls_cal_account *account;
	const struct ls_cal_measurand *measurand; /* in the account; NULL: hidden, or none */
	char wanted[LS_CAL_QUANTITY_SIZE];	  /* of a hidden one: what its child asked for */
	size_t edge_count;
	struct ls_cal_edge edges[LS_CAL_EDGES_MAX];
	struct ls_cal_notes notes;
	/* of all that is above, this one counted */
	bool hides;		      /* a private report */
	enum ls_cal_outcome worst;    /* HOLDS .. FAILS */
	enum ls_cal_check_id decides; /* the first check that is as bad */
	double dof; /* effective degrees of freedom at the tightest point; INFINITY: none stated */
};

/* measurand: NULL for a report whose details are hidden, or has none that is wanted. */
int ls_cal_node(struct ls_cal_worker *w, struct ls_cal_account *account,
		const struct ls_cal_measurand *measurand, const char *wanted,
		struct ls_cal_node **ret_node, struct ls_error *err);

/* The metrology of a node over its parents: notes on it. */
void ls_cal_node_measure(struct ls_cal_worker *w, struct ls_cal_node *node);
/* The part of it that looks at degrees of freedom and k; sets the node's. */
void ls_cal_node_coverage(struct ls_cal_node *node);
/* The part of it that looks at scopes of accreditation. */
void ls_cal_node_competence(struct ls_cal_node *node);
/* D9: other reports of each parent's device. */
int ls_cal_node_versions(struct ls_cal_worker *w, struct ls_cal_node *node, struct ls_error *err);

/* --- the device ------------------------------------------------------------------------- */

/* What a question led to: the device's own links, and notes on the whole. */
struct ls_cal_answer {
	struct ls_digest device; /* its record; zero: none, or a document's */
	char name[LS_CAL_TEXT_SIZE];
	struct ls_cal_notes notes; /* of the whole; subject n + 1 is nodes[n] */
	size_t node_count;
	struct ls_cal_node *nodes[LS_CAL_MEASURANDS_MAX]; /* references */
};
void ls_cal_answer_free(struct ls_cal_answer *answer);
/* A note on the whole; words NULL: none. */
void ls_cal_answer_note(struct ls_cal_answer *answer, enum ls_cal_check_id check,
			enum ls_cal_outcome outcome, const char *words);

/* Its reports that are in force, and notes on whether they are; list: newest first, references. */
struct ls_cal_reports {
	size_t count;
	struct ls_cal_account **list;
	size_t ignored; /* not signed by those who may */
};
int ls_cal_reports_collect(struct ls_cal_worker *w, const struct ls_digest *device,
			   struct ls_cal_reports *ret_reports, struct ls_error *err);
void ls_cal_reports_free(struct ls_cal_reports *reports);
int ls_cal_answer_take(struct ls_cal_worker *w, struct ls_cal_answer *answer,
		       const struct ls_cal_reports *reports, const char *quantity,
		       struct ls_error *err);
/* Of one report, in force or not. */
int ls_cal_answer_take_report(struct ls_cal_worker *w, struct ls_cal_answer *answer,
			      struct ls_cal_account *account, const char *quantity,
			      struct ls_error *err);

/* All of the trace but its table. */
int ls_cal_answer_device(struct ls_cal_worker *w, const char *device, const char *quantity,
			 struct ls_cal_answer *ret_answer, struct ls_error *err);
int ls_cal_answer_id(struct ls_cal_worker *w, const struct ls_digest *device, const char *quantity,
		     struct ls_cal_answer *ret_answer, struct ls_error *err);
int ls_cal_answer_report(struct ls_cal_worker *w, const struct ls_digest *report,
			 const char *quantity, struct ls_cal_answer *ret_answer,
			 struct ls_error *err);
enum ls_cal_verdict ls_cal_answer_verdict(const struct ls_cal_answer *answer,
					  enum ls_cal_check_id *ret_first);

/* The table: links, checks, shares. */
int ls_cal_result_fill(const struct ls_cal_answer *answer, struct ls_cal_result *result,
		       struct ls_error *err);

/* --- uncertainty ----------------------------------------------------------------------- */

/* A point's standard uncertainty in its unit (D1); false: it cannot be had. */
bool ls_cal_point_u(const struct ls_cal_point *point, double *ret_u, double *ret_k);

/* u at a value (in the measurand's unit), between points linearly, past them the nearest. */
bool ls_cal_u_at(const struct ls_cal_measurand *m, double value, double *ret_u, double *ret_k,
		 bool *ret_interpolated);
/* The point with the smallest u; NULL: none has one. */
const struct ls_cal_point *ls_cal_tightest(const struct ls_cal_measurand *m);

/* The parent's u that an edge brings at a value of the child, in the parent's unit; values of other
 * quantities do not carry over: then the parent's smallest.  false: not known. */
bool ls_cal_edge_u(const struct ls_cal_node *node, const struct ls_cal_edge *edge, double value,
		   double *ret_u, double *ret_value, bool *ret_interpolated);

/* Whether the parent's range covers the value; of another quantity it does. */
bool ls_cal_edge_covers(const struct ls_cal_node *node, const struct ls_cal_edge *edge,
			double value);

/*
 * What the edges contribute at a value, in the child's unit.  weights[i] is how much of edge i's
 * |c| u counts: among parents of the same quantity the best one serves (1, the others 0), or all
 * of them as a weighted mean; of other quantities each is a contribution of its own.  `same` is
 * that of the parents of the same quantity, `all` the root of the sum of squares.  Negative: none
 * is known.
 */
struct ls_cal_contributions {
	double weights[LS_CAL_EDGES_MAX];
	double u[LS_CAL_EDGES_MAX]; /* |c| u, or negative */
	double same, all;
};
void ls_cal_contributions(const struct ls_cal_node *node, double value,
			  struct ls_cal_contributions *ret);

/* Effective degrees of freedom at a value: those that are stated there, or fewer, which its parents
 * leave by the Welch-Satterthwaite formula (JCGM 100:2008, G.4.1); INFINITY: none are stated. */
double ls_cal_dof_at(const struct ls_cal_node *node, double value);

#define LS_CAL_SLACK 1e-9 /* relative: what is equal on paper, is equal here in another unit */

#endif
