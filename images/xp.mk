# SPDX-License-Identifier: Apache-2.0
# Installs what brings a Windows XP into the machine: programs in $(DATADIR), where they find each other, and their names
# in $(BINDIR). labseal-export.exe goes beside them where `make win` made one.

XP_LINKS := labseal-xp-import=images/xp-import labseal-xp-media=images/xp-media labseal-guest-config=guest-config/make-pack

.PHONY: install-xp
install: install-xp

install-xp: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)/images $(DESTDIR)$(DATADIR)/guest-config/settings
	install -m 0755 images/xp-import images/xp-media $(DESTDIR)$(DATADIR)/images
	install -m 0644 images/xp_*.py $(DESTDIR)$(DATADIR)/images
	install -m 0755 guest-config/make-pack $(DESTDIR)$(DATADIR)/guest-config
	install -m 0644 guest-config/*.py guest-config/*.cmd guest-config/*.vbs guest-config/site.conf $(DESTDIR)$(DATADIR)/guest-config
	install -m 0644 guest-config/settings/*.conf $(DESTDIR)$(DATADIR)/guest-config/settings
	for link in $(XP_LINKS); do ln -sfn $(DATADIR)/$${link#*=} $(DESTDIR)$(BINDIR)/$${link%%=*}; done
