#include "engine/run/control_bridge.h"

#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/options.h"
#include "engine/run/past/history.h"

#include <errno.h>
#include <grp.h>
#include <string.h>

#define NO_GROUP ((gid_t)-1)
#define SOCKET_OFF "off"
#define GROUP_NAME_SIZE 64
#define KEY_SIZE_MAX 128
#define SEPARATORS ", "

struct control_bridge {
    struct control_bridge_config config;
    struct control *control; /* NULL: there is no socket */
    struct error trouble;    /* why */
    bool is_insecure;
    bool is_stateless;
    bool is_demo;
};

/* --- what the control API uses ---------------------------------------------------------------------------------- */

static void command(void *context, const struct command *command, struct command_ack *ret_ack)
{
    struct control_bridge *bridge = context;
    if (command->kind == COMMAND_UNDO)
        override_keeper_undo(bridge->config.overrides, command, ret_ack);
    else
        driver_command(bridge->config.driver, command, ret_ack);
    if (command->kind == COMMAND_RELOAD && ret_ack->is_accepted)
        bridge->config.reload(bridge->config.context, ret_ack);
}

static size_t list_overrides(void *context, int64_t after, struct control_override *ret_overrides,
                             size_t max)
{
    struct control_bridge *bridge = context;
    const struct open_override *found[CONTROL_OVERRIDES_MAX];
    size_t count = override_keeper_list(bridge->config.overrides, after, found,
                                        max < CONTROL_OVERRIDES_MAX ? max : CONTROL_OVERRIDES_MAX);
    for (size_t i = 0; i < count; i++)
        ret_overrides[i] = (struct control_override){
            .number = found[i]->number,
            .kind = found[i]->kind,
            .match = found[i]->match,
            .author = found[i]->author,
            .reason = found[i]->reason,
            .since = found[i]->since,
            .until = found[i]->until,
        };
    return count;
}

static void extend_override(void *context, int64_t number, int64_t for_ms, const char *author)
{
    struct control_bridge *bridge = context;
    override_keeper_extend(bridge->config.overrides, number, for_ms, author);
}

static bool may_undo(void *context, const char *author, char ret_sentence[COMMAND_TEXT_SIZE])
{
    struct control_bridge *bridge = context;
    return override_keeper_may_undo(bridge->config.overrides, author, ret_sentence);
}

/* On any thread: the place does not change while there is a bridge. */
static int read_history(void *context, const struct control_history *asked, FILE *out,
                        struct error *err)
{
    const struct control_bridge *bridge = context;
    const struct state_place *place = bridge->config.place;
    char path[STATE_PATH_SIZE];
    const struct history_query query = {
        .match = asked->match,
        .is_pattern = strpbrk(asked->match, "*?[") != NULL,
        .since = asked->since,
        .until = asked->until,
        .limit = asked->limit,
    };
    if (place->use == STATE_UNUSED || (place->use == STATE_IS_READ && !place->is_found))
        return error_set(err, -ENOENT, "this engine has no state directory, and no history");
    int failed = state_place_journal(place, path, err);
    return failed ? failed : history_print(path, place->identity, &query, OUTPUT_JSON, out, err);
}

/* The keys of an entry of `policies`: those of its own, and those of `defaults`. */
static int change_policy(void *context, const char *key, const char *value, struct policy *policy,
                         struct error *err)
{
    static const char *const prefixes[] = { "policies.", "defaults." };
    const struct option_row *row = NULL;
    struct option_value parsed;
    (void)context;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0] && !row; i++) {
        char storage[KEY_SIZE_MAX];
        struct text name;
        text_init(&name, storage, sizeof storage);
        text_addf(&name, "%s%s", prefixes[i], key);
        row = name.was_cut ? NULL : option_find_key(storage, name.length);
    }
    if (!row || !option_is_policy(row) || option_is_text(row))
        return error_set(err, ERR_BAD_VALUE, "a policy has no such key");
    int failed = option_parse(row, value, &parsed, err);
    return failed ? failed : option_store(row, (char *)policy + option_policy_offset(row), &parsed);
}

static void describe(void *context, struct publish_context *ret_context)
{
    struct control_bridge *bridge = context;
    *ret_context = (struct publish_context){
        .now = driver_time(bridge->config.driver),
        .wall = wall_now(),
        .speed_millis = bridge->config.speed_millis,
        .version = AUTOSCALER_VERSION,
        .api_url = bridge->config.api_url,
        .is_insecure = bridge->is_insecure,
        .is_stateless = bridge->is_stateless,
        .is_demo = bridge->is_demo,
        .pauses = override_keeper_pauses(bridge->config.overrides),
    };
}

