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
# The bars: 256 and 320 KiB. Never raise them.
STUB_MAX_linux := 262144
STUB_MAX_windows := 327680
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

# ---- Targets. What differs between them stands here, and nowhere else.

HOST := linux-x86_64
TARGETS := linux-x86_64 linux-aarch64 linux-armv7 linux-i386 windows-x86_64 windows-i386
LINUX_TARGETS := $(filter linux-%,$(TARGETS))
TRIPLE_linux-x86_64 := x86_64-linux-gnu
TRIPLE_linux-aarch64 := aarch64-linux-gnu
TRIPLE_linux-armv7 := arm-linux-gnueabihf
TRIPLE_linux-i386 := i686-linux-gnu
TRIPLE_windows-x86_64 := x86_64-w64-mingw32
TRIPLE_windows-i386 := i686-w64-mingw32
platform = $(firstword $(subst -, ,$(1)))

# ---- Sources. The platform is chosen here, by file, and nowhere else.

NOT_linux := stub/sys/sys_windows% stub/ui/ui_win32%
NOT_windows := stub/sys/sys_posix% stub/sys/sys_linux% stub/base/hash_arm% stub/heap.c stub/ui/ui_desktop_linux%
sources = $(filter-out $(NOT_$(call platform,$(1))),$(sort $(wildcard $(2))))
STUB_LAYERS := base meta wire sys net engine ui
core_sources = $(call sources,$(1),$(STUB_LAYERS:%=stub/%/*.c))
# stub/divide_32.c is for processors with 32 bits, ARM excepted: the compiler has small ones there.
stub_sources = $(call core_sources,$(1)) $(filter-out $(if $(filter %-i386,$(1)),,stub/divide_32.c), \
	$(call sources,$(1),stub/*.c))
BUILDER_SRC := $(sort $(wildcard builder/*.c))
BUILDER_LIB_SRC := $(filter-out builder/main.c,$(BUILDER_SRC))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
SIM_SRC := $(sort $(wildcard tests/sim/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
UI_MADE := long_texts.c languages.c
UNITS := $(UNIT_SRC:tests/unit/test_%.c=%)
FUZZERS := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)

# ---- Flags

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Werror
CPPFLAGS := -Istub -I. -isystem $(BUILD)/deps/include
CFLAGS := -std=c11 -g -ffile-prefix-map=$(BUILD)/= -ffile-prefix-map=$(CURDIR)/= -MMD -MP
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SMALL := -Oz -ffunction-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident \
	-flto -ffat-lto-objects
# Not -fdata-sections for Windows: it would put what is all zero into the file.
SMALL_linux := $(SMALL) -fPIE -fdata-sections -include $(CURDIR)/stub/sys/linux/hidden.h
SMALL_windows := $(SMALL) -D_WIN32_WINNT=0x0601 -DUNICODE -D__USE_MINGW_ANSI_STDIO=1
SMALL_linux-x86_64 := $(SMALL_linux) -malign-data=abi
# Everything is within 1 MiB there.
ARCH_linux-aarch64 := -mno-outline-atomics -mcmodel=tiny -fomit-frame-pointer
SMALL_linux-aarch64 := $(SMALL_linux) $(ARCH_linux-aarch64)
SMALL_linux-armv7 := $(SMALL_linux)
# With seven registers a function that swallowed another keeps all it has on the stack, where every
# access costs bytes; the eighth and fewer such functions save 17 KB of 290.
FEW_REGISTERS := -fomit-frame-pointer -fno-inline-functions-called-once -fno-tree-loop-im
# No instruction of this processor wants a stack aligned to more than 4 bytes, but numbers with 64
# bits would make each function that keeps some there align it anew: 6 KB. Told that it is aligned
# already, they do not. What does need more (16, for SSE's) is still aligned where it is needed.
STACK_linux-i386 := -mpreferred-stack-boundary=2 -mincoming-stack-boundary=3
# Processors with instructions for AES and SHA run 64-bit systems: their code is left out.
ARCH_linux-i386 := $(STACK_linux-i386) $(FEW_REGISTERS) -fno-plt
SMALL_linux-i386 := $(SMALL_linux) -malign-data=abi $(ARCH_linux-i386) -DBR_AES_X86NI=0
SMALL_windows-x86_64 := $(SMALL_windows)
SMALL_windows-i386 := $(SMALL_windows) $(FEW_REGISTERS) -DBR_AES_X86NI=0
# Feature test macros are for the platform layer and the tests; the core is plain C11.
# Where strangers' bytes are parsed every array on the stack is guarded, elsewhere those of bytes.
# The compiler calls stub/divide_32.c only when all else is compiled.
guard = $(if $(filter stub/meta/% stub/wire/% stub/net/%,$<),-fstack-protector-strong) \
	$(if $(filter stub/divide_32.c,$<),-fno-lto)
# The builder's own part is no download; a tracker and a hasher have to be quick.
fast = $(if $(filter builder/%,$<),-O2)
gnu_source = $(if $(filter stub/sys/% tests/%,$<),-D_GNU_SOURCE) $(if $(filter tests/%,$<),-Itests)

# The kinds of build: a target each (what ships), san (tests), sim (optimised tests), fuzz.
define target_kind
CC_$(1) = $(if $(filter linux-%,$(1)),$(BUILD)/deps/$(1)/libc/bin/musl-gcc,$(TRIPLE_$(1))-gcc)
FLAGS_$(1) := $(CFLAGS) $(WARN) $(SMALL_$(1)) -fstack-protector
endef
$(foreach t,$(TARGETS),$(eval $(call target_kind,$(t))))
CC_san := gcc
FLAGS_san := $(CFLAGS) $(WARN) -O1 $(SAN)
CC_sim := gcc
FLAGS_sim := $(CFLAGS) $(WARN) -O2
CC_fuzz := clang
FLAGS_fuzz := $(CFLAGS) -Wall -Wextra -O1 $(SAN) -fsanitize=fuzzer-no-link

# ---- Programs

BUILDER := $(BUILD)/samara
BUILDERS := $(BUILDER) $(BUILD)/samara.exe
STUBS := $(TARGETS:%=$(BUILD)/stub/%)
SETUP := builder/toolchain/setup.sh
DEPS_SH := builder/toolchain/deps.sh
HEADERS := $(BUILD)/deps/fetched
libs = $(BUILD)/deps/$(1)/libbearssl.a $(BUILD)/deps/$(1)/libz.a
libc = $(if $(filter linux-%,$(1)),$(BUILD)/deps/$(1)/libc/lib/libc.a)

.PHONY: all demo test tests unit sim replay tidy check-san fuzz format size bench clean setup
all: $(BUILDERS) $(STUBS)

define compile_kind
$(BUILD)/$(1)/obj/%.o: %.c Makefile | $(2)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  $(1) $$<";) $(CC_$(1)) $(FLAGS_$(1)) $$(guard) $$(fast) $(CPPFLAGS) $$(gnu_source) -c $$< -o $$@
$(BUILD)/$(1)/obj/%.o: $(BUILD)/%.c Makefile | $(2)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  $(1) $$<";) $(CC_$(1)) $(FLAGS_$(1)) $(CPPFLAGS) -c $$< -o $$@
endef
$(foreach t,$(TARGETS),$(eval $(call compile_kind,$(t),$(call libs,$(t)))))
$(eval $(call compile_kind,san,$(HEADERS) $(BUILD)/setup-test))
$(eval $(call compile_kind,sim,$(HEADERS)))
$(eval $(call compile_kind,fuzz,$(HEADERS) $(BUILD)/setup-fuzz))
objects = $(patsubst %.c,$(BUILD)/$(1)/obj/%.o,$(2))

# A true static PIE: musl-gcc -static-pie makes a dynamic one, so the start files are named.
# RELRO is put in force by sys_init: musl has no code for it in static programs. C needs none of
# what the compiler's own start files have.
# $(1) target, $(2) objects, $(3) map, $(4) -flto or -fno-lto.
MUSL_LIB = $(BUILD)/deps/$(1)/libc/lib
link_linux = $(TRIPLE_$(1))-gcc $(FLAGS_$(1)) $(4) -static-pie -nostdlib -o $@ \
	-Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,noseparate-code \
	-Wl,--build-id=none -Wl,--no-eh-frame-hdr -Wl,-T,stub/sys/linux/image.ld $(PIE_$(1)) \
	-Wl,-Map=$(3) $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(2) -Wl,--start-group \
	$(call libs,$(1)) $(MUSL_LIB)/libc.a -lgcc -lgcc_eh -Wl,--end-group $(MUSL_LIB)/crtn.o

# $(5): "windows" or "console", the kind of program.
link_windows = $(TRIPLE_$(1))-gcc $(FLAGS_$(1)) $(4) -static -municode -m$(5) -o $@ \
	-Wl,--gc-sections -Wl,--dynamicbase -Wl,--nxcompat -Wl,--no-insert-timestamp \
	$(ENTROPY_$(1)) -Wl,-Map=$(3) $(2) $(call libs,$(1)) \
	-lws2_32 -lntdll -lole32 -lcomctl32 -lgdi32 -luuid
# The compiler for ARM does not know what -static-pie has to tell the linker.
PIE_linux-armv7 := -Wl,-static,-pie,--no-dynamic-linker,-z,text
ENTROPY_windows-x86_64 := -Wl,--high-entropy-va
link = $(call link_$(call platform,$(1)),$(1),$(2),$(3),$(4),$(5))
# $(2) linked program, $(3) what ships; they may be the same.
finish = $(if $(filter linux-%,$(1)),$(BUILD)/bare $(2) $(3) && chmod 755 $(3),$(TRIPLE_$(1))-strip -o $(3) $(2))

stub/main.c builder/main.c:
	@echo "$@ is missing: the program it belongs to cannot be linked" >&2; exit 1

# Icon, manifest and version of Windows programs.
$(BUILD)/windows-%/resources.o: $(wildcard stub/sys/windows/*) Makefile | $(BUILD)/setup-build
	@mkdir -p $(@D)
	@$(TRIPLE_windows-$*)-windres -I stub/sys/windows stub/sys/windows/app.rc -o $@

resources = $(if $(filter windows-%,$(1)),$(BUILD)/$(1)/resources.o)
stub_objects = $(call objects,$(1),$(call stub_sources,$(1)) $(UI_MADE)) $(call resources,$(1))
builder_objects = $(call objects,$(1),$(call core_sources,$(1)) $(BUILDER_SRC) embedded.c \
	$(UI_MADE)) $(call resources,$(1))

# The folders are named too: a file that went away changes the program. parts.elf: optimising the
# whole program at once saves 3 % and hides who is big; make size looks there.
define stub_program
$(BUILD)/$(1)/stub.elf: $(call stub_objects,$(1)) $(call libs,$(1)) $(wildcard stub/* stub/sys/linux/*)
	@$$(call link,$(1),$(call stub_objects,$(1)),$$(@:.elf=.map),-flto -flto-partition=one,windows)
$(BUILD)/$(1)/parts.elf: $(call stub_objects,$(1)) $(call libs,$(1)) $(wildcard stub/* stub/sys/linux/*)
	@$$(call link,$(1),$(call stub_objects,$(1)),$$(@:.elf=.map),-fno-lto,windows)
$(BUILD)/stub/$(1): $(BUILD)/$(1)/stub.elf $(BUILD)/bare
	@mkdir -p $$(@D)
	@$(call finish,$(1),$$<,$$@)
	@size=$$$$(stat -c %s $$@); max=$(or $(STUB_MAX_$(1)),$(STUB_MAX_$(call platform,$(1)))); \
	echo "$$@: $$$$size bytes of $$$$max"; \
	if [ $$$$size -gt $$$$max ]; then \
		echo "$$@ is over the limit of $$$$max bytes; see 'make size'" >&2; exit 1; fi
endef
$(foreach t,$(TARGETS),$(eval $(call stub_program,$(t))))

# $(1) target, $(2) suffix.
define builder_program
$(BUILD)/samara$(2): $(call builder_objects,$(1)) $(call libs,$(1)) $(wildcard stub/*) builder \
		$(BUILD)/bare
	@$$(call link,$(1),$(call builder_objects,$(1)),$(BUILD)/$(1)/builder.map,-fno-lto,console)
	@$(call finish,$(1),$$@,$$@)
	@echo "$$@: $$$$(stat -c %s $$@) bytes"
endef
$(eval $(call builder_program,$(HOST),))
$(eval $(call builder_program,windows-x86_64,.exe))

$(BUILD)/bare: builder/toolchain/bare.c | $(BUILD)/setup-build
	@gcc -std=c11 -O1 $(WARN) $< -o $@

# ---- Made sources: long texts, languages and the stub images

# In the order of enum long_text.
LONG_TEXTS := stub/ui/help.txt LICENSE stub/ui/page.html
$(BUILD)/long_texts.c: $(LONG_TEXTS) $(BUILD)/embed
	@$(BUILD)/embed texts $(LONG_TEXTS) >$@

LANGUAGES := $(sort $(wildcard stub/ui/languages/*.txt))
$(BUILD)/languages.c: $(LANGUAGES) stub/ui/languages $(BUILD)/embed
	@$(BUILD)/embed languages $(LANGUAGES) >$@

$(BUILD)/embed: builder/toolchain/embed.c stub/ui/text_english.h $(call libs,glibc) | $(HEADERS)
	@gcc -std=c11 -O1 $(WARN) -Istub -isystem $(BUILD)/deps/include $< $(BUILD)/deps/glibc/libz.a -o $@

$(BUILD)/embedded.c: $(STUBS) $(BUILD)/embed
	@$(BUILD)/embed stubs $(foreach t,$(TARGETS),$(t)=$(BUILD)/stub/$(t)) >$@

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

# The names of compilers that stand in no path are words, the others files.
command = $(if $(findstring /,$(1)),$(abspath $(1)),$(1))
define target_libraries
$(if $(filter linux-%,$(1)),$(call libc,$(1)): $(HEADERS)
	@echo "  building musl for $(1)"
	@$(DEPS_SH) libc $(BUILD)/deps $(BUILD)/deps/$(1)/libc $(TRIPLE_$(1)) $(ARCH_$(1)))
$(call libs,$(1)) &: $(HEADERS) $(call libc,$(1))
	@echo "  building BearSSL and zlib for $(1)"
	@$(DEPS_SH) build $(BUILD)/deps $(BUILD)/deps/$(1) $$(call command,$$(CC_$(1))) $(SMALL_$(1))
endef
$(foreach t,$(TARGETS),$(eval $(call target_libraries,$(t))))

$(call libs,glibc) &: $(HEADERS)
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
	$(call layer_lib,$(k),$(l),$(call sources,linux,stub/$(l)/*.c) $(if $(filter ui,$(l)),$(UI_MADE)),stub/$(l)))))
$(foreach k,san sim fuzz,$(eval \
	$(call layer_lib,$(k),builder,$(BUILDER_LIB_SRC) embedded.c,builder)))
layer_libs = $(patsubst %,$(BUILD)/$(1)/lib%.a,$(2)) $(call libs,glibc)
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
	@$(BUILD)/embed stubs $(HOST)=$< >$@

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
	@$(RUN) unit $(if $(T),-v --program test_$(T))

replay: $(if $(F),$(BUILD)/san/replay/$(F),$(REPLAY_PROGRAMS)) | $(BUILD)/setup-test
	@$(RUN) replay $(if $(F),-v --program replay_$(F))

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

SIZE_OF := $(or $(T),$(HOST))
size: $(BUILD)/$(SIZE_OF)/stub.elf $(BUILD)/$(SIZE_OF)/parts.elf
	@sh builder/toolchain/size.sh $< $(BUILD)/$(SIZE_OF)/parts.map

# tests/bench/README.md tells of its options. Root only: it makes network namespaces.
BENCH ?= floor A B C D E T --runs 5
bench: all $(BUILD)/setup-bench
	@$(PYTHON) tests/bench/bench.py $(BENCH) --builder $(BUILDER) --results $(BUILD)/bench

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
