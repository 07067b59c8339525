/*
 * What the journal remembers of a deployment. The first byte is the version. Bytes are refused, or are a state: written
 * again they are read as the same, and a status and a decision can follow.
 */
#include "tests/fuzz/target.h"

#include "engine/base/panic.h"
#include "engine/core/deployment_record.h"
#include "engine/core/policy.h"

#include <errno.h>
#include <string.h>

static const struct mono now = { 1000000000 };

static struct deployment *import(struct fleet *fleet, int32_t version, const uint8_t *data,
                                 size_t size)
{
    struct deployment *deployment;
    must(fleet_add(fleet, "d", false, &deployment) == 0);
    deployment->policy = &policy_formula;
    int failed = deployment_import(fleet, deployment, now, version, data, size, 0);
    must(failed == 0 || failed == -EINVAL);
    return failed ? NULL : deployment;
}

/* Old versions have fewer parts: what they are written as is the newest. */
static void check_way_back(const struct deployment *deployment)
{
    uint8_t written[DEPLOYMENT_RECORD_SIZE_MAX], again[DEPLOYMENT_RECORD_SIZE_MAX];
    struct fleet *fleet;
    size_t size = deployment_export(deployment, now, written, sizeof written);
    if (size == 0)
        return;
    must(fleet_create(&fleet) == 0);
    struct deployment *restored = import(fleet, DEPLOYMENT_RECORD_VERSION, written, size);
    must(restored);
    must(ledger_pending_hosts(restored->ledger) == ledger_pending_hosts(deployment->ledger));
    must(deployment_export(restored, now, again, sizeof again) == size);
    must(memcmp(written, again, size) == 0);
    fleet_destroy(fleet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fleet *fleet;
    if (size == 0)
        return 0;
    must(fleet_create(&fleet) == 0);
    const struct deployment *deployment = import(fleet, data[0] % 4, data + 1, size - 1);
    if (deployment)
        check_way_back(deployment);
    fleet_destroy(fleet);
    return 0;
}
