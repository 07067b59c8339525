/*
 * builder - a configuration under construction: the values so far, and the source of each.
 *
 * Sources are applied over each other, the weakest first: defaults, file, environment, command line. A layer holds
 * parsed values by option; a rule of `policies` is a layer over the defaults, resolved last by
 * config_builder_inherit. One thread at a time. Errors: -ENOMEM; place_refuse makes the sentence and the code of all
 * others.
 */
#ifndef ENGINE_CONFIG_CONFIG_BUILDER_H
#define ENGINE_CONFIG_CONFIG_BUILDER_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/config/options.h"

#include <stddef.h>

#define POLICIES_MAX 1000

enum source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG, SOURCE_SET };

struct place {
    enum source source;
    size_t line; /* in the file, from 1 */
    size_t column;
};

struct setting {
    struct place place; /* SOURCE_DEFAULT: not set in this layer */
    struct option_value value;
};

/* Texts are borrowed: argv, environment. */
struct layer {
    struct setting settings[OPTION_COUNT];
};

struct rule_draft {
    struct place place;
    struct layer layer; /* policy values: none is a text */
};

struct config_builder {
    struct config *config;
    config_examine *examine;
    struct place places[OPTION_COUNT];
    struct rule_draft *rules; /* config->policy_count of them */
    struct error first;       /* the first error that was noted; code 0: none */
    struct warnings more;     /* the sentences of later ones */
};

/* All defaults. */
int config_builder_init(struct config_builder *builder, struct error *err);
void config_builder_fini(struct config_builder *builder);

int config_builder_set(struct config_builder *builder, const struct option_row *row,
                       const struct setting *setting, struct error *err);
int config_builder_apply(struct config_builder *builder, const struct layer *layer,
                         struct error *err);

/* Adds a policy that inherits everything. At most POLICIES_MAX. */
int config_builder_add_rule(struct config_builder *builder, const struct place *place,
                            struct error *err);

/*
 * Notes an error behind which reading goes on, so that all of them are reported at once. Returns 0; what ends the
 * reading is returned as it is: -ENOMEM.
 */
int config_builder_note(struct config_builder *builder, const struct error *err);

/* The code of the first error that was noted, and *err; 0: there is none. */
int config_builder_failed(const struct config_builder *builder, struct error *err);

/* Each policy becomes the defaults with its own settings over them. */
void config_builder_inherit(struct config_builder *builder);

/* Returns the complete configuration; the builder keeps nothing. */
struct config *config_builder_finish(struct config_builder *builder);

/*
 * Puts the place before the sentence, "autoscaler.yaml:12:5: defaults.max_hosts: ", "--timeout: ", "AUTOSCALER_API:
 * ", and returns ERR_USAGE for the command line, else ERR_CONFIG; -ENOMEM stays as it is. `file` only for
 * SOURCE_FILE.
 */
int place_refuse(const struct place *place, const struct option_row *row, const char *file,
                 struct error *err);

#endif
