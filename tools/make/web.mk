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

test-web: web | tools ## the site in headless chromium: two to three minutes; GUEST=bzImage INITRD=initrd.gz: your Linux, too
	$(Q)prove --failures --comments tests/web/*.t

# Pictures of docs/web.md, each with the test's picture that it is made of.
WEB_PICTURES := web:lab web-dark:lab-dark web-phone:lab-phone-across web-try:monitor web-many:many web-own:own web-docs:docs
WEB_COLOURS := 32

docs-web: test-web | tools ## writes the pictures of docs/web.md, from those that test-web keeps
	$(Q)for picture in $(WEB_PICTURES); do \
		pngquant --force --strip --speed 1 --output docs/$${picture%:*}.png $(WEB_COLOURS) \
			$(BUILD)/web-shots/$${picture#*:}.png || exit 1; \
	done

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

.PHONY: web serve test-web docs-web
