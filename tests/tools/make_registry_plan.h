/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a made-up registry: a tree of devices, each calibrated with the one above it, and
 * the organisations that do it.  All follows from a few numbers, so nothing is kept but ids.
 */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_PLAN_H
#define LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_PLAN_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 200
#define DAY	   86400

/* What is wrong with the chain of the first device of each level from --fault-level down. */
#define REGISTRY_FAULTS(X)                                  \
	X(NONE, "none")                                     \
	/* who */                                           \
	X(NMI_UNKNOWN, "nmi-unknown")                       \
	X(ORGANISATION_SIGNATURE, "organisation-signature") \
	X(ORGANISATION_EXPIRED, "organisation-expired")     \
	X(ORGANISATION_REVOKED, "organisation-revoked")     \
	X(TECHNICIAN_FOREIGN, "technician-foreign")         \
	X(TECHNICIAN_EXPIRED, "technician-expired")         \
	X(TECHNICIAN_REVOKED, "technician-revoked")         \
	X(DEVICE_SIGNATURE, "device-signature")             \
	X(DEVICE_EXPIRED, "device-expired")                 \
	X(DEVICE_REVOKED, "device-revoked")                 \
	X(PARENT_SIGNATURE, "parent-signature")             \
	X(TECHNICIAN_SIGNATURE, "technician-signature")     \
	X(REPORT_REVOKED, "report-revoked")                 \
	X(REVOKED_LATER, "revoked-later")                   \
	X(REVOKED_BY_STRANGER, "revoked-by-stranger")       \
	X(KEY_COMPROMISED, "key-compromised")               \
	/* how they hang together */                        \
	X(PARENT_UNKNOWN, "parent-unknown")                 \
	X(PARENT_OLDER, "parent-older")                     \
	X(ORPHAN, "orphan")                                 \
	X(CYCLE, "cycle")                                   \
	X(LEVEL_EQUAL, "level-equal")                       \
	X(PARENT_LATER, "parent-later")                     \
	X(PARENT_OVERDUE, "parent-overdue")                 \
	X(OVERDUE, "overdue")                               \
	/* what was measured */                             \
	X(QUANTITY_OTHER, "quantity-other")                 \
	X(RANGE_OUTSIDE, "range-outside")                   \
	X(UNCERTAINTY_SMALLER, "uncertainty-smaller")       \
	X(SCOPE_QUANTITY, "scope-quantity")                 \
	X(SCOPE_RANGE, "scope-range")                       \
	X(SCOPE_UNCERTAINTY, "scope-uncertainty")           \
	X(CONFORMITY_WRONG, "conformity-wrong")             \
	X(FOUND_OUT, "found-out")                           \
	X(ADJUSTED_AFTER, "adjusted-after")                 \
	X(PRIVATE, "private")

enum registry_fault {
#define X(name, text) FAULT_##name,
	REGISTRY_FAULTS(X)
#undef X
		FAULT_COUNT
};

static const char *const registry_fault_names[FAULT_COUNT] = {
#define X(name, text) text,
	REGISTRY_FAULTS(X)
#undef X
};

struct plan_options {
	uint64_t devices;	/* of the lowest level of the tree */
	unsigned levels;	/* below the national standard */
	unsigned deep;		/* one chain besides, of so many levels; 0: none */
	unsigned parents;	/* of each report, where the level above has as many */
	unsigned organisations; /* of each level, at most */
	uint64_t seed;
	int64_t end; /* when the registry's log ends */
	enum registry_fault fault;
	unsigned fault_level;
};

/* Level 0 is the national standard; a level's devices are the tree's, then the deep chain's. */
struct plan {
	struct plan_options o;
	uint64_t fan; /* devices calibrated with each */
	unsigned levels;
	uint64_t tree[LEVELS_MAX + 1], count[LEVELS_MAX + 1];
	unsigned organisations[LEVELS_MAX + 1]; /* of level l: they own the devices of level l */
};

static inline void plan_init(struct plan *p, const struct plan_options *o)
{
	*p = (struct plan){ .o = *o };
	unsigned levels = o->levels ? o->levels : (unsigned)ceil(log10((double)o->devices));
	levels = levels ? levels : 1;
	p->fan = (uint64_t)ceil(pow((double)o->devices, 1.0 / levels) - 1e-9);
	p->fan = p->fan ? p->fan : 1;
	p->levels = levels > o->deep ? levels : o->deep;
	p->o.levels = levels;
	p->tree[levels] = o->devices;
	for (unsigned l = levels; l > 0; l--)
		p->tree[l - 1] = (p->tree[l] + p->fan - 1) / p->fan;
	p->tree[0] = 1;
	for (unsigned l = 0; l <= p->levels; l++) {
		p->count[l] = p->tree[l] + (l > 0 && l <= o->deep);
		p->organisations[l] = p->count[l] < o->organisations ? (unsigned)p->count[l]
								     : o->organisations;
	}
	p->organisations[0] = 1;
	if (!p->o.fault_level)
		p->o.fault_level = o->fault == FAULT_OVERDUE ? levels : (levels + 1) / 2;
}

static inline bool plan_is_deep(const struct plan *p, unsigned level, uint64_t i)
{
	return i >= p->tree[level];
}

/* The j-th device of the level above that this one is calibrated with; level > 0. */
static inline uint64_t plan_parent(const struct plan *p, unsigned level, uint64_t i, unsigned j)
{
	if (plan_is_deep(p, level, i))
		return level == 1 ? 0 : p->count[level - 1] - 1;
	return (i / p->fan + j) % p->tree[level - 1];
}

static inline unsigned plan_parents(const struct plan *p, unsigned level, uint64_t i)
{
	if (level == 0)
		return 0;
	if (plan_is_deep(p, level, i) || p->tree[level - 1] == 0)
		return 1;
	return p->o.parents < p->tree[level - 1] ? p->o.parents : (unsigned)p->tree[level - 1];
}

/* The organisation that owns a device of this level, and calibrates with it. */
static inline unsigned plan_owner(const struct plan *p, unsigned level, uint64_t i)
{
	return (unsigned)(i % p->organisations[level]);
}

/* Whether this device's calibration is the one with the fault. */
static inline bool plan_fault(const struct plan *p, unsigned level, uint64_t i,
			      enum registry_fault fault)
{
	return p->o.fault == fault && level == p->o.fault_level && i == 0;
}

static inline int64_t plan_performed(const struct plan *p, unsigned level)
{
	return p->o.end - (int64_t)(p->levels + 10 - level) * DAY;
}

#endif
