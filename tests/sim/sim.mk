# The simulation as a command, and bugs that it must find.

SIM := $(BUILD)/tests/sim/sim
MUTATE := $(BUILD)/tests/sim/mutate
SIM_OBJECTS := $(BUILD)/tests/sim/main.o $(WORLDS) $(call support,counting_heap fleet_truth formula)

$(SIM): $(SIM_OBJECTS) $(call archives,$(core))
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS))

# SEED: that one only. STEPS: so many of its steps. SECONDS: so long. SEEDS: so many new ones. FIRST: which, a commit say.
sim: $(SIM) ## simulate fleets against the core and check invariants; SEED=n repeats one
	@$(SIM) seed=$(SEED) steps=$(STEPS) seconds=$(SECONDS) seeds=$(SEEDS) first=$(FIRST)

$(MUTATE): $(BUILD)/tests/sim/mutate.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# A mutant's object stands before the archive, whose own is then left aside.
mutants: $(SIM) $(MUTATE) ## insert bugs into the core, one at a time; the simulation must find each (minutes)
	@MUTANT=$(MUTANT) tests/sim/mutants $(MUTATE) $(BUILD)/mutants $(CC) $(filter-out -W%,$(ALL_CFLAGS)) -pie \
		$(SIM_OBJECTS) -x c MUTATED -x none $(call archives,$(core)) $(LIBS)

tests: $(SIM) $(MUTATE)

.PHONY: mutants sim
