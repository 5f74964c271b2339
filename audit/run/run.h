/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a real-time PCR instrument, as its file tells it.
 *
 * Everything here is what the file says and nothing of it is ours: a value the
 * file lacks is absent, never filled in.  What can be worked out of it is in
 * analysis.h, apart.
 *
 * Conventions
 *   Text     owned by the run; well-formed UTF-8 whatever the file's encoding
 *            was; control characters are gone (a run of them and of blanks is
 *            one blank); at most LS_RUN_TEXT_MAX bytes; NULL when the file says nothing.
 *            It is the file's text: escape it for where it is shown.
 *   Numbers  double; NAN when absent or no number.  Never infinite.
 *   Arrays   owned by the run, with their count beside; NULL when the count is 0.
 *   Indices  from 0.  LS_RUN_NONE: none.
 *   Series   values[i] belongs to cycle i+1 (amplification), so the gaps of a file that
 *            skips cycles are NAN.
 *
 * A run is made by ls_run_read() and only read afterwards.  It holds at most
 * LS_RUN_MEMORY_MAX bytes; ls_run_free() lets go of all of it at once.
 */
#ifndef LABSEAL_AUDIT_RUN_RUN_H
#define LABSEAL_AUDIT_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

#define LS_RUN_FILE_MAX	    ((size_t)64 << 20)	/* bytes of a file that is looked at */
#define LS_RUN_MEMORY_MAX   ((size_t)256 << 20) /* bytes that one run may hold */
#define LS_RUN_TEXT_MAX	    1024		/* bytes of one text, without its NUL */
#define LS_RUN_ROWS_MAX	    100			/* a rotor of 100 */
#define LS_RUN_COLUMNS_MAX  96
#define LS_RUN_WELLS_MAX    3072
#define LS_RUN_CYCLES_MAX   1000
#define LS_RUN_MELT_MAX	    20000 /* points of one melt curve */
#define LS_RUN_TARGETS_MAX  4096
#define LS_RUN_DYES_MAX	    64
#define LS_RUN_FILTERS_MAX  64
#define LS_RUN_STAGES_MAX   100
#define LS_RUN_STEPS_MAX    100 /* in one stage */
#define LS_RUN_WARNINGS_MAX 100 /* kept; all are counted */

#define LS_RUN_NONE SIZE_MAX

/* What was read. */
enum ls_run_source {
	LS_RUN_EDS,  /* the instrument's own run file: ZIP, apldbio/sds/ */
	LS_RUN_TEXT, /* a text export: "* Key = Value", then [Sections] of tab-separated tables */
	LS_RUN_RDML, /* RDML 1.0 to 1.3, zipped or plain XML */
};

/* "run file (.eds)", "text export", "RDML". */
const char *ls_run_source_name(enum ls_run_source source);

struct ls_run_time {
	bool known;	  /* seconds holds; false where the text names no zone or an unknown one */
	int64_t seconds;  /* since 1970, UTC */
	const char *text; /* as the file writes it; NULL where it holds a number */
};

/* What a well holds, by the words of the instrument's makers and of RDML's sampleType. */
enum ls_run_task {
	LS_TASK_NONE, /* nothing said: an empty well, or a file without a plate */
	LS_TASK_UNKNOWN,
	LS_TASK_STANDARD,
	LS_TASK_NTC,	     /* no-template control */
	LS_TASK_NAC,	     /* no-amplification control */
	LS_TASK_NRT,	     /* no reverse transcriptase ("minus RT") */
	LS_TASK_POSITIVE,    /* positive control, PC_ALLELE_... */
	LS_TASK_IPC,	     /* internal positive control */
	LS_TASK_BLOCKED_IPC, /* blocked internal positive control */
	LS_TASK_OTHER	     /* see task_text */
};

/* "unknown", "standard", "NTC", ...; "" for LS_TASK_NONE. */
const char *ls_run_task_name(enum ls_run_task task);

struct ls_run_target {
	const char *name; /* never NULL, "" is possible */
	const char *reporter;
	const char *quencher;
};

/* values[i] for cycle i+1. */
struct ls_run_series {
	const double *values;
	size_t count;
};

/* Signal over temperature, in the order of the file; each array has count values or is NULL. */
struct ls_run_melt {
	const double *temperature; /* degrees Celsius; NULL only when count is 0 */
	const double *signal;	   /* normalised or raw reporter, as the file has it */
	const double *derivative;  /* -dF/dT as the file has it; NULL: it has none */
	size_t count;
};

