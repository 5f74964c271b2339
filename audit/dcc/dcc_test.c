/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/corpus/dcc: good-* are read, bad-NAME__ID are refused with that id; and what is read of
 * each place in a document.  Run from the top of the tree.
 */
#include "audit/dcc/dcc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "audit/dcc/agree.h"
#include "audit/dcc/document.h"
#include "audit/dcc/measurand.h"
#include "audit/dcc/tree.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/dcc"

static void check_corpus_file(const char *name)
{
	_cleanup_buffer_ struct ls_buffer b;
	char path[512];
	struct ls_dcc_file *file = NULL;
	struct ls_error err = { 0 };
	ls_buffer_init(&b, LS_DCC_SIZE_MAX);
	snprintf(path, sizeof(path), CORPUS "/%s", name);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &b, NULL), 0);
	int rc = ls_dcc_read(b.data, b.size, &file, &err);
	const char *id = strstr(name, "__");
	if (strncmp(name, "good-", 5) == 0
		    ? rc != 0
		    : (rc >= 0 || !id || strcmp(id + 2, err.id) != 0 || file))
		TEST_FAIL("%s: %d %s: %s", name, rc, err.id, err.message);
	ls_dcc_file_free(file);
}

TEST(the_corpus_is_read_or_refused_as_named)
{
	DIR *dir = opendir(CORPUS);
	size_t count = 0;
	REQUIRE(dir != NULL);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (e->d_name[0] != '.' && ++count)
			check_corpus_file(e->d_name);
	closedir(dir);
	CHECK(count >= 25);
}

static void check_refused(const void *data, size_t size, int code, const char *id)
{
	struct ls_dcc_file *file = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_dcc_read(data, size, &file, &err), code);
	CHECK_STR_EQ(err.id, id);
	CHECK(!file);
	ls_dcc_file_free(file);
}

TEST(what_is_larger_than_any_certificate_is_not_read)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_DCC_SIZE_MAX + 1);
	ls_buffer_add_str(&b, "<a ");
	for (int i = 0; i <= LS_DCC_ATTRIBUTES_MAX; i++) /* namespaces are counted as attributes */
		ls_buffer_printf(&b, "xmlns:n%d='n' ", i);
	ls_buffer_add_str(&b, "/>");
	check_refused(b.data, b.size, -EFBIG, "cal.dcc.size");
	while (ls_buffer_add(&b, " ", 1) == 0)
		continue;
	CHECK_INT_EQ(b.size, LS_DCC_SIZE_MAX + 1);
	memset(b.data, ' ', b.size);
	memcpy(b.data, "<a/>", 4);
	check_refused(b.data, b.size, -EFBIG, "cal.dcc.size");
}

/* --- single parts ------------------------------------------------------------------------------
 */

#define HEAD                                                                                     \
	"<d:digitalCalibrationCertificate xmlns:d='https://ptb.de/dcc' "                         \
	"xmlns:si='https://ptb.de/si' "                                                          \
	"schemaVersion='3.3.0'><d:administrativeData><d:coreData><d:uniqueIdentifier>X"          \
	"</d:uniqueIdentifier><d:beginPerformanceDate>2025-01-01</d:beginPerformanceDate>"       \
	"<d:endPerformanceDate>2025-01-02Z</d:endPerformanceDate></d:coreData><d:items><d:item>" \
	"<d:name><d:content>thing</d:content></d:name></d:item></"                               \
	"d:items><d:calibrationLaboratory>"                                                      \
	"<d:contact><d:name><d:content>Lab</d:content></d:name></d:contact>"                     \
	"</d:calibrationLaboratory></d:administrativeData><d:measurementResults>"
#define TAIL "</d:measurementResults></d:digitalCalibrationCertificate>"

