/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything in here is there for a reason that an auditor may ask for; what
 * is not here (network, sound, clipboard, file sharing, agents, ballooning,
 * floppy, CD) does not exist in the machine.  libvirt fills in addresses,
 * aliases and the PCI root; nothing else of it is left to defaults.
 * Elements: https://libvirt.org/formatdomain.html
 */
#include "policy/domain_xml.h"

#include <errno.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#include "policy/schema.h"

const struct ls_domain_paths ls_domain_paths_canonical = {
	.fifo = "/run/labseal/results.fifo",
	.overlay = "/run/labseal/disk.qcow2",
	.kernel = "/run/labseal/kernel",
	.initrd = "/run/labseal/initrd",
};

/* What is being built.  libxml2 says "out of memory" by NULL: noted once, asked at the end. */
struct xml {
	const struct ls_policy *policy;
	const struct ls_domain_paths *paths;
	bool kvm;
	bool failed;
};

static void document_free(xmlDoc **document)
{
	if (*document)
		xmlFreeDoc(*document);
}

static xmlNode *element(struct xml *x, xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? xmlNewChild(parent, NULL, BAD_CAST name, NULL) : NULL;
	if (!node)
		x->failed = true;
	return node;
}

static void text(struct xml *x, xmlNode *parent, const char *name, const char *value)
{
	/* xmlNewTextChild escapes; xmlNewChild would read references in value */
	if (!parent || !xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST value))
		x->failed = true;
}

static void attribute(struct xml *x, xmlNode *node, const char *name, const char *value)
{
	if (!node || !xmlNewProp(node, BAD_CAST name, BAD_CAST value))
		x->failed = true;
}

/* An element with up to two attributes: most of a domain is made of these. */
static xmlNode *with(struct xml *x, xmlNode *parent, const char *name, const char *key,
		     const char *value, const char *key2, const char *value2)
{
	xmlNode *node = element(x, parent, name);
	attribute(x, node, key, value);
	if (key2)
		attribute(x, node, key2, value2);
	return node;
}

static const char *choice_name(const char *path, unsigned value)
{
	return ls_policy_field_find(path)->choice[value];
}

static bool is_32_bit(const struct ls_policy *policy)
{
	return policy->vm.cpu != LS_CPU_QEMU64 && policy->vm.cpu != LS_CPU_KVM64;
}

/*
 * libvirt would choose a random one at each definition.  RFC 9562 version 8:
 * 122 bits of SHA-256, so that an instrument's machine has one for ever.
 */
static void add_uuid(struct xml *x, xmlNode *domain)
{
	char seed[256], value[37];
	snprintf(seed, sizeof(seed), "labseal/vm-uuid/v1\n%s\n%s%s\n", x->policy->instrument.id,
		 x->policy->vm.name, x->paths->install ? LS_DOMAIN_INSTALL : "");
	struct ls_digest d;
	ls_sha256_buffer(seed, strlen(seed), &d);
	uint8_t *b = d.bytes;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x80);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(value, sizeof(value),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	text(x, domain, "uuid", value);
}

static void add_memory(struct xml *x, xmlNode *domain)
{
	char mib[24];
	snprintf(mib, sizeof(mib), "%llu", (unsigned long long)(x->policy->vm.memory >> 20));
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "currentMemory" : "memory";
		text(x, domain, name, mib);
		xmlNode *node = domain ? xmlGetLastChild(domain) : NULL;
		attribute(x, node, "unit", "MiB");
		/* a dump of the guest's memory would carry results past the channel */
		if (i == 0)
			attribute(x, node, "dumpCore", "off");
	}
	/* one processor: Windows XP's HAL is chosen at installation for it */
	text(x, domain, "vcpu", "1");
}

static void add_os(struct xml *x, xmlNode *domain)
{
	const struct ls_policy *p = x->policy;
	xmlNode *os = element(x, domain, "os");
	text(x, os, "type", "hvm");
	xmlNode *type = os ? xmlGetLastChild(os) : NULL;
	attribute(x, type, "arch", is_32_bit(p) ? "i686" : "x86_64");
	attribute(x, type, "machine", choice_name("vm.machine", p->vm.machine));
	if (p->vm.boot.kernel[0]) {
		text(x, os, "kernel", x->paths->kernel);
		if (p->vm.boot.initrd[0])
			text(x, os, "initrd", x->paths->initrd);
		if (p->vm.boot.cmdline[0])
			text(x, os, "cmdline", p->vm.boot.cmdline);
	}
	/* libvirt would say so itself where a kernel is booted */
	with(x, os, "boot", "dev", "hd", NULL, NULL);
	/* an empty disk does not boot: then setup's CD does */
	if (x->paths->install && x->paths->install->cdrom)
		with(x, os, "boot", "dev", "cdrom", NULL, NULL);
	if (x->paths->install && x->paths->install->floppy)
		with(x, os, "boot", "dev", "fd", NULL, NULL);
}

