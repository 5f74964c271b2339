/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/exit.h"
#include "lib/base/text.h"

int ls_cal_verdict_exit(enum ls_cal_verdict verdict)
{
	switch (verdict) {
	case LS_CAL_TRACEABLE: return LS_EXIT_HOLDS;
	case LS_CAL_NOT_TRACEABLE: return LS_EXIT_DOES_NOT_HOLD;
	case LS_CAL_CANNOT_BE_SHOWN: break;
	}
	return LS_EXIT_COULD_NOT_CHECK;
}

struct ls_cal_counts ls_cal_count(const struct ls_cal_result *result)
{
	struct ls_cal_counts counts = { { 0 } };
	for (size_t i = 0; i < result->check_count; i++)
		counts.of[result->checks[i].outcome]++;
	return counts;
}

struct ls_cal_counts ls_cal_count_of(const struct ls_cal_result *result, enum ls_cal_check_id check)
{
	struct ls_cal_counts counts = { { 0 } };
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].check == check)
			counts.of[result->checks[i].outcome]++;
	return counts;
}

enum ls_cal_outcome ls_cal_worst(const struct ls_cal_counts *counts)
{
	for (int outcome = LS_CAL_FAILS; outcome > LS_CAL_INFO; outcome--)
		if (counts->of[outcome] > 0)
			return (enum ls_cal_outcome)outcome;
	return counts->of[LS_CAL_HOLDS] > 0 || counts->of[LS_CAL_INFO] == 0 ? LS_CAL_HOLDS
									    : LS_CAL_INFO;
}

const struct ls_cal_check *ls_cal_first(const struct ls_cal_result *result)
{
	return result->first < result->check_count ? &result->checks[result->first] : NULL;
}

const char *ls_cal_outcome_word(enum ls_cal_outcome outcome)
{
	switch (outcome) {
	case LS_CAL_HOLDS: return "holds";
	case LS_CAL_INFO: return "told";
	case LS_CAL_WARNS: return "warning";
	case LS_CAL_CANNOT: return "not shown";
	case LS_CAL_FAILS: break;
	}
	return "FAILS";
}

const char *ls_cal_clock_name(enum ls_cal_clock clock)
{
	static const char *const names[] = { "none", "witnesses", "heartbeat", "block",
					     "creation" };
	return names[clock];
}

const char *ls_cal_clock_words(enum ls_cal_clock clock)
{
	static const char *const words[] = { "nobody's word", "witnesses' word",
					     "the registry's own word", "the block's time",
					     "the evidence's word, of when it was made" };
	return words[clock];
}

const char *ls_cal_sentence(const struct ls_cal_result *result,
			    char buffer[static LS_CAL_SENTENCE_SIZE])
{
	char at[LS_UTC_SIZE];
	struct ls_cal_counts c = ls_cal_count(result);
	int n = snprintf(buffer, LS_CAL_SENTENCE_SIZE,
			 "Of %s, as of %s: %zu checks hold, %zu fail, %zu could not be made",
			 result->quantity[0] ? result->quantity : "all its quantities",
			 ls_utc_format(result->at, at), c.of[LS_CAL_HOLDS], c.of[LS_CAL_FAILS],
			 c.of[LS_CAL_CANNOT]);
	if (n > 0 && n < LS_CAL_SENTENCE_SIZE)
		snprintf(buffer + n, LS_CAL_SENTENCE_SIZE - (size_t)n,
			 "; %zu warn, and %zu do not apply or only tell.", c.of[LS_CAL_WARNS],
			 c.of[LS_CAL_INFO]);
	return buffer;
}

const char *ls_cal_amount(bool known, double value, const char *unit,
			  char buffer[static LS_CAL_AMOUNT_SIZE])
{
	char symbol[LS_UNIT_SYMBOL_SIZE];
	if (!known) {
		snprintf(buffer, LS_CAL_AMOUNT_SIZE, "-");
		return buffer;
	}
	ls_unit_symbol(unit, strlen(unit), symbol);
	snprintf(buffer, LS_CAL_AMOUNT_SIZE, "%.4g %s", value,
		 strcmp(symbol, "1") == 0 ? "" : symbol);
	size_t n = strlen(buffer);
	if (buffer[n - 1] == ' ')
		buffer[n - 1] = '\0';
	return buffer;
}

const char *ls_cal_day(int64_t time, char buffer[static 24])
{
	char utc[LS_UTC_SIZE];
	if (time == LS_CAL_NO_END || time == LS_CAL_TIME_UNKNOWN || time == 0)
		snprintf(buffer, 24, "-");
	else
		snprintf(buffer, 24, "%.10s", ls_utc_format(time, utc));
	return buffer;
}
