# samara: build, test, check. `make` needs Debian 12 and installs what is missing itself.
#
#   make               build/samara (the builder) and build/stub/<target> (the images it carries)
#   make demo          publish a file, download it twice with the app, show who sent what
#   make test          everything that is checked by itself, ends in "N passed, N failed"
#   make unit T=buf    one unit test program (tests/unit/test_buf.c), with sanitizers
#   make sim SEEDS=200 the simulator's scenarios (build/san/sim; optimised: make build/sim/sim)
#   make replay F=url  saved fuzzing inputs, without a fuzzing engine
#   make bench         us beside other clients (BENCH="A --runs 3 --clients aria2": a part of it)
#   make check-san     unit, replay, simulator and interop with ASan and UBSan
#   make fuzz F=url SECONDS=60   fuzz one target, or all, this long
#   make tidy format size clean
#
# BUILD=folder builds elsewhere: two makes must not share one.

BUILD ?= build
SEEDS ?= 200
SECONDS ?= 300
# The bar: 200 KiB. Never raise it.
STUB_MAX := 204800
TARGET := linux-x86_64
PYTHON ?= /usr/bin/python3

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
export LC_ALL := C
export TZ := UTC

# ---- Sources. The platform is chosen here, by file, and nowhere else.

OTHER_PLATFORM := %_windows.c %_win32.c
sources = $(filter-out $(OTHER_PLATFORM),$(sort $(wildcard $(1))))
STUB_LAYERS := base meta wire sys net engine ui
CORE_SRC := $(call sources,$(STUB_LAYERS:%=stub/%/*.c))
STUB_SRC := $(CORE_SRC) stub/main.c stub/heap.c
BUILDER_SRC := $(call sources,builder/*.c)
BUILDER_LIB_SRC := $(filter-out builder/main.c,$(BUILDER_SRC))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
SIM_SRC := $(sort $(wildcard tests/sim/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
UNITS := $(UNIT_SRC:tests/unit/test_%.c=%)
FUZZERS := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)

# ---- Flags

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Werror
CPPFLAGS := -Istub -I. -isystem $(BUILD)/deps/include
CFLAGS := -std=c11 -g -ffile-prefix-map=$(BUILD)/= -ffile-prefix-map=$(CURDIR)/= -MMD -MP
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SMALL := -Oz -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-ident -malign-data=abi -flto -ffat-lto-objects
# Feature test macros are for the platform layer and the tests; the core is plain C11.
# Where strangers' bytes are parsed every array on the stack is guarded, elsewhere those of bytes.
guard = $(if $(filter stub/meta/% stub/wire/% stub/net/%,$<),-fstack-protector-strong)
gnu_source = $(if $(filter stub/sys/% tests/%,$<),-D_GNU_SOURCE) $(if $(filter tests/%,$<),-Itests)

# The kinds of build: musl (what ships), san (tests), sim (optimised tests), fuzz.
CC_musl = $(BUILD)/deps/libc/bin/musl-gcc
FLAGS_musl := $(CFLAGS) $(WARN) $(SMALL) -fstack-protector
CC_san := gcc
FLAGS_san := $(CFLAGS) $(WARN) -O1 $(SAN)
CC_sim := gcc
FLAGS_sim := $(CFLAGS) $(WARN) -O2
CC_fuzz := clang
FLAGS_fuzz := $(CFLAGS) -Wall -Wextra -O1 $(SAN) -fsanitize=fuzzer-no-link

# ---- Programs

BUILDER := $(BUILD)/samara
STUB := $(BUILD)/stub/$(TARGET)
STUB_ELF := $(BUILD)/musl/stub.elf
SETUP := builder/toolchain/setup.sh
DEPS_SH := builder/toolchain/deps.sh
HEADERS := $(BUILD)/deps/fetched
LIBC := $(BUILD)/deps/libc/lib/libc.a
LIBS_musl := $(BUILD)/deps/musl/libbearssl.a $(BUILD)/deps/musl/libz.a
LIBS_glibc := $(BUILD)/deps/glibc/libbearssl.a $(BUILD)/deps/glibc/libz.a

.PHONY: all demo test tests unit sim replay tidy check-san fuzz format size bench clean setup
all: $(BUILDER) $(STUB)

define compile_kind
$(BUILD)/$(1)/obj/%.o: %.c Makefile | $(2)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  $(CC_$(1)) [$(1)] $$<";) $(CC_$(1)) $(FLAGS_$(1)) $$(guard) $(CPPFLAGS) $$(gnu_source) -c $$< -o $$@
$(BUILD)/$(1)/obj/%.o: $(BUILD)/%.c Makefile | $(2)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  $(CC_$(1)) [$(1)] $$<";) $(CC_$(1)) $(FLAGS_$(1)) $(CPPFLAGS) -c $$< -o $$@
endef
$(eval $(call compile_kind,musl,$(LIBC)))
$(eval $(call compile_kind,san,$(HEADERS) $(BUILD)/setup-test))
$(eval $(call compile_kind,sim,$(HEADERS)))
$(eval $(call compile_kind,fuzz,$(HEADERS) $(BUILD)/setup-fuzz))
objects = $(patsubst %.c,$(BUILD)/$(1)/obj/%.o,$(2))

# A true static PIE: musl-gcc -static-pie makes a dynamic one, so the start files are named.
# RELRO is put in force by sys_init: musl has no code for it in static programs.
# $(1) objects, $(2) map, $(3) -flto or -fno-lto.
MUSL_LIB := $(BUILD)/deps/libc/lib
GCC_FILE = $(shell gcc -print-file-name=$(1))
LINK_STATIC_PIE = gcc $(FLAGS_musl) $(3) -static-pie -nostdlib -o $@ \
	-Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,noseparate-code \
	-Wl,--build-id=none -Wl,-Map=$(2) $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o \
	$(call GCC_FILE,crtbeginS.o) $(1) -Wl,--start-group $(LIBS_musl) $(MUSL_LIB)/libc.a \
	-lgcc -lgcc_eh -Wl,--end-group $(call GCC_FILE,crtendS.o) $(MUSL_LIB)/crtn.o
STRIP = strip --strip-all -R .comment -R '.note*'

stub/main.c builder/main.c:
	@echo "$@ is missing: the program it belongs to cannot be linked" >&2; exit 1

STUB_OBJ := $(call objects,musl,$(STUB_SRC) long_texts.c)
BUILDER_OBJ := $(call objects,musl,$(CORE_SRC) $(BUILDER_SRC) \
	embedded.c long_texts.c)

# The folders are named too: a file that went away changes the program.
$(STUB_ELF): $(STUB_OBJ) $(LIBS_musl) $(wildcard stub/*)
	@$(call LINK_STATIC_PIE,$(STUB_OBJ),$(@:.elf=.map),-flto -flto-partition=one)

# Optimising the whole program at once saves 3 % and hides who is big: make size looks here.
$(BUILD)/musl/parts.elf: $(STUB_OBJ) $(LIBS_musl) $(wildcard stub/*)
	@$(call LINK_STATIC_PIE,$(STUB_OBJ),$(@:.elf=.map),-fno-lto)

$(STUB): $(STUB_ELF)
	@mkdir -p $(@D)
	@$(STRIP) -o $@ $<
	@size=$$(stat -c %s $@); echo "$@: $$size bytes of $(STUB_MAX)"; \
	if [ $$size -gt $(STUB_MAX) ]; then \
		echo "$@ is over the limit of $(STUB_MAX) bytes; see 'make size'" >&2; \
		echo "(make STUB_MAX=400000 goes on)" >&2; exit 1; fi

$(BUILDER): $(BUILDER_OBJ) $(LIBS_musl) $(wildcard stub/*) builder
	@$(call LINK_STATIC_PIE,$(BUILDER_OBJ),$(BUILD)/musl/builder.map,-fno-lto)
	@$(STRIP) $@
	@echo "$@: $$(stat -c %s $@) bytes"

# ---- Made sources: long texts and the stub images

# In the order of enum long_text.
LONG_TEXTS := stub/ui/help.txt LICENSE stub/ui/page.html
$(BUILD)/long_texts.c: $(LONG_TEXTS) $(BUILD)/embed
	@$(BUILD)/embed texts $(LONG_TEXTS) >$@

$(BUILD)/embed: builder/toolchain/embed.c $(LIBS_glibc) | $(HEADERS)
	@gcc -std=c11 -O1 $(WARN) -isystem $(BUILD)/deps/include $< $(BUILD)/deps/glibc/libz.a -o $@

$(BUILD)/embedded.c: $(STUB) $(BUILD)/embed
	@$(BUILD)/embed stubs $(TARGET)=$(STUB) >$@

# ---- What must be there first: packages and third-party libraries

$(BUILD)/setup-%: $(SETUP)
	@mkdir -p $(@D)
	@$(SETUP) $*
	@touch $@
$(BUILD)/setup-browser $(BUILD)/setup-test $(BUILD)/setup-fuzz $(BUILD)/setup-demo $(BUILD)/setup-bench: | $(BUILD)/setup-build
setup: $(BUILD)/setup-build $(BUILD)/setup-test

$(HEADERS): $(DEPS_SH) | $(BUILD)/setup-build
	@echo "  fetching musl, BearSSL and zlib"
	@$(DEPS_SH) fetch $(BUILD)/deps
	@touch $@

$(LIBC): $(HEADERS)
	@echo "  building musl"
	@$(DEPS_SH) libc $(BUILD)/deps $(BUILD)/deps/libc

$(LIBS_musl) &: $(LIBC)
	@echo "  building BearSSL and zlib for musl"
	@$(DEPS_SH) build $(BUILD)/deps $(BUILD)/deps/musl $(abspath $(CC_musl)) $(SMALL)

$(LIBS_glibc) &: $(HEADERS)
	@echo "  building BearSSL and zlib for the tests"
	@$(DEPS_SH) build $(BUILD)/deps $(BUILD)/deps/glibc gcc -O2 -fPIE

$(BUILD)/fixtures/fetched: builder/toolchain/fixtures.py | $(BUILD)/setup-test
	@$(PYTHON) $< $(BUILD)/fixtures
	@touch $@

$(BUILD)/browser/fetched: builder/toolchain/fixtures.py | $(BUILD)/setup-browser
	@$(PYTHON) $< $(BUILD)/browser browser
	@touch $@

# ---- Test programs: one archive a layer, so that a test links what it uses

define layer_lib
$(BUILD)/$(1)/lib$(2).a: $$(call objects,$(1),$(3)) $(wildcard $(4)) | $(BUILD)/setup-build
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach k,san sim fuzz,$(foreach l,$(STUB_LAYERS),$(eval \
	$(call layer_lib,$(k),$(l),$(call sources,stub/$(l)/*.c) $(if $(filter ui,$(l)),long_texts.c),stub/$(l)))))
$(foreach k,san sim fuzz,$(eval \
	$(call layer_lib,$(k),builder,$(BUILDER_LIB_SRC) embedded.c,builder)))
layer_libs = $(patsubst %,$(BUILD)/$(1)/lib%.a,$(2)) $(LIBS_glibc)
group = -Wl,--start-group $(1) -Wl,--end-group -lpthread

# The simulator is a platform: in place of stub/sys it has its own, the common part excepted.
SIM_LAYERS := $(filter-out sys,$(STUB_LAYERS)) builder
SIM_ALL_SRC := $(SIM_SRC) $(wildcard stub/sys/sys_common.c)

# A test is linked with the highest layer that it includes and those below, so that it can run
# while the layers above are in pieces. "tests/unit/test_url.c=3": base, meta and wire.
ALL_LAYERS := $(STUB_LAYERS) builder
TEST_LEVELS := $(shell awk -F'"' -v order="$(ALL_LAYERS)" ' \
	BEGIN { n = split(order, name, " "); for (i in name) level[name[i]] = i + 0 } \
	/^.include "/ { sub("/.*", "", $$2); l = ($$2 in level) ? level[$$2] : n; \
		if ($$2 == "unit" || $$2 == "fuzz") l = 0; \
		if (l > top[FILENAME]) top[FILENAME] = l } \
	END { for (f in top) print f "=" top[f] }' $(UNIT_SRC) $(FUZZ_SRC) /dev/null)
level_of = $(or $(patsubst $(1)=%,%,$(filter $(1)=%,$(TEST_LEVELS))),$(words $(ALL_LAYERS)))
libs_for = $(call layer_libs,$(1),$(wordlist 1,$(call level_of,$(2)),$(ALL_LAYERS)))

define unit_program
$(BUILD)/san/unit/test_$(1): $(BUILD)/san/obj/tests/unit/test_$(1).o \
		$(call libs_for,san,tests/unit/test_$(1).c)
	@mkdir -p $$(@D)
	@gcc $(SAN) $$< $$(call group,$$(filter %.a,$$^)) -lcmocka -o $$@
endef
define fuzz_programs
$(BUILD)/san/replay/$(1): $(BUILD)/san/obj/tests/fuzz/fuzz_$(1).o \
		$(BUILD)/san/obj/tests/fuzz/replay.o $(call libs_for,san,tests/fuzz/fuzz_$(1).c)
	@mkdir -p $$(@D)
	@gcc $(SAN) $$(filter %.o,$$^) $$(call group,$$(filter %.a,$$^)) -o $$@
$(BUILD)/fuzz/fuzz_$(1): $(BUILD)/fuzz/obj/tests/fuzz/fuzz_$(1).o \
		$(call libs_for,fuzz,tests/fuzz/fuzz_$(1).c)
	@mkdir -p $$(@D)
	@clang $(SAN) -fsanitize=fuzzer $$< $$(call group,$$(filter %.a,$$^)) -o $$@
endef
$(foreach u,$(UNITS),$(eval $(call unit_program,$(u))))
$(foreach f,$(FUZZERS),$(eval $(call fuzz_programs,$(f))))

$(BUILD)/san/sim: $(call objects,san,$(SIM_ALL_SRC)) $(call layer_libs,san,$(SIM_LAYERS))
	@gcc $(SAN) $(filter %.o,$^) $(call group,$(call layer_libs,san,$(SIM_LAYERS))) -o $@

$(BUILD)/sim/sim: $(call objects,sim,$(SIM_ALL_SRC)) $(call layer_libs,sim,$(SIM_LAYERS))
	@gcc $(filter %.o,$^) $(call group,$(call layer_libs,sim,$(SIM_LAYERS))) -o $@

# The app and the builder themselves with sanitizers (glibc, dynamic), for make check-san.
$(BUILD)/san/stub-image: $(call objects,san,stub/main.c) $(call layer_libs,san,$(STUB_LAYERS))
	@gcc $(SAN) $(filter %.o,$^) $(call group,$(call layer_libs,san,$(STUB_LAYERS))) -o $@

$(BUILD)/san/gen/embedded.c: $(BUILD)/san/stub-image $(BUILD)/embed
	@mkdir -p $(@D)
	@$(BUILD)/embed stubs $(TARGET)=$< >$@

$(BUILD)/san/samara: $(call objects,san,$(BUILDER_SRC)) $(BUILD)/san/gen/embedded.c \
		$(call layer_libs,san,$(STUB_LAYERS))
	@gcc $(SAN) -I. $(filter %.o %.c,$^) $(call group,$(call layer_libs,san,$(STUB_LAYERS))) -o $@

.SECONDARY:

# ---- Checks

UNIT_PROGRAMS := $(UNITS:%=$(BUILD)/san/unit/test_%)
REPLAY_PROGRAMS := $(FUZZERS:%=$(BUILD)/san/replay/%)
SIM_PROGRAM := $(if $(SIM_SRC),$(BUILD)/san/sim)
FUZZ_PROGRAMS := $(if $(F),$(BUILD)/fuzz/fuzz_$(F),$(FUZZERS:%=$(BUILD)/fuzz/fuzz_%))
RUN = $(PYTHON) tests/run.py --build $(BUILD) --seeds $(SEEDS)

tests: $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) $(SIM_PROGRAM)

test: all tests $(BUILD)/fixtures/fetched $(BUILD)/browser/fetched
	@$(RUN)

tidy:
	@sh tests/tidy.sh

unit: $(if $(T),$(BUILD)/san/unit/test_$(T),$(UNIT_PROGRAMS)) | $(BUILD)/setup-test
	@$(RUN) unit $(if $(T),-v --only test_$(T))

replay: $(REPLAY_PROGRAMS) | $(BUILD)/setup-test
	@$(RUN) replay $(if $(F),-v --only replay_$(F))

sim: $(SIM_PROGRAM) | $(BUILD)/setup-test
	@$(RUN) sim

# The same tests with the builder and the app under sanitizers too.
check-san: all tests $(BUILD)/san/samara $(BUILD)/fixtures/fetched
	@SAMARA=$(abspath $(BUILD))/san/samara $(RUN) unit replay sim interop

demo: all $(BUILD)/setup-demo
	@SAMARA=$(abspath $(BUILDER)) BUILD=$(abspath $(BUILD)) sh tests/demo.sh

# New finds stay in build/fuzz/corpus; the saved corpus is only read.
fuzz: $(FUZZ_PROGRAMS)
	@sh tests/run_fuzz.sh $(BUILD)/fuzz $(SECONDS) $(if $(F),$(F),$(FUZZERS))

format: | $(BUILD)/setup-format
	clang-format -i $(wildcard stub/*.[ch] stub/*/*.[ch] builder/*.[ch] builder/toolchain/*.[ch] \
		tests/*/*.[ch])

size: $(STUB_ELF) $(BUILD)/musl/parts.elf
	@sh builder/toolchain/size.sh $(STUB_ELF) $(BUILD)/musl/parts.map

# tests/bench/README.md tells of its options. Root only: it makes network namespaces.
BENCH ?= floor A B C D E --runs 5
bench: all $(BUILD)/setup-bench
	@$(PYTHON) tests/bench/bench.py $(BENCH) --builder $(BUILDER) --results $(BUILD)/bench

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