struct ls_run_baseline {
	bool automatic; /* the instrument's software chose it */
	bool automatic_known;
	double start, end; /* first and last cycle, counted from 1; NAN unknown */
};

#define LS_RUN_TM_MAX 8

/* One target in one well. */
struct ls_run_reaction {
	size_t target; /* index into run->targets */
	enum ls_run_task task;
	const char *task_text;	/* the file's word */
	double quantity;	/* given, for a standard; NAN otherwise */
	const char *unit;	/* of the quantity, when named */
	double quantity_stored; /* what the instrument calculated from its standard curve */
	double cq;		/* as the instrument stored it; NAN: none */
	bool undetermined;	/* the instrument says "Undetermined": it looked, and found none */
	double cq_mean, cq_sd;	/* over replicates, as stored */
	double cq_confidence;	/* "Cq Conf", 0 to 1 */
	double amp_score;
	double threshold; /* as stored, in the unit of delta_rn */
	bool threshold_automatic, threshold_automatic_known;
	struct ls_run_baseline baseline;
	double tm[LS_RUN_TM_MAX]; /* degrees Celsius, as stored */
	size_t tm_count;
	const char *call;   /* genotype, presence/absence: the software's call */
	const char **flags; /* names of the quality flags that are raised: "HIGHSD" */
	size_t flag_count;
	bool omitted;			/* left out of the analysis by the operator */
	struct ls_run_series rn;	/* normalised reporter */
	struct ls_run_series delta_rn;	/* baseline-corrected, as stored */
	struct ls_run_series amplitude; /* RDML: fluor, which may be either; its unit is not said */
	struct ls_run_melt melt;
};

struct ls_run_well {
	size_t index;	  /* row * columns + column */
	char position[8]; /* "A1", "AF48" */
	const char *sample;
	const char *comment;
	bool omitted;
	struct ls_run_reaction *reactions;
	size_t reaction_count;
	struct ls_run_series *multicomponent; /* one for each of run->dyes, or NULL */
	struct ls_run_series *raw;	      /* one for each of run->filters, or NULL */
	struct ls_run_melt *melt;	      /* one for each of run->dyes, or NULL: before division
						 by the passive reference */
};

enum ls_stage_kind { LS_STAGE_HOLD, LS_STAGE_CYCLING, LS_STAGE_MELT, LS_STAGE_OTHER };

/* "hold", "cycling", "melt", "other". */
const char *ls_stage_kind_name(enum ls_stage_kind kind);

enum ls_ramp_unit {
	LS_RAMP_UNKNOWN,
	LS_RAMP_PERCENT, /* of the block's fastest */
	LS_RAMP_CELSIUS_PER_SECOND
};

struct ls_run_step {
	double temperature;	 /* degrees Celsius; the first zone's where the block has several */
	double temperature_high; /* the end of a gradient or of zones that differ; else NAN */
	double hold;		 /* seconds; NAN unknown, e.g. a pause without end */
	double ramp;
	enum ls_ramp_unit ramp_unit;
	double delta_temperature; /* added each cycle (touchdown); 0 for none */
	double delta_hold;	  /* seconds added each cycle */
	bool collects;		  /* fluorescence is read here */
};

struct ls_run_stage {
	enum ls_stage_kind kind;
	const char *label; /* the file's word: "CYCLING" */
	size_t repeats;	   /* at least 1 */
	struct ls_run_step *steps;
	size_t step_count;
};

struct ls_run_protocol {
	const char *name;
	const char *mode; /* "Standard", "Fast" */
	double volume;	  /* microlitres */
	double cover;	  /* degrees Celsius of the heated lid */
	struct ls_run_stage *stages;
	size_t stage_count; /* 0: the file has no protocol */
};

/* A standard curve as the instrument stored it: Cq = slope * log10(quantity) + intercept. */
struct ls_run_curve {
	size_t target; /* index into run->targets */
	double slope, intercept, r2;
	double efficiency; /* 1.0 is doubling: 10^(-1/slope) - 1 */
};

enum ls_calibration_kind {
	LS_CALIBRATION_BACKGROUND,
	LS_CALIBRATION_UNIFORMITY,
	LS_CALIBRATION_PURE_DYE,
	LS_CALIBRATION_ROI,
	LS_CALIBRATION_RNASEP, /* instrument verification plate */
	LS_CALIBRATION_OTHER   /* see name */
};

/* "background", "uniformity", "pure dye", "region of interest", "RNase P", "other". */
const char *ls_calibration_kind_name(enum ls_calibration_kind kind);

/* Whether an instrument recorded a yes or a no, or nothing. */
enum ls_said { LS_SAID_NOTHING, LS_SAID_NO, LS_SAID_YES };