static struct ls_dcc_file *read_text(const char *results)
{
	struct ls_dcc_file *file = NULL;
	struct ls_error err = { 0 };
	struct ls_buffer b;
	ls_buffer_init(&b, 1 << 20);
	ls_buffer_printf(&b, "%s%s%s", HEAD, results, TAIL);
	if (ls_dcc_read(b.data, b.size, &file, &err) < 0)
		TEST_FAIL("%s", err.message);
	ls_buffer_free(&b);
	return file;
}

/* One quantity with this inside. */
static struct ls_dcc_file *read_quantity(const char *inside)
{
	char text[4096];
	snprintf(text, sizeof(text),
		 "<d:measurementResult><d:results><d:result><d:data><d:quantity "
		 "refType='a basic_measuredValue'>%s</d:quantity></d:data></d:result></d:results>"
		 "</d:measurementResult>",
		 inside);
	return read_text(text);
}

static double at(const struct ls_decimal *list, size_t count, size_t i)
{
	const struct ls_decimal *d = ls_dcc_at(list, count, i);
	return d ? ls_decimal_double(*d) : -99;
}

static void check_u(const char *inside, enum ls_dcc_uncertainty stated, size_t i, double u,
		    double k)
{
	struct ls_dcc_file *file = read_quantity(inside);
	REQUIRE(file && ls_dcc_of(file)->quantity_count == 1);
	const struct ls_dcc_quantity *q = &ls_dcc_of(file)->quantities[0];
	if (q->problem || q->stated != stated || at(q->u, q->u_count, i) != u ||
	    at(q->k, q->k_count, i) != k)
		TEST_FAIL("%s: %d, U %g, k %g, %s", inside, q->stated, at(q->u, q->u_count, i),
			  at(q->k, q->k_count, i), q->problem);
	ls_dcc_file_free(file);
}

#define REAL(x) "<si:real><si:value>10</si:value><si:unit>\\volt</si:unit>" x "</si:real>"
#define LIST(x)                                                      \
	"<si:realListXMLList><si:valueXMLList>1 2</si:valueXMLList>" \
	"<si:unitXMLList>\\volt \\volt</si:unitXMLList>" x "</si:realListXMLList>"
#define MU(x) \
	REAL("<si:measurementUncertaintyUnivariate>" x "</si:measurementUncertaintyUnivariate>")
#define VALUE_MU(x) "<si:valueStandardMU>" x "</si:valueStandardMU>"
#define OLD(u)                                                   \
	"<si:expandedUnc><si:uncertainty>" u "</si:uncertainty>" \
	"<si:coverageFactor>2</si:coverageFactor></si:expandedUnc>"

/* clang-format off */
static const struct {
	const char *xml;
	enum ls_dcc_uncertainty stated;
	size_t i;
	double u, k;
} uncertainties[] = {
	{ REAL(OLD("0.1")), LS_DCC_EXPANDED, 0, 0.1, 2 },
	{ REAL("<si:coverageInterval><si:standardUnc>0.05</si:standardUnc></si:coverageInterval>"), LS_DCC_STANDARD, 0, 0.05, 1 },
	{ MU("<si:expandedMU><si:valueExpandedMU>1e-1</si:valueExpandedMU><si:coverageFactor>1.96</si:coverageFactor></si:expandedMU>"),
	  LS_DCC_EXPANDED, 0, 0.1, 1.96 },
	{ MU("<si:standardMU>" VALUE_MU("0.3") "</si:standardMU>"), LS_DCC_STANDARD, 0, 0.3, 1 },
	{ MU("<si:coverageIntervalMU>" VALUE_MU("0.3") "</si:coverageIntervalMU>"), LS_DCC_STANDARD, 0, 0.3, 1 },
	{ LIST("<si:expandedUncXMLList><si:uncertaintyXMLList>0.1 0.2</si:uncertaintyXMLList><si:coverageFactorXMLList>2"
	       "</si:coverageFactorXMLList></si:expandedUncXMLList>"), LS_DCC_EXPANDED, 1, 0.2, 2 },
	{ LIST("<si:measurementUncertaintyUnivariateXMLList><si:standardMUXMLList><si:valueStandardMUXMLList>0.4"
	       "</si:valueStandardMUXMLList></si:standardMUXMLList></si:measurementUncertaintyUnivariateXMLList>"),
	  LS_DCC_STANDARD, 1, 0.4, 1 },
	{ "<si:list>" REAL(OLD("0.1")) "</si:list>", LS_DCC_EXPANDED, 0, 0.1, 2 },
	{ "<si:list><si:realList>" REAL("") "</si:realList></si:list>", LS_DCC_NO_UNCERTAINTY, 0, -99, -99 },
	{ REAL("") "<d:relativeUncertainty><d:relativeUncertaintySingle><si:value>2</si:value><si:unit>\\percent</si:unit>"
	  "</d:relativeUncertaintySingle></d:relativeUncertainty>", LS_DCC_RELATIVE, 0, 0.2, -99 },
	{ "<si:hybrid>" REAL("") LIST("<si:expandedUncXMLList><si:uncertaintyXMLList>7</si:uncertaintyXMLList>"
	  "</si:expandedUncXMLList>") "</si:hybrid>", LS_DCC_EXPANDED, 1, 7, -99 },
};
/* clang-format on */

