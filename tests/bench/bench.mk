# Benchmarks, one program each.

BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/bench_*.c))
BENCH_ARGS_backtest := tests/data/traces
BENCH_ARGS_pass := $(BUILD)/autoscaler
BENCH_ARGS_hostile := $(BUILD)/autoscaler
BENCH_ARGS_idle := $(BUILD)/autoscaler
BENCH_ARGS_scrape := $(BUILD)/autoscaler
BENCH_ORDER := backtest decide frame memory pass publish recording replay ring store attach hostile scrape idle

STREAM_ENGINE := $(patsubst %,$(BUILD)/tests/bench/%.o,process stream_engine read_fleet)

benches: $(BENCHES)

bench: all benches ## benchmarks; all traces compared with the oracle policy
	@for bench in $(foreach name,$(BENCH_ORDER),'$(BUILD)/tests/bench/bench_$(name) $(BENCH_ARGS_$(name))'); do $$bench || exit; done

$(BUILD)/tests/bench/bench_attach: $(STREAM_ENGINE) $(call archives,$(remote))
$(BUILD)/tests/bench/bench_backtest: $(call archives,$(run))
$(BUILD)/tests/bench/bench_decide: $(call archives,$(core))
$(BUILD)/tests/bench/bench_hostile: $(BUILD)/tests/bench/hostile_clients.o $(STREAM_ENGINE) $(call archives,$(control))
$(BUILD)/tests/bench/bench_memory: $(call archives,$(core))
$(BUILD)/tests/bench/bench_publish: $(BUILD)/tests/bench/read_fleet.o $(call archives,$(control))
$(BUILD)/tests/bench/bench_recording: $(call archives,$(recording))
$(BUILD)/tests/bench/bench_replay: $(call archives,$(run))
$(BUILD)/tests/bench/bench_ring: $(call archives,$(base))
$(BUILD)/tests/bench/bench_pass: $(BUILD)/tests/bench/process.o
$(BUILD)/tests/bench/bench_scrape: $(BUILD)/tests/bench/process.o $(call archives,$(base))
$(BUILD)/tests/bench/bench_store: $(call archives,$(store))
$(BUILD)/tests/bench/bench_frame: $(SNAPSHOTS) $(call archives,$(panels))
# Calls of order_make go through the bench, which counts them.
$(BUILD)/tests/bench/bench_frame: WRAP = -Wl,--wrap=order_make

$(BENCHES): %: %.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) $(WRAP) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call package_libs) -lcmocka)

.PHONY: bench benches
