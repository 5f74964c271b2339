/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/session.h"
#include "audit/dna/command_internal.h"
#include "audit/dna/keys/belief.h"
#include "audit/dna/records.h"
#include "audit/dna/report.h"
#include "audit/dna/whereabouts.h"
#include "audit/verify/pool.h"

#define JOBS_MAX LS_POOL_THREADS_MAX
#define AHEAD	 64 /* files that are done before their turn, each in a file of its own */

/* What is asked for; read only while files are verified. */
struct verifying {
	struct ls_dna_options options;
	struct ls_dna_belief belief;
	struct ls_orcid expected;
	bool json, path;
	bool has_original; /* that molecules which do not hold are compared with */
	struct ls_dna_original original;
	unsigned long jobs; /* 0: as many as there are processors */
};

/* One file. */
struct task {
	const struct verifying *v;
	const char *file;
	FILE *out;
	size_t records;	  /* told in JSON */
	unsigned threads; /* that its records are shared out to */
	json_t *steps;	  /* of the record at hand */
	size_t depth;
	int status;
	struct ls_error err; /* what ended it */
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_VERIFY];
}

/* The gravest counts: the system failed, does not hold, could not check, holds. */
static void worse(int *worst, int status)
{
	static const int GRAVITY[] = {
		[LS_EXIT_HOLDS] = 0, [LS_EXIT_COULD_NOT_CHECK] = 1, [LS_EXIT_DOES_NOT_HOLD] = 2,
		[LS_EXIT_USAGE] = 3, [LS_EXIT_FAILED] = 4,
	};
	if (GRAVITY[status] > GRAVITY[*worst])
		*worst = status;
}

static int add_trust(struct verifying *v, const char *path)
{
	struct ls_error err = { 0 };
	return ls_dna_belief_add(&v->belief, path, &err) < 0 ? ls_dna_say(LS_DNA_VERIFY, &err) : 0;
}

static int add_original(struct verifying *v, const char *path)
{
	struct ls_error err = { 0 };
	if (v->has_original)
		return ls_command_usage(command(), "--against is one original");
	v->has_original = true;
	return ls_dna_original_read(path, &v->original, &err) < 0 ? ls_dna_say(LS_DNA_VERIFY, &err)
								  : 0;
}

static int take_option(void *context, int option, const char *value)
{
	struct verifying *v = context;
	unsigned long n;
	struct ls_error err = { 0 };
	switch (option) {
	case 't': return add_trust(v, value);
	case 'k':
		return ls_dna_belief_add_keys(&v->belief, value, &err) < 0
			       ? ls_dna_say(LS_DNA_VERIFY, &err)
			       : 0;
	case 'a':
		v->belief.at_known = true;
		return ls_cal_time_option(command(), "--at", value, &v->belief.at);
	case 'g': return add_original(v, value);
	case 'j': v->json = true; return 0;
	case 'p': v->path = true; return 0;
	case 'c':
		if (ls_orcid_parse(value, &v->expected, &err) < 0)
			return ls_command_usage(command(), "%s", err.message);
		v->options.expected = &v->expected;
		return 0;
	case 'n':
		if (ls_dna_number(value, JOBS_MAX, &v->jobs) < 0 || v->jobs == 0)
			return ls_command_usage(command(), "--jobs is 1 to %d", JOBS_MAX);
		return 0;
	default:
		if (ls_dna_number(value, LS_EFFORT_TWO_INDELS, &n) < 0)
			return ls_command_usage(command(), "--effort is 0 to %d",
						LS_EFFORT_TWO_INDELS);
		v->options.repair.effort = (enum ls_effort)n;
		return 0;
	}
}

