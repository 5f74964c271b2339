/* SPDX-License-Identifier: Apache-2.0 */
/* On the machines of libvirt's test driver, which needs no QEMU. */
#include "host/supervisor/domain_events.h"

#include <libvirt/virterror.h>
#include <poll.h>
#include <stdbool.h>

#include "lib/base/test.h"

#define SOON_MS	 10000
#define QUIET_MS 100

static struct ls_error err;
static struct ls_domain_events events;
static virConnectPtr connection;

static bool tells(int timeout_ms)
{
	struct pollfd fd = { .fd = events.fds[0], .events = POLLIN };
	bool told = poll(&fd, 1, timeout_ms) == 1;
	ls_domain_events_drain(&events);
	return told;
}

static void say_nothing(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static bool begin(void)
{
	static bool runs;
	virSetErrorFunc(NULL, say_nothing);
	if (!runs && ls_domain_events_run(&err) < 0)
		return false;
	runs = true;
	connection = virConnectOpen("test:///default");
	return connection && ls_domain_events_open(connection, &events, &err) == 0;
}

static void end(void)
{
	ls_domain_events_close(&events);
	if (connection)
		virConnectClose(connection);
	connection = NULL;
}

static int describe(virDomainPtr domain, const char *text)
{
	return virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_DESCRIPTION, text, NULL, NULL,
				    VIR_DOMAIN_AFFECT_LIVE);
}

TEST(a_machines_life_is_told)
{
	REQUIRE(begin());
	virDomainPtr domain = virDomainLookupByName(connection, "test");
	REQUIRE(domain);
	CHECK(!tells(0));
	CHECK_INT_EQ(virDomainSuspend(domain), 0);
	CHECK(tells(SOON_MS));
	CHECK_INT_EQ(virDomainResume(domain), 0);
	CHECK(tells(SOON_MS));
	virDomainFree(domain);
	end();
}

TEST(what_is_done_to_the_machine_is_told_once_it_is_watched)
{
	REQUIRE(begin());
	virDomainPtr domain = virDomainLookupByName(connection, "test");
	REQUIRE(domain);
	CHECK_INT_EQ(describe(domain, "nobody looks"), 0);
	CHECK(!tells(QUIET_MS));
	CHECK_INT_EQ(ls_domain_events_watch(&events, domain, &err), 0);
	CHECK_INT_EQ(describe(domain, "somebody looks"), 0);
	CHECK(tells(SOON_MS));
	/* again, as for a machine that is started anew */
	CHECK_INT_EQ(ls_domain_events_watch(&events, domain, &err), 0);
	CHECK_INT_EQ(describe(domain, "somebody looks again"), 0);
	CHECK(tells(SOON_MS));
	CHECK_INT_EQ(atomic_load(&events.reboots), 0);
	virDomainFree(domain);
	end();
}

TEST(what_is_done_to_another_machine_is_not)
{
	REQUIRE(begin());
	virDomainPtr ours = virDomainLookupByName(connection, "test");
	virDomainPtr other =
		virDomainCreateXML(connection,
				   "<domain type='test'><name>other</name><memory>1024</memory>"
				   "<os><type>hvm</type></os></domain>",
				   0);
	REQUIRE(ours && other);
	CHECK_INT_EQ(ls_domain_events_watch(&events, ours, &err), 0);
	CHECK(tells(SOON_MS)); /* that it was started */
	while (tells(QUIET_MS))
		;
	CHECK_INT_EQ(describe(other, "another's"), 0);
	CHECK(!tells(QUIET_MS));
	virDomainFree(ours);
	virDomainFree(other);
	end();
}

TEST_MAIN()