TEST(each_way_to_state_an_uncertainty_is_read)
{
	for (size_t i = 0; i < sizeof(uncertainties) / sizeof(uncertainties[0]); i++)
		check_u(uncertainties[i].xml, uncertainties[i].stated, uncertainties[i].i,
			uncertainties[i].u, uncertainties[i].k);
}

#define BARE(value) "<si:real><si:value>" value "</si:value><si:unit>\\volt</si:unit></si:real>"
#define WITHOUT_K(value)                                                        \
	"<si:real><si:value>" value "</si:value><si:unit>\\volt</si:unit>"      \
	"<si:expandedUnc><si:uncertainty>0.1</si:uncertainty></si:expandedUnc>" \
	"</si:real>"

TEST(in_a_list_of_reals_one_uncertainty_is_not_that_of_all)
{
	static const char *const bad[] = {
		"<si:list>" REAL(OLD("0.1")) BARE("1000") BARE("2000") "</si:list>",
		"<si:list>" BARE("1000") REAL(OLD("0.1")) "</si:list>",
		"<si:list>" REAL(OLD("0.1")) WITHOUT_K("1000") "</si:list>",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_dcc_file *file = read_quantity(bad[i]);
		REQUIRE(file && ls_dcc_of(file)->quantity_count == 1);
		CHECK_STR_HAS(ls_dcc_of(file)->quantities[0].problem, "of its own");
		ls_dcc_file_free(file);
	}
	check_u("<si:list>" REAL(OLD("0.1")) REAL(OLD("0.2")) "</si:list>", LS_DCC_EXPANDED, 1, 0.2,
		2);
	check_u("<si:list>" WITHOUT_K("1") WITHOUT_K("2") "</si:list>", LS_DCC_EXPANDED, 1, 0.1,
		-99);
}

TEST(what_is_no_real_number_is_counted)
{
	struct ls_dcc_file *file = read_quantity("<si:complex><si:valueReal>1</si:valueReal>"
						 "</si:complex>");
	REQUIRE(file != NULL);
	CHECK_INT_EQ(ls_dcc_of(file)->quantity_count, 0);
	CHECK_INT_EQ(ls_dcc_of(file)->unread, 1);
	ls_dcc_file_free(file);
}

#define EQUIPMENT(name, inside)                                                                 \
	"<d:measuringEquipments><d:measuringEquipment><d:name><d:content>" name                 \
	"</d:content></d:name><d:certificate>" inside "</d:certificate></d:measuringEquipment>" \
	"</d:measuringEquipments>"
#define NAMED(id) \
	"<d:referralID>" id "</d:referralID><d:procedure>p</d:procedure><d:value>v</d:value>"

