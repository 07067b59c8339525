#include "tests/sim/api.h"

bool api_is_out(const struct realm *realm)
{
    return realm_now_ms(realm) < realm->outage_until_ms;
}

int64_t api_wait_ms(const struct realm *realm, uint32_t site, uint64_t number)
{
    static const int64_t waits_ms[] = { 0, 500, 3000, 20000, 45000, 120000 };
    return waits_ms[luck_below(&realm->luck, site, FAMILY_RETRY_AFTER, number, 6)];
}

int64_t api_delay_ms(struct realm *realm, uint32_t site, enum answer answer, uint64_t number,
                     int64_t usual_ms)
{
    if (answer == ANSWER_TIMEOUT || answer == ANSWER_LOST)
        return realm->timeout_ms;
    if (luck_strikes(&realm->luck, site, FAMILY_SLOW, number))
        return 1 + luck_below(&realm->luck, site, FAMILY_SLOW, number,
                              2 * realm->plan->pass_interval_ms);
    return usual_ms;
}

bool api_is_transient(enum answer answer)
{
    return answer == ANSWER_ERROR || answer == ANSWER_TIMEOUT || answer == ANSWER_BUSY;
}

void api_hush(const struct realm *realm, struct site *site, const struct call *call)
{
    if (call->wait_ms != RETRY_AFTER_NONE)
        site->book.quiet_ms = max_i64(site->book.quiet_ms, realm_now_ms(realm) + call->wait_ms);
}
