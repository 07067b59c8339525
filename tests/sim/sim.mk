# The simulation as a command, and mistakes that it must find.

SIM := $(BUILD)/tests/sim/sim
MUTATE := $(BUILD)/tests/sim/mutate
SIM_OBJECTS := $(BUILD)/tests/sim/main.o $(WORLDS) $(call support,counting_heap fleet_truth formula)

$(SIM): $(SIM_OBJECTS) $(call archives,$(core))
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# SEED: that one only. STEPS: so many of its steps. SECONDS: so long. SEEDS: so many new ones. FIRST: which, a commit say.
sim: $(SIM) ## worlds from seeds against the core; SEED=n plays one again, see tests/README.md
	@$(SIM) seed=$(SEED) steps=$(STEPS) seconds=$(SECONDS) seeds=$(SEEDS) first=$(FIRST)

$(MUTATE): $(BUILD)/tests/sim/mutate.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# A mutant's object stands before the archive, whose own is then left aside.
mutants: $(SIM) $(MUTATE) ## mistakes in the core, one by one: the simulation has to find each
	@MUTANT=$(MUTANT) tests/sim/mutants $(MUTATE) $(BUILD)/mutants $(CC) $(filter-out -W%,$(ALL_CFLAGS)) -pie \
		$(SIM_OBJECTS) -x c MUTATED -x none $(call archives,$(core))

tests: $(SIM) $(MUTATE)

.PHONY: mutants sim