static const char
	every_level
		[] =

			EQUIPMENT("all", NAMED("1")) "<d:measurementResult>" EQUIPMENT(
				"result",
				NAMED("2") "<d:linkedReport>" NAMED(
					"3") "</d:linkedReport>") "<d:influenceConditions><d:"
								  "influenceCondition><d:name><d:"
								  "content>c</d:content></d:name>"
								  "<d:status>beforeAdjustment</"
								  "d:status><d:certificate><d:"
								  "referenceID>4</d:referenceID>"
								  "</d:certificate></"
								  "d:influenceCondition></"
								  "d:influenceConditions><d:"
								  "results><d:result>"
								  "<d:data><d:list>" EQUIPMENT(
									  "list", NAMED("5") "<d:"
											     "trace"
											     "able>"
											     "true<"
											     "/d:"
											     "trace"
											     "able"
											     ">") "<d:list><d:quantity>" REAL("")
									  EQUIPMENT(
										  "quantity",
										  NAMED("6")) "</"
											      "d:"
											      "quan"
											      "tity"
											      "></"
											      "d:"
											      "list"
											      "></"
											      "d:"
											      "list"
											      "></"
											      "d:"
											      "data"
											      "></"
											      "d:"
											      "resu"
											      "lt><"
											      "/d:"
											      "resu"
											      "lts>"
											      "</"
											      "d:"
											      "meas"
											      "urem"
											      "entR"
											      "esul"
											      "t>";

TEST(certificates_are_found_at_every_level)
{
	struct ls_dcc_file *file = read_text(every_level);
	static const char *const ids[] = { "1", "2", "3", "4", "5", "6" };
	static const enum ls_dcc_link_kind kinds[] = { LS_DCC_EQUIPMENT, LS_DCC_EQUIPMENT,
						       LS_DCC_LINKED,	 LS_DCC_CONDITION,
						       LS_DCC_EQUIPMENT, LS_DCC_EQUIPMENT };
	REQUIRE(file && ls_dcc_of(file)->link_count == 6);
	const struct ls_dcc *d = ls_dcc_of(file);
	for (size_t i = 0; i < 6; i++) {
		CHECK_STR_EQ(d->links[i].referral_id, ids[i]);
		CHECK_INT_EQ(d->links[i].kind, kinds[i]);
	}
	CHECK(d->links[0].result == SIZE_MAX && d->links[1].result == 0);
	CHECK_INT_EQ(d->links[2].within, 1);
	CHECK(d->links[4].list_first < d->quantities[0].list &&
	      d->links[4].list_last >= d->quantities[0].list);
	CHECK_INT_EQ(d->links[5].list_first, d->quantities[0].list);
	CHECK(d->claims_traceable);
	CHECK_INT_EQ(d->quantities[0].stage, LS_DCC_BEFORE_ADJUSTMENT);
	ls_dcc_file_free(file);
}

/* --- as a report -------------------------------------------------------------------------------
 */

static struct ls_cal_details *details_of(const struct ls_dcc *d)
{
	size_t parents[LS_DCC_LINKS_MAX], left_out;
	struct ls_cal_details *details = calloc(1, sizeof(*details));
	for (size_t i = 0; i < d->link_count; i++)
		parents[i] = SIZE_MAX;
	if (details)
		CHECK_INT_EQ(ls_dcc_details_fill(d, parents, details, &left_out), 0);
	return details;
}

#define COLUMN(type, values, more)                                                    \
	"<d:quantity refType='" type "'><si:realListXMLList><si:valueXMLList>" values \
	"</si:valueXMLList><si:unitXMLList>\\kelvin</si:unitXMLList>" more "</si:realListXMLList>"
