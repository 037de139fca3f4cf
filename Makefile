# stripe_fdw: Stripe as PostgreSQL tables
#
# make                  build against the PostgreSQL of pg_config (or PG_CONFIG=…)
# make install          install into it (sudo where needed)
# make demo             from a fresh machine to answered queries; make demo-stop ends it
# make test             every test, from a fresh machine too (SUITES="unit sim": only these)
# make lint, format     check, or put right, the form of the sources
# make catalog          generate the catalogue anew from Stripe's own declarations
# make bench            speed and cost beside Stripe's own client, with and without its limits
# make soak DURATION=60 fuzzing and random faults for so many seconds
#
# WERROR=1 turns warnings into errors.  A build outside the source tree works
# as with any PGXS module: make -f /path/to/stripe_fdw/Makefile.

SHELL = /bin/bash
project := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

MODULE_big = stripe_fdw
EXTENSION = stripe_fdw
DATA = stripe_fdw--1.0.sql
PGFILEDESC = "stripe_fdw - foreign data wrapper for Stripe"

sources := stripe_fdw.c $(sort $(patsubst $(project)/%,%,$(wildcard $(project)/src/*.c $(project)/src/*/*.c)))
OBJS = $(sources:.c=.o)

# init makes what the others use.
REGRESS = init $(filter-out init,$(sort $(notdir $(basename $(wildcard $(project)/sql/*.sql)))))
REGRESS_OPTS = --inputdir=$(project) --encoding=UTF8

# PostgreSQL's own headers count as system headers, so that our warnings are
# about our code.  Unused parameters: the signatures of callbacks are given.
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -MMD -MP
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter $(if $(WERROR),-Werror)

# PostgreSQL's own flags are those of the compiler it was built with.
ifneq ($(findstring clang,$(CC)),)
PG_CFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument
endif

# Modules are loaded into one name space: our calls must reach our functions.
SHLIB_LINK = -lcurl -ljson-c -lz -lcrypto -Wl,-Bsymbolic

# The program beside the module; PGXS builds one of the two.
LOGIN = stripe_fdw_login
login_sources := $(sort $(patsubst $(project)/%,%,$(wildcard $(project)/login/*.c)))
LOGIN_OBJS = $(login_sources:.c=.o)

EXTRA_CLEAN = $(OBJS:.o=.d) $(LOGIN) $(LOGIN_OBJS) $(LOGIN_OBJS:.o=.d) build

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))

# The targets that must work on a machine where nothing is installed yet: the
# scripts find out what is missing.
commands = demo demo-stop test lint format catalog bench soak
.PHONY: $(commands)

ifneq ($(PGXS),)

# Bitcode for the JIT compiler serves functions that are inlined into
# expressions; a foreign data wrapper has none.
override with_llvm = no

include $(PGXS)

override with_llvm = no

# In a build outside the source tree only sources are looked up there, never
# the objects of another build.
ifdef VPATH
VPATH :=
vpath %.c $(srcdir)
vpath %.control $(srcdir)
endif

# Objects keep the tree's shape.
object_dirs := $(sort $(dir $(OBJS) $(LOGIN_OBJS)))
$(OBJS) $(LOGIN_OBJS): | $(object_dirs)
$(filter-out ./,$(object_dirs)):
	mkdir -p $@

# Editing a header rebuilds what includes it; editing this file, everything.
$(OBJS) $(LOGIN_OBJS): $(project)/Makefile
-include $(OBJS:.o=.d) $(LOGIN_OBJS:.o=.d)

# The program knows nothing of the server's headers.
$(LOGIN_OBJS): override CPPFLAGS = -D_GNU_SOURCE -I$(srcdir)/src -isystem $(libpq_srcdir) -MMD -MP

all: $(LOGIN)
$(LOGIN): $(LOGIN_OBJS)
	$(CC) $(CFLAGS) $(LOGIN_OBJS) $(LDFLAGS) $(LDFLAGS_EX) $(libpq) -o $@

install: install-login
install-login: $(LOGIN)
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(LOGIN) '$(DESTDIR)$(bindir)'

uninstall: uninstall-login
uninstall-login:
	rm -f '$(DESTDIR)$(bindir)/$(LOGIN)'

.PHONY: install-login uninstall-login

else

.DEFAULT_GOAL = all
.PHONY: all install installcheck clean
all install installcheck clean:
	@echo 'PostgreSQL'\''s build files were not found by "$(PG_CONFIG) --pgxs".' >&2
	@echo 'Install the server headers (Debian, Ubuntu: postgresql-server-dev-NN) or name another pg_config:' >&2
	@echo '  make PG_CONFIG=/usr/lib/postgresql/17/bin/pg_config' >&2
	@echo '"make demo" installs what is missing by itself.' >&2
	@exit 1

endif

# PG_CONFIG goes on only if it was chosen; otherwise the scripts look for one.
ifneq ($(filter command line environment,$(origin PG_CONFIG)),)
export PG_CONFIG
endif

demo:
	@$(project)/tools/dev/demo.sh start

demo-stop:
	@$(project)/tools/dev/demo.sh stop

test:
	@$(project)/tools/dev/test.sh $(SUITES)

lint:
	@$(project)/tools/dev/test.sh lint

format:
	@$(project)/tools/dev/format.sh

catalog:
	@$(project)/tools/dev/catalog.sh

bench:
	@$(project)/tools/dev/bench.sh

soak:
	@$(project)/tools/dev/soak.sh $(DURATION)