static void add_cpu(struct xml *x, xmlNode *domain)
{
	xmlNode *features = element(x, domain, "features");
	element(x, features, "acpi");
	element(x, features, "apic");
	element(x, features, "pae");
	xmlNode *cpu = with(x, domain, "cpu", "mode", "custom", "match", "exact");
	attribute(x, cpu, "check", "none");
	text(x, cpu, "model", choice_name("vm.cpu", x->policy->vm.cpu));
	attribute(x, cpu ? xmlGetLastChild(cpu) : NULL, "fallback", "forbid");
	if (is_32_bit(x->policy))
		with(x, cpu, "feature", "policy", "disable", "name", "nx");
}

static void add_clock(struct xml *x, xmlNode *domain)
{
	const char *offset = choice_name("vm.clock", x->policy->vm.clock);
	xmlNode *clock = with(x, domain, "clock", "offset", offset, NULL, NULL);
	with(x, clock, "timer", "name", "rtc", "tickpolicy", "catchup");
	with(x, clock, "timer", "name", "pit", "tickpolicy", "delay");
	with(x, clock, "timer", "name", "hpet", "present", "no");
}

static void add_lifecycle(struct xml *x, xmlNode *domain)
{
	text(x, domain, "on_poweroff", "destroy");
	text(x, domain, "on_reboot", "restart");
	text(x, domain, "on_crash", "destroy");
	xmlNode *pm = element(x, domain, "pm");
	with(x, pm, "suspend-to-mem", "enabled", "no", NULL, NULL);
	with(x, pm, "suspend-to-disk", "enabled", "no", NULL, NULL);
}

/* The guest writes to the overlay; the measured image stays what it is. */
static void add_disk(struct xml *x, xmlNode *devices)
{
	const struct ls_policy *p = x->policy;
	if (!p->vm.disk.path[0])
		return;
	xmlNode *disk = with(x, devices, "disk", "type", "file", "device", "disk");
	with(x, disk, "driver", "name", "qemu", "type", "qcow2");
	with(x, disk, "source", "file", x->paths->overlay, NULL, NULL);
	xmlNode *backing = with(x, disk, "backingStore", "type", "file", NULL, NULL);
	with(x, backing, "format", "type", choice_name("vm.disk.format", p->vm.disk.format), NULL,
	     NULL);
	with(x, backing, "source", "file", p->vm.disk.path, NULL, NULL);
	element(x, backing, "backingStore"); /* the chain ends here: nothing is probed */
	with(x, disk, "target", "dev", "hda", "bus", "ide");
}

/* What the instrument's software saves stays, whatever becomes of the overlay. */
static void add_results_disk(struct xml *x, xmlNode *devices)
{
	if (!x->policy->vm.results_disk.path[0])
		return;
	xmlNode *disk = with(x, devices, "disk", "type", "file", "device", "disk");
	with(x, disk, "driver", "name", "qemu", "type", "qcow2");
	with(x, disk, "source", "file", x->policy->vm.results_disk.path, NULL, NULL);
	element(x, disk, "backingStore"); /* it stands alone: no other file is read */
	with(x, disk, "target", "dev", "hdb", "bus", "ide");
}

/* The only machine that ever has them; neither can be written to. */
static void add_medium(struct xml *x, xmlNode *devices, const char *device, const char *path,
		       const char *target, const char *bus)
{
	if (!path)
		return;
	xmlNode *disk = with(x, devices, "disk", "type", "file", "device", device);
	with(x, disk, "driver", "name", "qemu", "type", "raw");
	with(x, disk, "source", "file", path, NULL, NULL);
	element(x, disk, "backingStore");
	with(x, disk, "target", "dev", target, "bus", bus);
	element(x, disk, "readonly");
}

static void add_media(struct xml *x, xmlNode *devices)
{
	if (!x->paths->install)
		return;
	add_medium(x, devices, "cdrom", x->paths->install->cdrom, "hdc", "ide");
	add_medium(x, devices, "floppy", x->paths->install->floppy, "fda", "fdc");
	if (x->paths->install->floppy)
		with(x, devices, "controller", "type", "fdc", "index", "0");
}