static int parse(int argc, char **argv, struct verifying *v)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "keys", required_argument, NULL, 'k' },
						 { "at", required_argument, NULL, 'a' },
						 { "orcid", required_argument, NULL, 'c' },
						 { "effort", required_argument, NULL, 'e' },
						 { "jobs", required_argument, NULL, 'n' },
						 { "against", required_argument, NULL, 'g' },
						 { "json", no_argument, NULL, 'j' },
						 { "path", no_argument, NULL, 'p' },
						 { 0 } };
	struct ls_error err = { 0 };
	int rc = ls_dna_options(LS_DNA_VERIFY, argc, argv, options, take_option, v);
	if (rc != 0)
		return rc;
	if (optind == argc)
		return ls_command_usage(command(), "which molecules?");
	if (!v->belief.trust)
		return ls_command_usage(command(), "whose signatures are believed? Say --trust "
						   "FILE, an authority's parameters");
	if (ls_dna_belief_open(&v->belief, &err) < 0)
		return ls_dna_say(LS_DNA_VERIFY, &err);
	v->options.trust = v->belief.trust;
	return 0;
}

static int take_step(void *context, const struct ls_path_step *step)
{
	struct task *t = context;
	/* who is not known is told so; what is known not to hold makes the path not hold */
	if (step->verdict->outcome != LS_DNA_ANOTHER)
		worse(&t->status, ls_dna_verdict_exit(step->verdict->outcome));
	if (t->v->json)
		json_array_append_new(t->steps, ls_dna_step_json(step));
	else
		ls_dna_step_text(t->out, step, ++t->depth);
	return 0;
}

static int put_json(const char *bytes, size_t size, void *context)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

/* Written at once: a file of a million reads is one of a million records.  One that could not be
 * made (NULL) is not left out unsaid. */
static void put_record(struct task *t, json_t *record)
{
	if (t->records++ > 0)
		fputs(",\n", t->out);
	if (!record || json_dump_callback(record, put_json, t->out, JSON_INDENT(2)) < 0)
		worse(&t->status, LS_EXIT_FAILED);
	json_decref(record);
}

/* Where a molecule that does not hold differs from the original that was given. */
static json_t *tell_against(struct task *t, const struct ls_molecule *m,
			    const struct ls_dna_verdict *verdict)
{
	struct ls_error err = { 0 };
	char why[LS_DNA_WHY_SIZE];
	size_t count = 0;
	if (!t->v->has_original || ls_dna_verdict_exit(verdict->outcome) == LS_EXIT_HOLDS)
		return json_null();
	json_t *all = json_array();
	int rc = ls_dna_whereabouts(&t->v->original, m, t->v->json ? NULL : t->out, all, &count,
				    &err);
	if (rc == 0 && count == 0 && !t->v->json)
		fprintf(t->out, "  against     every base is as in the original\n");
	if (rc == 0)
		return all;
	json_decref(all);
	worse(&t->status, LS_EXIT_COULD_NOT_CHECK);
	fprintf(t->v->json ? stderr : t->out, "  against     %s [%s]\n",
		ls_dna_plain(err.message, why, sizeof why), err.id);
	return json_null();
}

/* The verdict in words comes first, then the path; in JSON the one is in the other. */
static int tell(struct task *t, const struct ls_molecule *m, const struct ls_genbank *genbank,
		const struct ls_dna_verdict *verdict)
{
	const struct verifying *v = t->v;
	json_t *record = v->json ? ls_dna_report_json(t->file, m, genbank, verdict) : NULL;
	t->steps = json_array();
	t->depth = 0;
	if (!v->json)
		ls_dna_report_text(t->out, t->file, m, genbank, verdict);
	if (!v->json && verdict->has_block)
		ls_dna_belief_tell_withdrawn(&v->belief, &verdict->judged.block, t->out);
	json_t *against = tell_against(t, m, verdict);
	int rc = v->path ? ls_dna_path(verdict, &v->options, take_step, t, &t->err) : 0;
	if (v->json) {
		json_object_set_new(record, "path", v->path ? json_incref(t->steps) : json_null());
		json_object_set_new(record, "withdrawn",
				    verdict->has_block ? ls_dna_belief_withdrawn_json(
								 &v->belief, &verdict->judged.block)
						       : json_array());
		json_object_set(record, "against", against);
		put_record(t, record);
	}
	json_decref(against);
	json_decref(t->steps);
	return rc;
}

