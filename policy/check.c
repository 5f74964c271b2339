/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/check.h"

#include <string.h>

struct check {
	const struct ls_policy *policy;
	const struct ls_policy_places *places;
	struct ls_policy_faults *faults;
};

static size_t index_of(const char *path)
{
	return (size_t)(ls_policy_field_find(path) - ls_policy_fields);
}

static bool is_given(const struct check *c, const char *path)
{
	return c->places->at[index_of(path)].line > 0;
}

static bool is_bad(const struct check *c, const char *path)
{
	return c->places->is_bad[index_of(path)];
}

/* Where a field stands, or the nearest map that it would be in. */
static struct ls_policy_mark place_of(const struct check *c, const char *path)
{
	char map[64];
	struct ls_policy_mark at = c->places->at[index_of(path)];
	size_t length = strlen(path);
	while (at.line == 0 && length > 0) {
		while (length > 0 && path[length] != '.')
			length--;
		if (length == 0 || length >= sizeof(map))
			break;
		memcpy(map, path, length);
		map[length--] = '\0';
		at = c->places->at[index_of(map)];
	}
	return at.line > 0 ? at : (struct ls_policy_mark){ 1, 1 };
}

static void needs_development(const struct check *c, const char *path, bool is_used,
			      const char *what, const char *instead)
{
	if (!is_used || c->policy->development || is_bad(c, path) || is_bad(c, "development"))
		return;
	ls_policy_fault_add(c->faults, place_of(c, path), "policy.development",
			    "'%s': %s is for development only; %s, or write 'development: true' at "
			    "the end, and every result will say so",
			    path, what, instead);
}

static void check_development(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	needs_development(c, "vm.boot", is_given(c, "vm.boot"), "booting a kernel directly",
			  "boot from 'disk:'");
	needs_development(c, "vm.type", p->vm.type == LS_VM_TCG, "TCG, which isolates nothing,",
			  "use 'kvm'");
	needs_development(c, "vm.connection", p->vm.connection == LS_CONNECT_EMBED,
			  "the embedded libvirt", "use 'qemu:///system'");
	needs_development(c, "signing.key", p->signing.key == LS_SIGN_FILE, "a key in a plain file",
			  "use 'tpm' or 'pkcs11'");
}

static void check_machine(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	if (is_given(c, "vm") && !is_bad(c, "vm") && !is_given(c, "vm.disk") &&
	    !is_given(c, "vm.boot"))
		ls_policy_fault_add(c->faults, place_of(c, "vm"), "policy.missing",
				    "'vm' has nothing to start from: 'vm.disk' is missing");
	if (p->vm.memory & 0xfffff && !is_bad(c, "vm.memory"))
		ls_policy_fault_add(c->faults, place_of(c, "vm.memory"), "policy.range",
				    "'vm.memory' must be a whole number of MiB");
}

/* Twice: one file that is whole and waits, and the next one on its way. */
static void check_spool(const struct check *c)
{
	if (is_bad(c, "channel.spool-size") || is_bad(c, "channel.max-file-size") ||
	    c->policy->channel.spool_size / 2 >= c->policy->channel.max_file_size)
		return;
	ls_policy_fault_add(c->faults, place_of(c, "channel.spool-size"), "policy.conflict",
			    "'channel.spool-size' must be at least twice "
			    "'channel.max-file-size': a file of that size could never be received");
}

/* Whether path is folder or lies below it. */
static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Where QEMU, which is neither root nor an auditor, can get at it and nobody else is shown it. */
static void check_results_disk(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	const char *path = p->vm.results_disk.path, *why = NULL;
	if (!path[0])
		return;
	if (strcmp(path, p->vm.disk.path) == 0)
		why = "is 'vm.disk.path' itself, which is never written";
	else if (p->publish.share[0] && is_below(path, p->publish.share))
		why = "lies in 'publish.share', which is for everyone to read";
	else if (p->state[0] && is_below(path, p->state))
		why = "lies in 'state', which QEMU cannot enter";
	if (why)
		ls_policy_fault_add(c->faults, place_of(c, "vm.results-disk.path"),
				    "policy.conflict", "'vm.results-disk.path' %s", why);
}

/* node_exporter reads no other file. */
static void check_metrics(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	const char *path = p->publish.metrics, *why = NULL, *end = strrchr(path, '.');
	if (!path[0])
		return;
	if (!end || strcmp(end, ".prom") != 0)
		why = "does not end in '.prom', so that node_exporter would not read it";
	else if (p->publish.share[0] && is_below(path, p->publish.share))
		why = "lies in 'publish.share', which holds what is sealed and nothing else";
	if (why)
		ls_policy_fault_add(c->faults, place_of(c, "publish.metrics"), "policy.conflict",
				    "'publish.metrics' %s", why);
}

static void check_folders(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	if (is_bad(c, "state") || is_bad(c, "publish.share") || is_bad(c, "instrument.id"))
		return;
	if (p->state[0] && p->publish.share[0] &&
	    (is_below(p->state, p->publish.share) || is_below(p->publish.share, p->state)))
		ls_policy_fault_add(
			c->faults, place_of(c, "publish.share"), "policy.conflict",
			"'publish.share' and 'state' lie in one another: the share is for "
			"everyone to read, the state holds keys");
	check_results_disk(c);
	check_metrics(c);
	if (p->publish.share[0] && p->vm.disk.path[0] &&
	    is_below(p->vm.disk.path, p->publish.share))
		ls_policy_fault_add(c->faults, place_of(c, "vm.disk.path"), "policy.conflict",
				    "'vm.disk.path' lies in 'publish.share'");
}