/* USB 2 as an ICH9 has it: one EHCI and three companions, for which XP has drivers. */
static void add_usb_controllers(struct xml *x, xmlNode *devices)
{
	if (x->policy->vm.usb_count == 0) {
		xmlNode *none = with(x, devices, "controller", "type", "usb", "index", "0");
		attribute(x, none, "model", "none");
		return;
	}
	static const char *const models[] = { "ich9-ehci1", "ich9-uhci1", "ich9-uhci2",
					      "ich9-uhci3" };
	static const char *const ports[] = { NULL, "0", "2", "4" };
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		xmlNode *controller = with(x, devices, "controller", "type", "usb", "index", "0");
		attribute(x, controller, "model", models[i]);
		if (ports[i])
			with(x, controller, "master", "startport", ports[i], NULL, NULL);
	}
}

static void add_usb_place(struct xml *x, xmlNode *source, const struct ls_usb_place *place)
{
	char bus[16], device[16];
	snprintf(bus, sizeof(bus), "%u", place->bus);
	snprintf(device, sizeof(device), "%u", place->device);
	with(x, source, "address", "bus", bus, "device", device);
}

/*
 * Those that are plugged in, each by its place.  One that is not is not left to libvirt's
 * startupPolicy='optional': QEMU would get a device that takes whatever USB device comes.
 */
static void add_usb_devices(struct xml *x, xmlNode *devices)
{
	for (size_t i = 0; i < x->policy->vm.usb_count; i++) {
		const struct ls_usb_place *place = x->paths->usb ? &x->paths->usb[i] : NULL;
		if (place && place->bus == 0)
			continue;
		const char *usb = x->policy->vm.usb[i].id;
		char id[16];
		xmlNode *hostdev = with(x, devices, "hostdev", "mode", "subsystem", "type", "usb");
		attribute(x, hostdev, "managed", "yes");
		xmlNode *source = element(x, hostdev, "source");
		snprintf(id, sizeof(id), "0x%.4s", usb);
		with(x, source, "vendor", "id", id, NULL, NULL);
		snprintf(id, sizeof(id), "0x%.4s", usb + 5);
		with(x, source, "product", "id", id, NULL, NULL);
		if (place)
			add_usb_place(x, source, place);
	}
}

/*
 * type='file' makes QEMU hold a descriptor that is open for writing only, so
 * the guest has nothing to read from; append keeps QEMU from truncating.
 */
static void add_channel(struct xml *x, xmlNode *devices)
{
	bool com1 = x->policy->channel.type == LS_CHANNEL_COM1;
	/* in the install phase the guest finds its port, and what it writes is nowhere */
	xmlNode *port = with(x, devices, com1 ? "serial" : "channel", "type",
			     x->paths->install ? "null" : "file", NULL, NULL);
	if (!x->paths->install)
		with(x, port, "source", "path", x->paths->fifo, "append", "on");
	if (com1) {
		xmlNode *target = with(x, port, "target", "type", "isa-serial", "port", "0");
		with(x, target, "model", "name", "isa-serial", NULL, NULL);
	} else {
		with(x, port, "target", "type", "virtio", "name", x->policy->channel.name);
	}
}

static void add_rs232(struct xml *x, xmlNode *devices)
{
	if (!x->policy->vm.rs232[0])
		return;
	xmlNode *serial = with(x, devices, "serial", "type", "dev", NULL, NULL);
	with(x, serial, "source", "path", x->policy->vm.rs232, NULL, NULL);
	xmlNode *target = with(x, serial, "target", "type", "isa-serial", "port", "1");
	with(x, target, "model", "name", "isa-serial", NULL, NULL);
}

static void add_display(struct xml *x, xmlNode *devices)
{
	bool vnc = x->policy->vm.display == LS_DISPLAY_VNC;
	with(x, devices, "input", "type", "mouse", "bus", "ps2");
	with(x, devices, "input", "type", "keyboard", "bus", "ps2");
	if (vnc) {
		xmlNode *graphics = with(x, devices, "graphics", "type", "vnc", NULL, NULL);
		/* a viewer may ask to be the only one; libvirt guards who may look at all */
		attribute(x, graphics, "sharePolicy", "allow-exclusive");
		with(x, graphics, "listen", "type", "socket", NULL, NULL);
	}
	with(x, devices, "audio", "id", "1", "type", "none");
	xmlNode *video = element(x, devices, "video");
	xmlNode *model = with(x, video, "model", "type", vnc ? "vga" : "none", NULL, NULL);
	if (vnc) {
		attribute(x, model, "vram", "16384");
		attribute(x, model, "heads", "1");
		attribute(x, model, "primary", "yes");
	}
}