#define TABLE(stage, measured, u)                                                                  \
	"<d:measurementResult refType='" stage "'><d:results><d:result><d:data><d:list>" COLUMN(   \
		"basic_referenceValue", "306.248 300 300",                                         \
		"") "</d:quantity>" COLUMN("basic_measuredValue", measured,                        \
					   "<si:expandedUncXMLList><si:uncertaintyXMLList>" u      \
					   "</si:uncertaintyXMLList><si:coverageFactorXMLList>2</" \
					   "si:coverageFactorXMLList>"                             \
					   "</si:expandedUncXMLList>") "</d:quantity></d:list></"  \
								       "d:data></d:result></"      \
								       "d:results></"              \
								       "d:measurementResult>"

TEST(as_found_and_as_left_are_one_measurand)
{
	struct ls_dcc_file *file = read_text(
		TABLE("basic_beforeAdjustment", "307 301 301", "0.1")
			TABLE("basic_afterAdjustment", "306.32 300 300.5", "0.1 0.2 0.1"));
	REQUIRE(file != NULL);
	struct ls_cal_details *d = details_of(ls_dcc_of(file));
	REQUIRE(d && d->measurand_count == 1);
	const struct ls_cal_measurand *m = &d->measurands[0];
	CHECK_INT_EQ(m->adjustment, LS_CAL_ADJUSTMENT_AFTER);
	REQUIRE(m->found_count == 2 && m->point_count == 2); /* each value once, rising */
	CHECK(ls_decimal_double(m->points[0].value) == 300);
	CHECK(ls_decimal_double(m->points[0].u) == 0.2);       /* of two the larger uncertainty */
	CHECK(ls_decimal_double(m->points[1].error) == 0.072); /* 306.32 - 306.248, exactly */
	CHECK(ls_decimal_double(m->found[0].error) == 1);
	ls_cal_details_free(d);
	ls_dcc_file_free(file);
}

TEST(a_second_table_of_a_name_keeps_what_it_is)
{
	struct ls_dcc_file *file = read_text(TABLE("", "306.32 300 300", "0.1")
						     TABLE("", "306 300 300", "0.001"));
	REQUIRE(file != NULL);
	struct ls_cal_details *d = details_of(ls_dcc_of(file));
	REQUIRE(d && d->measurand_count == 2);
	CHECK_STR_EQ(d->measurands[0].quantity, "temperature");
	CHECK_STR_EQ(d->measurands[0].twin, "");
	CHECK_STR_EQ(d->measurands[1].quantity, ""); /* no name twice */
	CHECK_STR_EQ(d->measurands[1].twin, "temperature");
	ls_cal_details_free(d);
	ls_dcc_file_free(file);
}

TEST(a_report_agrees_with_its_certificate_or_the_difference_is_named)
{
	struct ls_dcc_file *file = read_text(TABLE("", "306.32 300 300", "0.1"));
	struct ls_error err = { 0 };
	REQUIRE(file != NULL);
	const struct ls_dcc *dcc = ls_dcc_of(file);
	struct ls_cal_report report = { .performed = dcc->begin_time + 7000,
					.details = details_of(dcc) };
	REQUIRE(report.details && report.details->measurand_count == 1);
	struct ls_cal_measurand *m = &report.details->measurands[0];
	CHECK_INT_EQ(ls_dcc_agree(&report, dcc, &err), 0);
	m->points[1].u.coefficient++;
	CHECK_INT_EQ(ls_dcc_agree(&report, dcc, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "cal.dcc.disagrees");
	CHECK_STR_HAS(err.message,
		      "point 2: the report and the certificate have another uncertainty");
	m->points[1].u.coefficient--;
	report.performed += 3 * 86400;
	CHECK_INT_EQ(ls_dcc_agree(&report, dcc, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "performed at");
	report.performed = dcc->begin_time;
	CHECK_INT_EQ(ls_unit_parse("\\pascal", 7, &m->unit, NULL), 0);
	CHECK_INT_EQ(ls_dcc_agree(&report, dcc, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "nothing of that unit");
	ls_cal_details_free(report.details);
	ls_dcc_file_free(file);
}

TEST_MAIN()