static void conflict(const struct check *c, const char *path, const char *text)
{
	if (!is_bad(c, path))
		ls_policy_fault_add(c->faults, place_of(c, path), "policy.conflict", "%s", text);
}

/* The token and the rest of 'signing' belong together. */
static void check_token(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	bool none = strcmp(p->signing.tpm, LS_POLICY_TPM_NONE) == 0;
	bool given = is_given(c, "signing.pkcs11");
	if (is_bad(c, "signing.key") || is_bad(c, "signing.tpm") || is_bad(c, "signing.pkcs11"))
		return;
	if (none && p->signing.key == LS_SIGN_TPM)
		conflict(c, "signing.tpm", "'signing.tpm' is 'none', and the key is to live in it");
	if (given && p->signing.key != LS_SIGN_PKCS11)
		conflict(c, "signing.pkcs11",
			 "'signing.pkcs11' is for 'key: pkcs11' only: write that, or leave it out");
	if (p->signing.key != LS_SIGN_PKCS11)
		return;
	if (!given)
		ls_policy_fault_add(c->faults, place_of(c, "signing.key"), "policy.missing",
				    "'signing.pkcs11' is missing: which token holds the key?");
	else if (none && !is_given(c, "signing.pkcs11.pin-file"))
		ls_policy_fault_add(
			c->faults, place_of(c, "signing.pkcs11"), "policy.missing",
			"'signing.pkcs11.pin-file' is missing: without a TPM that seals "
			"the PIN it must be in a file, root's alone");
	if (!none && is_given(c, "signing.pkcs11.pin-file"))
		conflict(
			c, "signing.pkcs11.pin-file",
			"'signing.pkcs11.pin-file' is for 'tpm: none' only: the TPM seals the PIN, "
			"'labseal provision' asks for it once; leave it out and remove the file");
}

static void check_module(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	if (is_given(c, "signing.pkcs11.variable") != is_given(c, "signing.pkcs11.configuration"))
		conflict(
			c, "signing.pkcs11",
			"'signing.pkcs11.variable' and 'signing.pkcs11.configuration' go together: "
			"the variable names the file");
	if (p->publish.share[0] && (is_below(p->signing.pkcs11.pin_file, p->publish.share) ||
				    is_below(p->signing.pkcs11.folder, p->publish.share)))
		conflict(c, "signing.pkcs11",
			 "the PIN's file or the token's folder lies in 'publish.share', which is "
			 "for everyone to read");
}

/* Where its reader, which is neither root nor labseald, can get at it; and by two ways. */
static void check_calibration(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	const char *registry = p->calibration.registry;
	if (!registry[0])
		return;
	if (p->state[0] && is_below(registry, p->state))
		conflict(c, "calibration.registry",
			 "'calibration.registry' lies in 'state', which _labseal-calibration "
			 "cannot enter");
	if (p->publish.share[0] && is_below(registry, p->publish.share))
		conflict(c, "calibration.registry",
			 "'calibration.registry' lies in 'publish.share', which holds what is "
			 "sealed and nothing else");
	if (p->calibration.trust[0] && is_below(p->calibration.trust, registry))
		conflict(c, "calibration.trust",
			 "'calibration.trust' lies in 'calibration.registry': what it is to be "
			 "trusted by has to come from elsewhere");
}

/* What is on the share is copied there by its publisher alone. */
static void check_samples(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	for (size_t i = 0; p->publish.share[0] && i < p->samples.count; i++) {
		const struct ls_policy_sample *s = &p->samples.list[i];
		const struct ls_policy_mark at = { s->line, s->column };
		if (is_below(s->sequence, p->publish.share))
			ls_policy_fault_add(c->faults, at, "policy.conflict",
					    "'samples.sequence' of '%s' lies in 'publish.share', "
					    "which holds what is sealed and nothing else",
					    s->name);
	}
}

static void check_witnesses(const struct check *c)
{
	const struct ls_policy *p = c->policy;
	if (is_bad(c, "signing.witnesses") || is_bad(c, "signing.quorum"))
		return;
	if (p->signing.quorum > p->signing.witness_count)
		conflict(c, "signing.quorum",
			 "'signing.quorum' is above the number of 'signing.witnesses': it could "
			 "never be met");
	for (size_t i = 0; i < p->signing.witness_count; i++) {
		const char *vkey = p->signing.witnesses[i].vkey;
		size_t length = strlen(p->signing.origin);
		if (strncmp(vkey, p->signing.origin, length) == 0 && vkey[length] == '+')
			conflict(c, "signing.witnesses",
				 "one of 'signing.witnesses' has the log's own name");
	}
}

void ls_policy_check(const struct ls_policy *policy, const struct ls_policy_places *places,
		     struct ls_policy_faults *faults)
{
	struct check c = { policy, places, faults };
	check_development(&c);
	check_machine(&c);
	check_spool(&c);
	check_folders(&c);
	check_token(&c);
	check_module(&c);
	check_witnesses(&c);
	check_calibration(&c);
	check_samples(&c);
}
