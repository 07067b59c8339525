/*
 * wire - converts the JSON of the deployments API to plain values and back; the only file that includes cJSON.
 *
 * Strict where cJSON is lenient: one document and nothing after it, valid UTF-8, no byte-order mark, no NUL, no
 * repeated key in any object, numbers whole and in range, depth and size bounded (json_scan.h). Keys are matched in
 * exact case; unknown ones are ignored. Everything is checked before anything is used.
 *
 * A fault inside one entry of a discovery stays with that entry (definition.fault); a fault in the document's
 * structure, or outside of the entries, refuses the whole document. Engine thread only (cJSON's allocator hooks are
 * global). Errors: ERR_BAD_JSON with the byte offset, ERR_BAD_VALUE with the field's name and what was expected,
 * ERR_TOO_LARGE, -ENOMEM; all printable.
 */
#ifndef ENGINE_BACKEND_WIRE_H
#define ENGINE_BACKEND_WIRE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/core/api_result.h"

#include <stddef.h>
#include <stdint.h>

#define WIRE_ENTRY_SIZE_MAX ((size_t)64 * 1024) /* of one entry of a discovery */
#define WIRE_STATUS_SIZE_MAX ((size_t)64 * 1024)
#define WIRE_DISCOVERY_SIZE_MAX ((size_t)512 * 1024 * 1024)

struct wire;

/* Allocates the scratch memory for cJSON. */
int wire_create(struct wire **ret_wire, struct error *err);
void wire_destroy(struct wire *wire);

/*
 * {"deployments":[{"id":..., "servers_per_host":..., "target_free_pct":...}, ...]}
 * The definitions and their strings are valid until `arena` is reset; after a failure, nothing in it is. A target is
 * exact to a part per billion and rounded to it; a target that would round to 100 % is refused.
 */
int wire_decode_discovery(struct wire *wire, const char *body, size_t size, struct arena *arena,
                          struct discovery *ret_discovery, struct error *err);

/* {"current_hosts":..., "total_servers":..., "free_servers":...} */
int wire_decode_status(struct wire *wire, const char *body, size_t size, struct status *ret_status,
                       struct error *err);

/*
 * The same for the status of one deployment. A status may have an "id"; if it is not this one, the status is that of
 * something else: ERR_PROTOCOL.
 */
int wire_decode_status_of(struct wire *wire, const char *body, size_t size, const char *id,
                          struct status *ret_status, struct error *err);

/* {"deployment_id":..., "delta":...} into `text`; must fit. */
void wire_encode_scale(struct text *text, const char *id, int32_t delta);

/*
 * {"deployment_id":..., "delta":...} read strictly, as the simulated API does. `ret_id` has room for ID_SIZE_MAX + 1.
 */
int wire_decode_scale(struct wire *wire, const char *body, size_t size, char *ret_id,
                      int32_t *ret_delta, struct error *err);

/*
 * A sentence from an error body: its "error", "error.message" or "message" if it is such JSON, else its first words;
 * escaped. If there are none: "no explanation".
 */
void wire_describe_error(struct wire *wire, const char *body, size_t size, struct text *text);

#endif