/* A record, or (name "") a file, that cannot be read or checked: the others still are. */
static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct task *t = context;
	char shown[128], file[LS_DNA_FILE_SIZE], words[LS_DNA_WHY_SIZE];
	worse(&t->status, LS_EXIT_COULD_NOT_CHECK);
	if (t->v->json)
		put_record(t, ls_dna_report_unread(t->file, name, why));
	else
		fprintf(t->out, "%s: %s%sCOULD NOT BE CHECKED: unread\n  why         %s [%s]\n",
			ls_dna_plain(t->file, file, sizeof file),
			*name ? ls_dna_show(name, shown, sizeof shown) : "", *name ? ": " : "",
			ls_dna_plain(why->message, words, sizeof words), why->id);
	return 0;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct task *t = context;
	struct ls_dna_verdict verdict;
	int rc = ls_dna_verify(m, &t->v->options, &verdict, &t->err);
	if (rc == 0) {
		worse(&t->status, ls_dna_verdict_exit(verdict.outcome));
		rc = tell(t, m, genbank, &verdict);
		ls_dna_verdict_free(&verdict);
	}
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	/* of this record alone: a signed one behind it is still told */
	const struct ls_error why = t->err;
	memset(&t->err, 0, sizeof t->err);
	return failed(t, m->name, &why);
}

/* On a thread of its own: a task of its own. */
static int take_alone(void *context, const struct ls_dna_record *r, FILE *out, int *status)
{
	const struct task *file = context;
	struct task t = { .v = file->v, .file = file->file, .out = out, .status = LS_EXIT_HOLDS };
	int rc = r->unread ? failed(&t, r->molecule.name, &r->why)
			   : take(&t, &r->molecule, r->has_genbank ? &r->genbank : NULL);
	*status = t.status;
	return rc;
}

static void tell_alone(void *context, const char *text, size_t size, int status)
{
	struct task *t = context;
	worse(&t->status, status);
	if (t->v->json && t->records++ > 0)
		fputs(",\n", t->out);
	fwrite(text, 1, size, t->out); /* whether it could be written is asked at the end */
}

static void verify_file(struct task *t)
{
	const struct ls_molecule_taker taker = { .take = take, .failed = failed, .context = t };
	const struct ls_dna_records_user user = { take_alone, tell_alone, t };
	struct ls_error err = { 0 };
	int rc = t->threads > 1 ? ls_dna_records_read(t->file, t->threads, &user, &err)
				: ls_molecules_read(t->file, &taker, &err);
	if (rc < 0 && t->err.code < 0)
		worse(&t->status, ls_dna_say(LS_DNA_VERIFY, &t->err));
	else if (rc == -ENOMEM)
		worse(&t->status, ls_dna_say(LS_DNA_VERIFY, &err));
	else if (rc < 0)
		failed(t, "", &err);
	if (fflush(t->out) != 0 || ferror(t->out))
		worse(&t->status, LS_EXIT_FAILED);
}

/* --- many files ---------------------------------------------------------- */

/* An output whose turn has not come. */
struct kept {
	bool done;
	FILE *out; /* owned; NULL: there is none, which was said */
};

/* Files that several threads verify, and whose outputs come in the files' order. */
struct row {
	const struct verifying *v;
	char **files;
	size_t count;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t moved;
	struct kept *kept; /* owned: one each */
	size_t told;	   /* files that were */
	size_t records;	   /* in JSON, that were */
	int status;
};

/* An output whose turn has come. */
static void copy_out(struct row *row, FILE *out)
{
	char buffer[65536];
	size_t n;
	rewind(out);
	for (bool first = true; (n = fread(buffer, 1, sizeof buffer, out)) > 0; first = false) {
		if (first && row->v->json && row->records++ > 0)
			fputs(",\n", stdout);
		if (fwrite(buffer, 1, n, stdout) != n)
			worse(&row->status, LS_EXIT_FAILED);
	}
	if (ferror(out))
		worse(&row->status, LS_EXIT_FAILED);
	fclose(out);
}

