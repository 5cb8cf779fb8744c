# SPDX-License-Identifier: GPL-2.0-or-later
# The site with Umbra in a browser tab: docs/web.md.

WEB := $(BUILD)/web
NPM := $(BUILD)/npm
PORT ?= 8086
WEB_FILES := $(addprefix $(BUILD)/media/,umbra.elf demo.elf script.elf hello.elf)
WEB_SOURCES := $(wildcard web/* web/pages/* *.md docs/*.md docs/*.png) tools/build-site

##: In a browser

web: $(WEB)/built ## build/web, a static site: Umbra in a browser tab, with the documentation

serve: web ## serves it on this machine and prints the address; PORT=8086
	$(Q)tools/serve-site $(WEB) $(PORT)

test-web: web | tools ## the site in headless chromium: two minutes; GUEST=bzImage INITRD=initrd.gz: your Linux, too
	$(Q)prove --failures --comments tests/web/*.t

# The packages of the lock file, and no others. No package's install script is run.
$(NPM)/installed: web/package.json web/package-lock.json | tools
	$(call say,NPM,$(NPM))
	@mkdir -p $(NPM)
	$(Q)cp web/package.json web/package-lock.json $(NPM)
	$(Q)npm ci --silent --ignore-scripts --prefix $(NPM)
	$(Q)touch $@

$(WEB)/built: $(WEB_SOURCES) $(WEB_FILES) $(SCRIPTS) $(NPM)/installed | tools
	$(call say,SITE,$(WEB))
	$(Q)tools/build-site $(WEB)
	$(Q)touch $@

.PHONY: web serve test-web
