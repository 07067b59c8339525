#include "engine/store/failpoint.h"

#define FAILPOINT(id, where) [FAILPOINT_##id] = #id,
static const char *const names[] = {
#include "engine/store/failpoints.def"
};
#undef FAILPOINT

void failpoint(enum failpoint_id id)
{
    (void)id;
}

const char *failpoint_name(enum failpoint_id id)
{
    return names[id];
}
