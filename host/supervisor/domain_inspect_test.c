/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On a machine that runs under TCG in libvirt's embedded driver: nothing to say
 * of it as it is, and each thing that somebody may do to it is seen.
 */
#include "host/supervisor/domain_inspect.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/supervisor/disks.h"
#include "host/supervisor/domain_hands.h"
#include "host/supervisor/domain_look.h"
#include "host/supervisor/vm_user.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "policy/domain_xml.h"

#define SHA "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static char root[] = "/tmp/labseal-inspect-XXXXXX";
static char pid_folder[128], overlay[LS_POLICY_PATH_SIZE];
static struct ls_policy *policy;
static struct ls_buffer expected;
static struct ls_violations list;
static struct ls_error err;
static virConnectPtr connection;
static virDomainPtr domain;
static int fifo = -1;

static const char *in_root(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static void *run_events(void *context)
{
	for (;;)
		virEventRunDefaultImpl();
	return context;
}

static void say_nothing(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

/* --- the machine -------------------------------------------------------------- */

static bool make_files(void)
{
	static const char conf[] = "stdio_handler = \"file\"\n";
	static struct ls_policy_faults faults;
	struct ls_vm_user user = { .uid = geteuid(), .gid = getegid() };
	char yaml[1024];
	snprintf(yaml, sizeof(yaml),
		 "version: 1\ninstrument: {id: t}\nvm: {type: tcg, connection: qemu:///embed, "
		 "memory: 64 "
		 "MiB, usb: ['04b4:8613'],\n  disk: {path: %s, format: raw, sha256: " SHA
		 "}}\ndevelopment: true\n",
		 in_root("base"));
	int base = open(in_root("base"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	bool made = base >= 0 && ftruncate(base, 1 << 20) == 0 &&
		    ls_make_dirs(AT_FDCWD, in_root("etc"), 0700, &err) == 0 &&
		    ls_file_write_new(AT_FDCWD, in_root("etc/qemu.conf"), conf, sizeof(conf) - 1,
				      0400, &err) == 0 &&
		    mkfifo(in_root("results.fifo"), 0600) == 0 &&
		    ls_policy_parse("p", yaml, strlen(yaml), &policy, &faults, &err) == 0 &&
		    ls_disks_prepare(policy, root, &user, overlay, &err) == 0;
	close(base);
	fifo = open(in_root("results.fifo"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return made && fifo >= 0;
}

static bool make_domain(void)
{
	const struct ls_usb_place unplugged = { 0, 0 };
	const struct ls_domain_paths paths = { .fifo = in_root("results.fifo"),
					       .overlay = overlay,
					       .usb = &unplugged };
	ls_buffer_init(&expected, 65536);
	if (ls_domain_xml(policy, false, &paths, &expected, &err) < 0)
		return false;
	domain = virDomainDefineXMLFlags(connection, ls_buffer_str(&expected),
					 VIR_DOMAIN_DEFINE_VALIDATE);
	return domain && virDomainCreate(domain) == 0;
}

/* Why there is no machine here, or NULL. */
static const char *start(void)
{
	char uri[256];
	pthread_t thread;
	if (access("/usr/bin/qemu-system-i386", X_OK) < 0)
		return "QEMU is not installed";
	if (!make_files()) {
		TEST_FAIL("%s", err.message);
		return "its files cannot be made";
	}
	virSetErrorFunc(NULL, say_nothing);
	snprintf(uri, sizeof(uri), "qemu:///embed?root=%s", root);
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0 ||
	    pthread_create(&thread, NULL, run_events, NULL) != 0)
		return "libvirt cannot be used";
	pthread_detach(thread);
	connection = virConnectOpen(uri);
	if (!connection)
		return "libvirt's embedded driver does not work here";
	if (!make_domain()) {
		TEST_FAIL("%s", virGetLastErrorMessage());
		return "the machine does not start";
	}
	return NULL;
}

/* --- looking -------------------------------------------------------------------- */

static void look(void)
{
	struct ls_inspection i;
	memset(&list, 0, sizeof(list));
	if (ls_domain_inspect(connection, domain, pid_folder, &i, &err) < 0 ||
	    ls_inspection_judge(&i, ls_buffer_str(&expected), false, &list, &err) < 0)
		TEST_FAIL("%s", err.message);
	ls_inspection_free(&i);
}

static const struct ls_violation *seen(const char *id, const char *path)
{
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.at[i].id, id) == 0 && strcmp(list.at[i].path, path) == 0)
			return &list.at[i];
	return NULL;
}

static void must_see(const char *id, const char *path)
{
	look();
	if (!seen(id, path))
		TEST_FAIL("%s at %s is not seen", id, path);
}

static void must_be_well(void)
{
	look();
	for (size_t i = 0; i < list.count; i++)
		TEST_FAIL("%s at %s: %s, not %s", list.at[i].id, list.at[i].path, list.at[i].found,
			  list.at[i].expected);
}

/* --- doing ---------------------------------------------------------------------- */

static void check_done(const char *what, int rc)
{
	if (rc < 0)
		TEST_FAIL("%s: %s", what, virGetLastErrorMessage());
}

static void edit_the_definition(void)
{
	static const char nic[] = "<interface type='user'><mac address='52:54:00:00:00:01'/>"
				  "<model type='ne2k_pci'/></interface>";
	check_done("attach --config",
		   virDomainAttachDeviceFlags(domain, nic, VIR_DOMAIN_AFFECT_CONFIG));
	must_see("xml.unexpected", "inactive:/domain/devices/interface");
	check_done("detach", virDomainDetachDeviceFlags(domain, nic, VIR_DOMAIN_AFFECT_CONFIG));
	must_be_well();
}

static void attach_a_device(void)
{
	check_done("attach --live",
		   virDomainAttachDeviceFlags(domain,
					      "<rng model='virtio'><backend "
					      "model='random'>/dev/urandom</backend></rng>",
					      VIR_DOMAIN_AFFECT_LIVE));
	must_see("xml.unexpected", "live:/domain/devices/rng");
}

/* By what labseald itself does it with, and an emulated device in the instrument's place. */
static void plug_a_usb_device_in_and_out(void)
{
	static const char tablet[] = "<input type='tablet' bus='usb'/>";
	if (ls_domain_attach(domain, tablet, &err) < 0)
		TEST_FAIL("%s", err.message);
	look();
	CHECK(seen("xml.unexpected", "live:/domain/devices/input[3]"));
	CHECK_INT_EQ(list.count, 1); /* the definition is as it was */
	CHECK_INT_EQ(ls_domain_attach(domain, "<input type='tablet' bus='none'/>", &err), -EIO);
	CHECK_STR_EQ(err.id, "usb.attach");
	if (ls_domain_detach(domain, tablet, &err) < 0)
		TEST_FAIL("%s", err.message);
	must_be_well();
	CHECK_INT_EQ(ls_domain_detach(domain, tablet, &err), 0); /* it is out already */
	must_be_well();
}

static void set_autostart(void)
{
	check_done("autostart", virDomainSetAutostart(domain, 1));
	must_see("domain.autostart", "/machine/autostart");
	check_done("autostart", virDomainSetAutostart(domain, 0));
	must_be_well();
}

static void change_what_a_crash_does(void)
{
	check_done("set-lifecycle-action",
		   virDomainSetLifecycleAction(domain, VIR_DOMAIN_LIFECYCLE_CRASH,
					       VIR_DOMAIN_LIFECYCLE_ACTION_RESTART,
					       VIR_DOMAIN_AFFECT_LIVE));
	must_see("xml.value", "live:/domain/on_crash");
	check_done("set-lifecycle-action",
		   virDomainSetLifecycleAction(domain, VIR_DOMAIN_LIFECYCLE_CRASH,
					       VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY,
					       VIR_DOMAIN_AFFECT_LIVE));
	must_be_well();
}

/* Viewers that connect are there when QEMU has taken them. */
static void look_on_in_two_viewers(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int viewers[2];
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/lib/qemu/domain-%u-labseal-t/vnc.sock", root,
		 virDomainGetID(domain));
	for (int i = 0; i < 2; i++) {
		viewers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(viewers[i], (struct sockaddr *)&at, sizeof(at)) < 0)
			TEST_FAIL("cannot connect to %s: %s", at.sun_path, strerror(errno));
		/* its first words come when the connection is QEMU's */
		char banner[12];
		if (i == 0)
			CHECK(recv(viewers[i], banner, sizeof(banner), 0) > 0);
		if (i == 0)
			must_be_well();
		else
			CHECK(recv(viewers[i], banner, sizeof(banner), 0) > 0);
	}
	must_see("display.viewers", "/process/viewers");
	close(viewers[0]);
	close(viewers[1]);
}

static unsigned count_viewers(void)
{
	struct ls_inspection i;
	if (ls_domain_inspect(connection, domain, pid_folder, &i, &err) < 0)
		TEST_FAIL("%s", err.message);
	unsigned count = i.process.viewers;
	ls_inspection_free(&i);
	return count;
}

/* Until QEMU has noticed. */
static void must_become(unsigned viewers)
{
	for (int i = 0; i < 6000 && count_viewers() != viewers; i++)
		usleep(10000);
	CHECK_INT_EQ(count_viewers(), viewers);
}

/* The operators' way: libvirt hands QEMU's display over, and the socket has no name. */
static void look_on_by_open_descriptors(void)
{
	int viewers[2];
	must_become(0);
	for (unsigned i = 0; i < 2; i++) {
		viewers[i] = virDomainOpenGraphicsFD(domain, 0, 0);
		if (viewers[i] < 0)
			TEST_FAIL("open-graphics: %s", virGetLastErrorMessage());
		must_become(i + 1);
	}
	must_see("display.viewers", "/process/viewers");
	close(viewers[0]);
	must_become(1);
	must_be_well();
	close(viewers[1]);
	must_become(0);
}

/* labseal itself has no call for this; the library is there wherever libvirt is. */
static void send_monitor_commands(void)
{
	typedef int (*command_fn)(virDomainPtr, const char *, char **, unsigned);
	void *library = dlopen("libvirt-qemu.so.0", RTLD_NOW);
	void *symbol = library ? dlsym(library, "virDomainQemuMonitorCommand") : NULL;
	command_fn command;
	char text[512], *answer = NULL;
	memcpy(&command, &symbol, sizeof(command));
	if (!symbol) {
		TEST_FAIL("libvirt-qemu.so.0 is not there");
		return;
	}
	snprintf(text, sizeof(text),
		 "{\"execute\":\"chardev-add\",\"arguments\":{\"id\":\"e\",\"backend\":{\"type\":"
		 "\"file\","
		 "\"data\":{\"out\":\"%s\"}}}}",
		 in_root("evil.out"));
	check_done("qemu-monitor-command", command(domain, text, &answer, 0));
	free(answer);
	must_see("domain.taint", "/machine/taint");
	const struct ls_violation *v = seen("process.descriptor", "/process/descriptors");
	CHECK(v && strstr(v->found, "evil.out"));
	/* of its own accord QEMU would never have it */
	CHECK(!seen("process.argument", "/process/arguments"));
}

static void take_a_snapshot(void)
{
	virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML(
		domain, "<domainsnapshot><name>s</name></domainsnapshot>",
		VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY);
	check_done("snapshot-create", snapshot ? 0 : -1);
	if (!snapshot)
		return;
	must_see("domain.snapshots", "/machine/snapshots");
	CHECK(seen("xml.value", "live:/domain/devices/disk/source/@file"));
	CHECK(seen("process.descriptor", "/process/descriptors"));
	check_done("snapshot-delete",
		   virDomainSnapshotDelete(snapshot, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY));
	virDomainSnapshotFree(snapshot);
}

static void save_its_memory(void)
{
	check_done("managedsave", virDomainManagedSave(domain, 0));
	must_see("domain.managed-save", "/machine/managed-save");
	CHECK(!seen("channel.missing", "/process/descriptors"));
	check_done("managedsave-remove", virDomainManagedSaveRemove(domain, 0));
}

TEST(what_is_done_to_a_machine_is_seen)
{
	const char *without = start();
	if (without)
		TEST_SKIP(without);
	must_be_well();
	plug_a_usb_device_in_and_out();
	set_autostart();
	change_what_a_crash_does();
	edit_the_definition();
	look_on_in_two_viewers();
	look_on_by_open_descriptors();
	send_monitor_commands();
	attach_a_device();
	take_a_snapshot();
	save_its_memory();
	check_done("undefine",
		   virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA));
	struct ls_inspection i;
	CHECK_INT_EQ(ls_domain_inspect(connection, domain, pid_folder, &i, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "domain.none");
	ls_inspection_free(&i);
}

TEST(a_libvirt_that_is_not_there_is_said)
{
	struct ls_inspection i;
	CHECK_INT_EQ(ls_domain_look("qemu+unix:///system?socket=/nonexistent", "x", &i, &err),
		     -EIO);
	CHECK_STR_EQ(err.id, "domain.connect");
	ls_inspection_free(&i);
}

/* libvirt writes below the home folder, and as root wants a user for QEMU that may not be there. */
__attribute__((constructor)) static void begin(void)
{
	struct ls_vm_user user;
	ls_vm_user_find(&user);
	if (!mkdtemp(root) || chown(root, user.uid, user.gid) < 0 ||
	    ls_vm_user_become(&user, &err) < 0)
		abort();
	setenv("HOME", root, 1);
	setenv("XDG_RUNTIME_DIR", root, 1);
	setenv("XDG_CACHE_HOME", root, 1);
	setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 1);
	snprintf(pid_folder, sizeof(pid_folder), "%s/run/qemu", root);
}

__attribute__((destructor)) static void end(void)
{
	if (domain && virDomainIsActive(domain) == 1)
		virDomainDestroy(domain);
	if (domain)
		virDomainFree(domain);
	if (connection)
		virConnectClose(connection);
	ls_buffer_free(&expected);
	ls_policy_free(policy);
	if (fifo >= 0)
		close(fifo);
	ls_remove_tree(AT_FDCWD, root, NULL);
}

TEST_MAIN()