static void add_devices(struct xml *x, xmlNode *domain)
{
	xmlNode *devices = element(x, domain, "devices");
	text(x, devices, "emulator",
	     is_32_bit(x->policy) ? "/usr/bin/qemu-system-i386" : "/usr/bin/qemu-system-x86_64");
	add_disk(x, devices);
	add_results_disk(x, devices);
	add_media(x, devices);
	add_usb_controllers(x, devices);
	with(x, devices, "controller", "type", "pci", "index", "0");
	attribute(x, devices ? xmlGetLastChild(devices) : NULL, "model", "pci-root");
	if (x->policy->channel.type == LS_CHANNEL_VIRTIO)
		with(x, devices, "controller", "type", "virtio-serial", "index", "0");
	/* in the order of the guest's ports: COM1 before COM2 */
	add_channel(x, devices);
	add_rs232(x, devices);
	add_display(x, devices);
	add_usb_devices(x, devices);
	with(x, devices, "memballoon", "model", "none", NULL, NULL);
}

static int missing_path(const struct ls_policy *p, const struct ls_domain_paths *paths,
			struct ls_error *err)
{
	const char *what = NULL;
	if (!paths->fifo && !paths->install)
		what = "FIFO";
	else if (p->vm.disk.path[0] && !paths->overlay)
		what = "disk overlay";
	else if (p->vm.boot.kernel[0] && !paths->kernel)
		what = "kernel";
	else if (p->vm.boot.initrd[0] && !paths->initrd)
		what = "initrd";
	if (!what)
		return 0;
	return ls_fail(err, -EINVAL, "policy.xml.path", "the machine '%s' needs a path for its %s",
		       p->vm.name, what);
}

static int write_out(xmlDoc *document, struct ls_buffer *out)
{
	xmlChar *bytes = NULL;
	int size = 0;
	/* "UTF-8" and not NULL: otherwise what is not ASCII becomes references */
	xmlDocDumpFormatMemoryEnc(document, &bytes, &size, "UTF-8", 1);
	if (!bytes)
		return -ENOMEM;
	/* the declaration says nothing that is not so by default; libvirt writes none */
	const char *body = strchr((const char *)bytes, '\n');
	int rc = ls_buffer_add_str(out, body ? body + 1 : "");
	xmlFree(bytes);
	return rc;
}

int ls_domain_xml(const struct ls_policy *policy, bool kvm, const struct ls_domain_paths *paths,
		  struct ls_buffer *out, struct ls_error *err)
{
	if (!kvm && !ls_policy_may_use_tcg(policy))
		return ls_fail(
			err, -EINVAL, "policy.xml.tcg",
			"the machine '%s' cannot run: KVM does not work here, and TCG isolates "
			"nothing, so a policy has to ask for it with 'development: true'",
			policy->vm.name);
	int rc = missing_path(policy, paths, err);
	if (rc < 0)
		return rc;
	char name[LS_POLICY_ID_SIZE + sizeof(LS_DOMAIN_INSTALL)];
	struct xml x = { policy, paths, kvm, false };
	__attribute__((cleanup(document_free))) xmlDoc *document = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *domain = document ? xmlNewDocNode(document, NULL, BAD_CAST "domain", NULL) : NULL;
	if (domain)
		xmlDocSetRootElement(document, domain);
	attribute(&x, domain, "type", kvm ? "kvm" : "qemu");
	snprintf(name, sizeof(name), "%s%s", policy->vm.name,
		 paths->install ? LS_DOMAIN_INSTALL : "");
	text(&x, domain, "name", name);
	add_uuid(&x, domain);
	add_memory(&x, domain);
	add_os(&x, domain);
	add_cpu(&x, domain);
	add_clock(&x, domain);
	add_lifecycle(&x, domain);
	add_devices(&x, domain);
	rc = x.failed ? -ENOMEM : write_out(document, out);
	if (rc < 0)
		return ls_fail(err, rc, "policy.xml.memory",
			       "there is no memory for the XML of '%s'", policy->vm.name);
	return 0;
}