/* --- groups ---------------------------------------------------------------------------------------------------- */

static gid_t find_group(const char *name)
{
    const struct group *group = getgrnam(name);
    return group ? group->gr_gid : NO_GROUP;
}

static int refuse_group(const char *name, const char *problem, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    quote_add(&shown, name, strlen(name));
    return error_set(err, ERR_CONFIG, "control.operators: %s %s", storage, problem);
}

static int add_operator(struct peer_groups *groups, const char *name, size_t length,
                        struct error *err)
{
    char storage[GROUP_NAME_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_bytes(&text, name, length);
    if (groups->operator_count == PEER_GROUPS_MAX)
        return refuse_group(storage, "is one group too many", err);
    gid_t group = find_group(storage);
    if (group == NO_GROUP)
        return refuse_group(storage, "is no group of this system", err);
    groups->operators[groups->operator_count++] = group;
    return 0;
}

/* A group that is not there gives no rights. An operators' group that is not there is a mistake. */
static int find_groups(const struct config *config, struct peer_groups *groups, struct error *err)
{
    *groups = (struct peer_groups){ .reader = find_group(config->control.group) };
    const char *at = config->control.operators ? config->control.operators : "";
    for (at += strspn(at, SEPARATORS); *at; at += strspn(at, SEPARATORS)) {
        size_t length = strcspn(at, SEPARATORS);
        int failed = add_operator(groups, at, length, err);
        if (failed)
            return failed;
        at += length;
    }
    return 0;
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

static bool is_wanted(const struct config *config)
{
    const char *path = config->control.socket;
    if (path)
        return strcmp(path, SOCKET_OFF) != 0;
    return !config->is_demo;
}

static int open_control(uv_loop_t *loop, struct control_bridge *bridge, struct error *err)
{
    const struct config *config = bridge->config.config;
    struct control_socket_sources sources =
        control_socket_sources_from_environment(config->control.socket);
    struct control_engine engine = {
        .reconciler = driver_reconciler(bridge->config.driver),
        .redaction = bridge->config.redaction,
        .events = bridge->config.events,
        .lines = bridge->config.lines,
        .monitor = bridge->config.monitor,
        .confirm_above_ppb = config->console.confirm_above_ppb,
        .command = command,
        .describe = describe,
        .list_overrides = list_overrides,
        .extend_override = extend_override,
        .may_undo = may_undo,
        .read_history = read_history,
        .change_policy = change_policy,
        .context = bridge,
    };
    char path[CONTROL_PATH_SIZE];
    struct control_socket control_socket;
    struct peer_groups groups;
    int failed = find_groups(config, &groups, err);
    failed = failed ? failed : control_socket_choose(&sources, path, err);
    failed = failed ? failed : control_socket_open(path, groups.reader, &control_socket, err);
    return failed ? failed
                  : control_create(loop, &engine, &groups, &control_socket, &bridge->control, err);
}

int control_bridge_create(uv_loop_t *loop, const struct control_bridge_config *config,
                          struct control_bridge **ret_bridge, struct error *err)
{
    *ret_bridge = NULL;
    if (!is_wanted(config->config))
        return 0;
    struct control_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->config = *config;
    bridge->is_insecure = config->config->api.insecure_tls;
    bridge->is_stateless = config->config->state.is_off && !config->config->is_demo;
    bridge->is_demo = config->config->is_demo;
    int failed = open_control(loop, bridge, err);
    bridge->config.config = NULL;
    bool is_usual = !config->config->control.socket && failed != ERR_CONFIG && failed != -ENOMEM;
    if (failed && !is_usual) {
        heap_free(bridge);
        return failed;
    }
    if (failed)
        bridge->trouble = *err;
    *ret_bridge = bridge;
    return 0;
}

void control_bridge_begin(struct control_bridge *bridge)
{
    struct event event;
    if (!bridge)
        return;
    event_init(&event, bridge->control ? EVENT_CONTROL_READY : EVENT_CONTROL_UNAVAILABLE);
    if (bridge->control)
        event_add_string(&event, "socket", control_path(bridge->control));
    else
        event_add_sentence(&event, "error", bridge->trouble.msg);
    event_emit(&event, &bridge->config.events);
}

static void on_closed(void *context)
{
    struct control_bridge *bridge = context;
    bridge->control = NULL;
}

void control_bridge_close(struct control_bridge *bridge)
{
    if (bridge)
        control_close(bridge->control, on_closed, bridge);
}

void control_bridge_destroy(struct control_bridge *bridge)
{
    heap_free(bridge);
}