/*
 * A calibration that the run's file carries or names.  It is what the file
 * says, with no more standing than the file: whether the calibration was good
 * on that day is checked elsewhere (labseal cal).
 */
struct ls_run_calibration {
	enum ls_calibration_kind kind;
	const char *name;  /* of the dye, or of an unknown kind */
	const char *entry; /* where in the file: "apldbio/sds/calibrations/background.ini" */
	struct ls_run_time performed, expires;
	const char *operator_name;  /* NULL where the file has "null" or "*" */
	const char *calibration_id; /* its number, or its digest */
	const char *instrument_serial;
	enum ls_said passed;  /* the file's [result] */
	enum ls_said expired; /* at the time of the run, as the instrument's software says it */
	bool has_data;	      /* the file carries the calibration's own figures */
	bool provenance;      /* who and on which instrument is recorded; false: figures of unknown
				 origin */
};

struct ls_run_warning {
	char id[LS_ERROR_ID_SIZE]; /* stable, dotted: "report.eds.serialized" */
	const char *message;	   /* a sentence for a person, fit to be shown (escaped) */
};

struct ls_run {
	enum ls_run_source source;
	const char *format_version; /* "1.1.1" of the .eds specification, "1.3" of RDML */

	/* the instrument */
	const char *maker; /* NULL unless the file says it */
	const char *instrument_type;
	const char *instrument_name;
	const char *instrument_serial;
	const char *block_serial;
	const char *block_type;
	const char *software; /* name */
	const char *software_version;

	/* the experiment */
	const char *name;
	const char *description;
	const char *experiment_type; /* "Quantitation - Standard Curve" */
	const char *chemistry;
	const char *operator_name; /* a name that somebody typed, not a proven identity */
	const char *barcode;
	const char *file_name;	       /* as the instrument's software knew it */
	const char *run_state;	       /* "COMPLETE" */
	const char *cq_method;	       /* "Ct", "automated threshold and baseline settings" */
	const char *passive_reference; /* name of a dye; NULL: none or not said */
	struct ls_run_time started, ended, created, modified;

	/* the plate */
	size_t rows, columns;	   /* at least 1 each; rows * columns <= LS_RUN_WELLS_MAX */
	bool plate_known;	   /* false: the file gives no geometry, and the smallest plate
				      that holds its wells was taken (96, 384, ...) */
	struct ls_run_well *wells; /* only those the file speaks of, by rising index */
	size_t well_count;
	struct ls_run_target *targets;
	size_t target_count;
	const char **dyes;
	size_t dye_count;
	const char **filters; /* "x1-m1": excitation and emission filter */
	size_t filter_count;
	size_t cycles; /* of the longest amplification series */

	struct ls_run_protocol protocol;
	struct ls_run_curve *curves; /* as stored */
	size_t curve_count;
	struct ls_run_calibration *calibrations;
	size_t calibration_count;

	/* what could not be read, or not as one would think, and why */
	struct ls_run_warning *warnings;
	size_t warning_count;
	size_t warning_total; /* with those not kept */

	struct ls_run_memory *memory; /* of run_build.h */
};

/* Which kind of file this is, by its content alone.  0, or -ENOTSUP when it is none of them. */
int ls_run_sniff(const void *data, size_t size, enum ls_run_source *ret_source);

/*
 * Read a run file.  The bytes are borrowed, and not needed afterwards.  A part
 * that cannot be read is left out with a warning; a file that is cut short or
 * broken as a whole is refused.  On success *ret_run is the caller's; on
 * failure it is untouched, and err names the reason:
 *
 *   -ENOTSUP  report.run.unknown  no format that we know
 *   -EBADMSG  report.*, zip.*     recognised, and malformed or cut short
 *   -EFBIG    report.*            past a limit above
 *   -EACCES   zip.encrypted       a password is wanted
 *   -ENOMEM   report.run.memory
 *
 * No network, no file and no other process is touched; nothing is executed or
 * deserialised.
 */
int ls_run_read(const void *data, size_t size, struct ls_run **ret_run, struct ls_error *err);

void ls_run_free(struct ls_run *run); /* NULL is fine */
LS_DEFINE_CLEANUP(struct ls_run *, ls_run_free)

/* The well at an index, or NULL when the file does not speak of it. */
const struct ls_run_well *ls_run_find_well(const struct ls_run *run, size_t index);

/* The index of a dye by name, ASCII case apart, or LS_RUN_NONE. */
size_t ls_run_find_dye(const struct ls_run *run, const char *name);

#endif