/* Not too far ahead of the one that is to be told next: somebody is at that one. */
static void await_turn(struct row *row, size_t i)
{
	pthread_mutex_lock(&row->lock);
	while (i >= row->told + AHEAD)
		pthread_cond_wait(&row->moved, &row->lock);
	pthread_mutex_unlock(&row->lock);
}

static void hand_in(struct row *row, size_t i, const struct task *t)
{
	pthread_mutex_lock(&row->lock);
	worse(&row->status, t->status);
	row->kept[i] = (struct kept){ .done = true, .out = t->out };
	for (; row->told < row->count && row->kept[row->told].done; row->told++)
		if (row->kept[row->told].out)
			copy_out(row, row->kept[row->told].out);
	pthread_cond_broadcast(&row->moved);
	pthread_mutex_unlock(&row->lock);
}

static int nowhere_to_keep(const struct task *t)
{
	struct ls_error err = { 0 };
	ls_fail_errno(&err, errno, "dna.verify.temporary",
		      "cannot keep what is told of '%s' in a temporary file; say --jobs 1",
		      t->file);
	err.code = -EIO; /* whatever it was: the system failed */
	return ls_dna_say(LS_DNA_VERIFY, &err);
}

static void verify_some(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	struct row *row = context;
	(void)worker;
	for (uint64_t i = first; i < end; i++) {
		struct task t = { .v = row->v, .file = row->files[i], .status = LS_EXIT_HOLDS };
		await_turn(row, i);
		t.out = tmpfile();
		if (t.out)
			verify_file(&t);
		else
			worse(&t.status, nowhere_to_keep(&t));
		hand_in(row, i, &t);
	}
}

static int verify_in_turn(const struct verifying *v, char **files, size_t count, unsigned jobs)
{
	int status = LS_EXIT_HOLDS;
	size_t records = 0;
	for (size_t i = 0; i < count; i++) {
		struct task t = {
			.v = v, .file = files[i], .out = stdout, .records = records, .threads = jobs
		};
		verify_file(&t);
		records = t.records;
		worse(&status, t.status);
	}
	return status;
}

static int verify_at_once(const struct verifying *v, char **files, size_t count, unsigned jobs)
{
	struct row row = { .v = v, .files = files, .count = count };
	row.kept = calloc(count, sizeof *row.kept);
	if (!row.kept)
		return LS_EXIT_FAILED;
	pthread_mutex_init(&row.lock, NULL);
	pthread_cond_init(&row.moved, NULL);
	ls_pool_run(jobs, count, 1, verify_some, &row);
	pthread_cond_destroy(&row.moved);
	pthread_mutex_destroy(&row.lock);
	free(row.kept);
	return row.status;
}

static int verify_all(const struct verifying *v, char **files, size_t count)
{
	unsigned jobs = v->jobs ? (unsigned)v->jobs : ls_pool_threads();
	int status = LS_EXIT_HOLDS;
	json_t *keys = v->json ? ls_dna_belief_json(&v->belief) : NULL;
	if (v->json) {
		printf("{\n\"schema\": \"labseal/dna-verify/v1\",\n\"keys\": ");
		if (json_dumpf(keys, stdout, 0) < 0)
			worse(&status, LS_EXIT_FAILED);
		printf(",\n\"records\": [\n");
	} else {
		ls_dna_belief_tell(&v->belief);
	}
	json_decref(keys);
	worse(&status, jobs == 1 || count == 1 ? verify_in_turn(v, files, count, jobs)
					       : verify_at_once(v, files, count, jobs));
	if (v->json)
		printf("\n]\n}\n");
	return status;
}

int ls_dna_verify_command(int argc, char **argv)
{
	struct verifying v = { .options.repair.effort = LS_EFFORT_DEFAULT };
	int rc = parse(argc, argv, &v);
	if (rc == 0)
		rc = verify_all(&v, argv + optind, (size_t)(argc - optind));
	ls_dna_belief_free(&v.belief);
	ls_dna_original_free(&v.original);
	return rc;
}
